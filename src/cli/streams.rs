//! Where texts go: results to stdout, everything else to stderr. A reader that has gone away is no failure; a full disk is.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anstream::ColorChoice;

use super::area::Area;
use crate::render::Look;

/// The two streams, and how texts look on them.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    results: Look,
    messages: Look,
    /// Why a result could not be written, from the first time on.
    failure: Arc<OnceLock<String>>,
    /// What is shown below the messages, where they go to a terminal that can move its cursor.
    area: Option<Arc<Mutex<Area>>>,
}

impl Streams {
    /// The streams of this process. Colour is for terminals, unless `-no-color`, NO_COLOR or CLICOLOR_FORCE say otherwise.
    pub(crate) fn of_process(no_colour: bool) -> Self {
        let look = |choice: ColorChoice, is_terminal: bool| Look {
            colour: !no_colour && choice != ColorChoice::Never,
            width: if is_terminal { terminal_width() } else { Look::PLAIN.width },
        };
        let (stdout, stderr) = (io::stdout(), io::stderr());
        Self {
            results: look(anstream::AutoStream::choice(&stdout), stdout.is_terminal()),
            messages: look(anstream::AutoStream::choice(&stderr), stderr.is_terminal()),
            failure: Arc::default(),
            area: (stderr.is_terminal() && can_move_cursor()).then(Arc::default),
        }
    }

    /// How results look.
    pub(crate) fn look(&self) -> Look {
        self.results
    }

    /// How messages look.
    pub(crate) fn message_look(&self) -> Look {
        self.messages
    }

    /// Whether lines can be shown below the messages.
    pub(crate) fn is_live(&self) -> bool {
        self.area.is_some()
    }

    /// The columns and rows of the terminal that messages go to, as they are now.
    pub(crate) fn size(&self) -> (usize, usize) {
        let found = terminal_size::terminal_size_of(io::stderr());
        let (width, height) = found.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)));
        // Nothing is written to the last column, where some terminals break the line.
        (width.saturating_sub(1).max(1), height.max(1))
    }

    /// Shows lines below the messages in place of those shown before.
    pub(crate) fn show(&self, lines: Vec<String>) {
        if let Some(area) = &self.area {
            let mut area = area.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(text) = area.change(lines, self.size().0 + 1) {
                // A failure to speak cannot be spoken of.
                let _ = send(&mut io::stderr().lock(), &text);
            }
        }
    }

    /// Writes a result.
    pub(crate) fn result(&self, text: &str) {
        let written = self.above_the_area(|above, below| {
            // The two streams may be one terminal.
            if !above.is_empty() {
                let _ = send(&mut io::stderr().lock(), above);
            }
            let written = send(&mut io::stdout().lock(), text);
            if !below.is_empty() {
                let _ = send(&mut io::stderr().lock(), below);
            }
            written
        });
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
        {
            // The first reason is the one that is told.
            let _ = self.failure.set(error.to_string());
        }
    }

    /// Writes a message.
    pub(crate) fn message(&self, text: &str) {
        self.above_the_area(|above, below| {
            let _ = send(&mut io::stderr().lock(), &format!("{above}{text}{below}"));
        });
    }

    /// Gives what takes the area away and what shows it again.
    fn above_the_area<T>(&self, write: impl FnOnce(&str, &str) -> T) -> T {
        match &self.area {
            None => write("", ""),
            Some(area) => {
                let mut area = area.lock().unwrap_or_else(PoisonError::into_inner);
                let above = area.erase(self.size().0 + 1);
                write(&above, &area.draw())
            }
        }
    }

    /// Why a result could not be written. Whoever closed the pipe has read enough, and that is no such reason.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

fn send(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Whether a terminal does more than write one line below the other, and whether somebody looks at it.
fn can_move_cursor() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "false");
    let dumb = std::env::var_os("TERM").is_none_or(|name| name == "dumb" || name.is_empty());
    !(dumb && cfg!(unix) || set("CI") || set("TF_IN_AUTOMATION"))
}

fn terminal_width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    // Very long lines are hard to read, very short ones cannot hold an address.
    given.or_else(found).unwrap_or(Look::PLAIN.width).clamp(60, 140)
}
