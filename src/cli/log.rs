//! The log that RECON_LOG asks for: each call to AWS with its request id, retries, waits and writes of state. No bodies, no
//! headers, no values.

use std::fs::{File, OpenOptions};
use std::io;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::diagnostic::Diagnostics;

/// The variables that ask for a log and say where it goes, recon's own before Terraform's.
const LEVEL: [&str; 2] = ["RECON_LOG", "TF_LOG"];
const PATH: [&str; 2] = ["RECON_LOG_PATH", "TF_LOG_PATH"];

/// Begins the log, if the environment asks for one.
pub(crate) fn begin(problems: &mut Diagnostics) {
    let Some((name, text)) = first(LEVEL) else {
        return;
    };
    let Some(level) = level(&text) else {
        if !text.eq_ignore_ascii_case("off") {
            problems
                .warning("Unknown log level")
                .detail(format!("{name} is `{text}`, so there is no log."))
                .help("The levels are error, warn, info, debug and trace; `off` or nothing is for no log.");
        }
        return;
    };
    // What libraries log is not known to be free of secrets.
    let only_ours = Targets::new().with_target("recon", level);
    let writer = match first(PATH) {
        None => BoxMakeWriter::new(io::stderr),
        Some((name, path)) => match open(&path) {
            Ok(file) => BoxMakeWriter::new(Mutex::new(file)),
            Err(error) => {
                let detail = format!("{name} is `{path}`, which cannot be written: {error}. There is no log.");
                problems.warning("Log not writable").detail(detail);
                return;
            }
        },
    };
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    let lines = if text.eq_ignore_ascii_case(JSON) { lines.json().boxed() } else { lines.boxed() };
    let started = tracing_subscriber::registry().with(only_ours).with(lines).try_init();
    // Another log can only be there where recon is part of another program, which then has its own.
    if started.is_ok() {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "recon begins");
    }
}

fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    let set = |name: &&'static str| std::env::var(*name).ok().filter(|text| !text.is_empty());
    names.iter().find_map(|name| Some((*name, set(name)?)))
}

/// Asks for everything, as one JSON object a line.
const JSON: &str = "json";

/// Terraform takes `1` and `json` as well; both ask for everything.
fn level(text: &str) -> Option<Level> {
    match text.to_ascii_lowercase().as_str() {
        "1" | JSON => Some(Level::TRACE),
        other => other.parse().ok(),
    }
}

/// A log is added to, and nobody else reads it.
fn open(path: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_their_names_in_any_case_and_terraforms_words_mean_all() {
        assert_eq!(level("DEBUG"), Some(Level::DEBUG));
        assert_eq!(level("warn"), Some(Level::WARN));
        assert_eq!(level("1"), Some(Level::TRACE));
        assert_eq!(level("json"), Some(Level::TRACE));
        assert_eq!(level("off"), None);
        assert_eq!(level("loud"), None);
    }
}
