//! The lines of a file around a place, with the place underlined.

use unicode_width::UnicodeWidthChar;

/// The most lines of one place that are shown.
const MOST_LINES: usize = 4;
/// Columns that stand beside a line: indentation, its number, a bar.
const BESIDE: usize = 10;
/// However narrow the terminal is, so many columns of a line are shown.
const LEAST_COLUMNS: usize = 40;
const TAB: usize = 4;

/// A line to show: its number, its text with tabs as spaces, and which columns to underline.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The lines that a range of bytes covers, cut to the width of the terminal, and how many more there are. Offsets outside
/// the text are moved into it.
pub(super) fn lines(text: &str, start: usize, end: usize, width: usize) -> (Vec<Line>, usize) {
    let most = width.saturating_sub(BESIDE).max(LEAST_COLUMNS);
    let start = boundary(text, start);
    let mut end = boundary(text, end).max(start);
    // A range that ends with its line says nothing of the next one.
    while end > start && text[..end].ends_with(['\n', '\r']) {
        end -= 1;
    }
    let mut found = Vec::new();
    let mut more = 0;
    let mut offset = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let first = text[..offset].matches('\n').count() + 1;
    let raw_lines = text[offset..].split_inclusive('\n').chain(text[offset..].is_empty().then_some(""));
    for (number, raw) in (first..).zip(raw_lines) {
        if number > 1 && offset >= end && offset > start {
            break;
        }
        let content = raw.trim_end_matches(['\n', '\r']);
        if found.len() == MOST_LINES {
            more += 1;
        } else {
            let inside = |at: usize| at.saturating_sub(offset).min(content.len());
            found.push(crop(line(number, content, inside(start), inside(end)), most));
        }
        offset += raw.len();
        if offset >= end {
            break;
        }
    }
    (found, more)
}

fn line(number: usize, content: &str, start: usize, end: usize) -> Line {
    let mut text = String::new();
    let mut column = 0;
    let (mut from, mut to) = (None, None);
    for (at, c) in content.char_indices() {
        if at >= start && from.is_none() {
            from = Some(column);
        }
        if at >= end && to.is_none() {
            to = Some(column);
        }
        if c == '\t' {
            let width = TAB - column % TAB;
            text.extend(std::iter::repeat_n(' ', width));
            column += width;
        } else {
            // A control character could move the cursor.
            let c = if c.is_control() { '\u{fffd}' } else { c };
            text.push(c);
            column += c.width().unwrap_or(1);
        }
    }
    let from = from.unwrap_or(column);
    let to = to.unwrap_or(column).max(from);
    let indent = text.chars().take_while(|c| *c == ' ').count();
    // Later lines of a range begin with their text, not with their indentation.
    let from = if start == 0 && to > indent { from.max(indent) } else { from };
    Line { number, text, from, to: to.max(from + 1) }
}

/// Cuts a line that is too long to a window around the place; an ellipsis stands for what is cut off on either side.
fn crop(line: Line, most: usize) -> Line {
    let whole: usize = line.text.chars().map(|c| c.width().unwrap_or(0)).sum();
    if whole <= most {
        return line;
    }
    // As much of the place as fits, with a quarter of the window in front of it.
    let first = line.from.saturating_sub(most / 4).min((whole + 1).saturating_sub(most));
    let last = first + most - 1;
    let (mut column, mut start) = (0, None);
    let mut text = String::new();
    for c in line.text.chars() {
        let next = column + c.width().unwrap_or(0);
        if column >= first && next <= last {
            start.get_or_insert(column);
            text.push(c);
        }
        column = next;
    }
    let start = start.unwrap_or(first);
    let lead = usize::from(start > 0);
    if start > 0 {
        text.insert(0, '\u{2026}');
    }
    if last < whole {
        text.push('\u{2026}');
    }
    let from = (line.from.max(start) - start + lead).min(most);
    let to = (line.to.clamp(start, last) - start + lead).max(from + 1);
    Line { number: line.number, text, from, to }
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_screen() {
        let (found, more) = lines("a\n\tname = \"\u{4f60}\u{597d}\" x\n", 10, 18, 100);
        assert_eq!(more, 0);
        assert_eq!(found, [Line { number: 2, text: "    name = \"\u{4f60}\u{597d}\" x".into(), from: 11, to: 17 }]);
    }

    #[test]
    fn a_place_at_the_end_is_shown_with_one_mark() {
        let (found, _) = lines("a = {", 5, 5, 100);
        assert_eq!(found, [Line { number: 1, text: "a = {".into(), from: 5, to: 6 }]);
        let (found, _) = lines("", 3, 9, 100);
        assert_eq!((found.len(), found[0].number), (1, 1));
        let (found, _) = lines("a = 1\n", 6, 6, 100);
        assert_eq!((found.len(), found[0].from), (1, 0), "{found:?}");
    }

    #[test]
    fn a_long_place_is_cut_and_a_long_line_is_cropped() {
        let text = "one {\n  two\n  three\n  four\n  five\n  six\n}\n";
        let (found, more) = lines(text, 0, text.len(), 100);
        assert_eq!((found.len(), more), (4, 3));
        assert_eq!((found[1].from, found[1].to), (2, 5));
        let long = format!("{}wrong{}", "x".repeat(400), "y".repeat(400));
        for (width, most) in [(100, 90), (200, 190), (10, 40)] {
            let (found, _) = lines(&long, 400, 405, width);
            assert_eq!(found[0].text.chars().skip(found[0].from).take(5).collect::<String>(), "wrong");
            assert_eq!(found[0].to - found[0].from, 5);
            assert!(found[0].text.chars().count() <= most + 1, "{}", found[0].text);
        }
        let (found, _) = lines(&long, 0, 3, 100);
        assert!(found[0].text.starts_with("xxx") && found[0].text.ends_with('\u{2026}'), "{found:?}");
        let (found, _) = lines(&long, 800, 805, 100);
        assert!(found[0].text.starts_with('\u{2026}') && found[0].text.ends_with("yyy"), "{found:?}");
    }
}
