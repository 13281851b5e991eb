//! The texts that spans point into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

/// A file of a `SourceMap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A range of bytes; offsets past 4 GiB are cut, which no configuration file reaches.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { source, start: cut(start), end: cut(end) }
    }

    /// The smallest range that holds both. Both are in the same file.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { source: self.source, start: self.start.min(end.start), end: self.end.max(end.end) }
    }

    /// Whether another range lies within this one.
    pub fn holds(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// The range as offsets into the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A file and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as the user would name it.
    pub path: PathBuf,
    /// Its whole text.
    pub text: Arc<str>,
}

impl Source {
    /// Line and column, both from 1, of a byte; the column counts what a reader takes for one character.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = floor_char_boundary(&self.text, offset);
        let before = &self.text[..offset];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (line, before[start..].graphemes(true).count() + 1)
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Every file read in a run, so that a span can be shown.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
}

impl SourceMap {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source { path: path.into(), text: text.into() });
        id
    }

    /// All files in the order read.
    pub fn iter(&self) -> std::slice::Iter<'_, Source> {
        self.files.iter()
    }

    /// The file of an id that this map gave out.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The text of a span; empty if the span is not of this map.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|s| s.text.get(span.range())).unwrap_or_default()
    }

    /// The file of a span.
    pub fn path(&self, span: Span) -> Option<&Path> {
        self.get(span.source).map(|s| s.path.as_path())
    }

    /// Line and column, both from 1, of the start of a span.
    pub fn line_column(&self, span: Span) -> Option<(usize, usize)> {
        self.get(span.source).map(|s| s.line_column(span.start as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let mut map = SourceMap::new();
        let id = map.add("main.tf", "a = 1\nö = \"x\"\n");
        let span = Span::new(id, 9, 10);
        assert_eq!(map.line_column(span), Some((2, 3)));
        assert_eq!(map.line_column(Span::new(id, 999, 1000)), Some((3, 1)));
        assert_eq!(map.text(Span::new(id, 0, 1)), "a");
        let id = map.add("x.tf", "e\u{301}=");
        assert_eq!(map.line_column(Span::new(id, 3, 4)), Some((1, 2)));
    }
}
