//! Where texts go: results to stdout, everything else to stderr. A reader that has gone away is no failure; a full disk is.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use anstream::ColorChoice;

use crate::render::Look;

/// The two streams, and how texts look on them.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    results: Look,
    messages: Look,
    /// Why a result could not be written, from the first time on.
    failure: Arc<OnceLock<String>>,
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

    /// Whether messages go to a terminal that can move its cursor.
    pub(crate) fn is_live(&self) -> bool {
        io::stderr().is_terminal() && self.messages.colour
    }

    /// Writes a result.
    pub(crate) fn result(&self, text: &str) {
        if let Err(error) = send(&mut io::stdout().lock(), text)
            && error.kind() != ErrorKind::BrokenPipe
        {
            // The first reason is the one that is told.
            let _ = self.failure.set(error.to_string());
        }
    }

    /// Writes a message.
    pub(crate) fn message(&self, text: &str) {
        // A failure to speak cannot be spoken of.
        let _ = send(&mut io::stderr().lock(), text);
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

fn terminal_width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    // Very long lines are hard to read, very short ones cannot hold an address.
    given.or_else(found).unwrap_or(Look::PLAIN.width).clamp(60, 140)
}
