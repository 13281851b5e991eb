//! The live area: a few lines at the end of the terminal that are written anew while everything else scrolls above them.
//!
//! The cursor is never hidden, and rests on a line of its own below the area. So nothing has to be put right when the
//! process ends, whatever ends it, and a `^C` that the terminal echoes is written where nothing is torn.

use unicode_width::UnicodeWidthStr;

/// What stands in the area, and what of it is on the terminal.
#[derive(Debug, Default)]
pub(super) struct Area {
    frame: Vec<String>,
    drawn: Vec<usize>,
}

impl Area {
    /// What takes the area away from a terminal that has so many columns now.
    pub(super) fn erase(&mut self, columns: usize) -> String {
        // A terminal that became narrower has broken the lines.
        let rows: usize = self.drawn.drain(..).map(|width| width.div_ceil(columns.max(1)).max(1)).sum();
        if rows == 0 { String::new() } else { format!("\u{1b}[{rows}A\r\u{1b}[J") }
    }

    /// What shows the area again.
    pub(super) fn draw(&mut self) -> String {
        self.drawn = self.frame.iter().map(|line| anstream::adapter::strip_str(line).to_string().width()).collect();
        self.frame.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Other lines for the area. Nothing where they are there already.
    pub(super) fn change(&mut self, frame: Vec<String>, columns: usize) -> Option<String> {
        if frame == self.frame && self.drawn.len() == frame.len() {
            return None;
        }
        let erased = self.erase(columns);
        self.frame = frame;
        Some(erased + &self.draw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_replaced_and_taken_away() {
        let mut area = Area::default();
        let frame = || vec!["one".to_owned(), "\u{1b}[1mtwo\u{1b}[0m".to_owned()];
        assert_eq!(area.change(frame(), 80).unwrap(), "one\n\u{1b}[1mtwo\u{1b}[0m\n");
        assert_eq!(area.change(frame(), 80), None, "nothing is written twice");
        assert_eq!(area.erase(80), "\u{1b}[2A\r\u{1b}[J");
        assert_eq!(area.erase(80), "", "what is gone is not taken away again");
        assert_eq!(area.draw(), "one\n\u{1b}[1mtwo\u{1b}[0m\n");
        assert_eq!(area.erase(2), "\u{1b}[4A\r\u{1b}[J", "three columns need two rows of two");
        area.draw();
        assert_eq!(area.change(Vec::new(), 80).unwrap(), "\u{1b}[2A\r\u{1b}[J");
    }
}
