//! What a terminal can show: its width, and whether it has colour. Colour only repeats what words and symbols say.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// How texts are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether to write colours.
    pub colour: bool,
    /// Columns of a line.
    pub width: usize,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is made, or went well.
    Add,
    /// Something is deleted.
    Remove,
    /// Something is changed, or a warning.
    Change,
    /// Something is read, or known later.
    Read,
    /// An error.
    Error,
    /// A heading.
    Strong,
    /// An aside.
    Faint,
}

impl Look {
    /// No colour and a usual width, as for files and pipes.
    pub const PLAIN: Self = Self { colour: false, width: 100 };

    /// A text in the colour of a tone, where there is colour.
    pub fn paint(self, tone: Tone, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let style = match tone {
            Tone::Add => colour(AnsiColor::Green),
            Tone::Remove => colour(AnsiColor::Red),
            Tone::Change => colour(AnsiColor::Yellow),
            Tone::Read => colour(AnsiColor::Cyan),
            Tone::Error => colour(AnsiColor::Red).bold(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    /// A text broken at spaces so that its lines fit. Lines that begin with a space are left as they are.
    pub fn wrap(self, text: &str) -> String {
        wrapped(text, self.width, "")
    }

    /// Like `wrap`, with every line but the first indented.
    pub fn wrap_hanging(self, text: &str, indent: &str) -> String {
        wrapped(text, self.width, indent)
    }
}

fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.trim_end().lines().enumerate() {
        if i > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(indent);
            }
        }
        if line.starts_with(' ') {
            out.push_str(line);
            continue;
        }
        let mut column = if i > 0 { indent.len() } else { 0 };
        for (j, word) in line.split(' ').enumerate() {
            let length = word.width();
            if j > 0 && column + 1 + length > width {
                out.push('\n');
                out.push_str(indent);
                column = indent.len();
            } else if j > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_prepared_lines_stay() {
        let look = Look { colour: false, width: 12 };
        assert_eq!(
            look.wrap("one two three four\n    kept as it is here\nend"),
            "one two\nthree four\n    kept as it is here\nend"
        );
        assert_eq!(look.wrap_hanging("Help: one two three", "  "), "Help: one\n  two three");
    }

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(Look::PLAIN.paint(Tone::Error, "x"), "x");
        assert_eq!(Look { colour: true, width: 80 }.paint(Tone::Add, "x"), "\u{1b}[32mx\u{1b}[0m");
    }
}
