//! What can go wrong with a stored state, its lock and its journal.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::LockInfo;
use crate::diagnostic::Diagnostic;

/// Why the state could not be read, written or locked. No variant holds anything of what the state says.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    /// The stored bytes are no state.
    #[error("{place}, line {line}, column {column}: {problem}")]
    Unreadable {
        /// The file or object.
        place: String,
        /// Line of the problem, from 1.
        line: usize,
        /// Column of the problem, from 1.
        column: usize,
        /// A clause without values from the state.
        problem: String,
    },
    /// Nothing is stored where there should be a state.
    #[error("{place} is empty")]
    Empty {
        /// The file or object.
        place: String,
    },
    /// The state is of a version that is not read.
    #[error("{place} has state version {version}")]
    Version {
        /// The file or object.
        place: String,
        /// What the state says of itself.
        version: String,
    },
    /// The state is encrypted by another tool.
    #[error("{place} is encrypted by OpenTofu")]
    Encrypted {
        /// The file or object.
        place: String,
    },
    /// The content is not what recon wrote.
    #[error("{place} does not match its checksum")]
    Checksum {
        /// The file or object.
        place: String,
    },
    /// Another process holds the lock.
    #[error("{place} is locked")]
    Locked {
        /// The lock file or object.
        place: String,
        /// Who holds it, if that can be read.
        owner: Option<Box<LockInfo>>,
        /// When it was found taken.
        now: Timestamp,
    },
    /// Nobody holds the lock that is to be removed.
    #[error("{place} is not locked")]
    NotLocked {
        /// The state.
        place: String,
    },
    /// The lock that is to be removed is another one.
    #[error("{place} has another id than {given}")]
    OtherLock {
        /// The lock file or object.
        place: String,
        /// Who holds it.
        owner: Box<LockInfo>,
        /// The id that was given.
        given: String,
        /// When it was looked at.
        now: Timestamp,
    },
    /// The lock is no longer ours.
    #[error("the lock {place} is no longer held")]
    LockLost {
        /// The lock file or object.
        place: String,
    },
    /// Somebody else has written since the state was read.
    #[error("{place} was changed by another program")]
    Changed {
        /// The file or object.
        place: String,
    },
    /// What is to be written is older than what is stored.
    #[error("serial {given} is lower than the stored {stored} of {place}")]
    LowerSerial {
        /// The file or object.
        place: String,
        /// The stored serial.
        stored: u64,
        /// The serial that was to be written.
        given: u64,
    },
    /// What is to be written belongs to another state.
    #[error("lineage {given} is not the stored {stored} of {place}")]
    OtherLineage {
        /// The file or object.
        place: String,
        /// The stored lineage.
        stored: String,
        /// The lineage that was to be written.
        given: String,
    },
    /// The path leads to something that is no file.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// With what file.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// A record of the journal cannot be read.
    #[error("{place}, line {line}: {problem}")]
    Journal {
        /// The journal.
        place: String,
        /// The line, from 1.
        line: usize,
        /// A clause.
        problem: String,
    },
    /// The journal belongs to another state.
    #[error("{place} belongs to the state of lineage {journal}")]
    JournalLineage {
        /// The journal.
        place: String,
        /// The lineage it was written for.
        journal: String,
        /// The lineage of the state beside it.
        state: String,
    },
    /// The journal does not lead on from the stored state.
    #[error("{place} does not lead on from the stored state")]
    JournalBase {
        /// The journal.
        place: String,
        /// The serial that the interrupted run began with.
        journal: u64,
        /// The serial of the state beside it, if there is one.
        state: Option<u64>,
    },
    /// A call names an intent that was never made or is settled.
    #[error("there is no open intent {number}")]
    NoIntent {
        /// The number.
        number: u64,
    },
    /// The program is shutting down, or the writer has finished.
    #[error("the state can no longer be written in this run")]
    Stopped,
}

impl StateError {
    /// The system's refusal of an action on a file.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source: Arc::new(source) }
    }
}

const BACKUP: &str = "Terraform and recon keep the content before the last change in a file of the same name with \
    `.backup` behind it. Compare the two, and put the backup in place if the state cannot be repaired.";

impl From<StateError> for Diagnostic {
    fn from(error: StateError) -> Self {
        let text = error.to_string();
        let sentence = |what: &str| format!("{}{}.", what[..1].to_uppercase(), &what[1..]);
        match error {
            StateError::Unreadable { .. } => Self::error("Unreadable state").with(|d| {
                d.detail(format!("{text}. Nothing was changed.")).help(BACKUP);
            }),
            StateError::Empty { place } => Self::error("Unreadable state").with(|d| {
                d.detail(format!(
                    "The state {place} is empty, which no state is: a write by another program was cut short."
                ))
                .help(BACKUP)
                .help("If nothing was ever applied here, delete the empty file.");
            }),
            StateError::Version { place, version } => Self::error("Unsupported state version").with(|d| {
                d.detail(format!(
                    "The state {place} is of version {version}; recon reads versions 1 to 4, and writes version 4."
                ));
                if version.parse::<u64>() != Ok(0) {
                    d.help("It was written by a newer program. Use that, or a newer recon.");
                }
            }),
            StateError::Encrypted { place } => Self::error("Encrypted state").with(|d| {
                d.detail(format!("The state {place} is encrypted by OpenTofu, which recon cannot read."))
                    .help("Run `tofu apply -refresh-only` with an `unencrypted` method and the old one as fallback.");
            }),
            StateError::Checksum { place } => Self::error("State does not match its checksum").with(|d| {
                d.detail(format!("The content of {place} is not what recon wrote: it was edited by hand or damaged."))
                    .help("If the edit was meant, delete the member `recon_checksum` from the file.")
                    .help(BACKUP);
            }),
            StateError::Locked { owner, now, .. } => {
                Self::error("State is locked").with(|d| locked(d, &text, owner, now))
            }
            StateError::NotLocked { place } => Self::error("State is not locked").with(|d| {
                d.detail(format!("Nobody holds a lock on {place}, so there is none to remove."));
            }),
            StateError::OtherLock { place, owner, given, now } => Self::error("Lock id does not match").with(|d| {
                d.detail(format!(
                    "The lock {place} is held by {}, for {}, and its id is not {given}. Nothing was removed.",
                    owner.described(),
                    owner.age(now)
                ))
                .help(format!("If that is the lock that is meant: `recon force-unlock {}`", owner.id));
            }),
            StateError::LockLost { place } => Self::error("Lock lost").with(|d| {
                d.detail(format!(
                    "The lock {place} was removed or taken over while recon was working. A lease that is not renewed in \
                     time, as by a process that was stopped or a machine that was asleep, is open to the next run. From \
                     then on this run has begun nothing new and written nothing."
                ))
                .help("Run the command again; it first completes what this run has begun.");
            }),
            StateError::Changed { place } => Self::error("State changed meanwhile").with(|d| {
                d.detail(format!("{place} was changed by another program while recon held its lock."))
                    .help("Do not run Terraform and recon on one state at the same time.")
                    .help("Run the command again; it first completes what this run has begun.");
            }),
            StateError::LowerSerial { .. } | StateError::OtherLineage { .. } => {
                Self::error("State does not follow the stored one").with(|d| {
                    d.detail(format!("{}. Nothing was written.", sentence(&text).trim_end_matches('.')))
                        .help("Plan again from the stored state.");
                })
            }
            StateError::NotAFile { path } => Self::error("State is not a file").with(|d| {
                let path = path.display();
                d.detail(format!(
                    "{path} is a folder, a device or a link, or leads to one, where a state, its journal or its lock is to be."
                ))
                .help("Name a file, or remove what is in its place.");
            }),
            StateError::Io { action, path, source } => Self::error("State file not accessible").with(|d| {
                d.detail(format!("Cannot {action} {}: {source}.", path.display())).help(io_help(source.kind()));
            }),
            StateError::Journal { place, .. } => Self::error("Unreadable journal").with(|d| {
                d.detail(format!("{text}. Nothing was changed. The journal says what an interrupted run was doing."))
                    .help(format!(
                        "Restore {place} from a copy. If there is none, compare the state with AWS (`recon drift`) \
                         after moving the journal away; objects made by the interrupted run may need `recon import`."
                    ));
            }),
            StateError::JournalLineage { place, journal, state } => Self::error("Journal of another state").with(|d| {
                d.detail(format!(
                    "An interrupted run left {place}, which belongs to the state of lineage {journal}; the state \
                     beside it is of lineage {state}."
                ))
                .help("Put the state it belongs to back in place, or move the journal away if that state is given up.");
            }),
            StateError::JournalBase { place, journal, state } => {
                Self::error("Journal does not fit the state").with(|d| {
                    let found = state.map_or_else(
                        || "that state is gone".to_owned(),
                        |serial| format!("the stored state, with serial {serial}, was written by something else since"),
                    );
                    d.detail(format!("An interrupted run left {place}. It began with serial {journal}, but {found}."))
                    .help("Put the state that the interrupted run left back in place and run the command again.")
                    .help(
                        "To give up what the journal knows, move it away; objects that the interrupted run made may \
                         then need `recon import`.",
                    );
                })
            }
            StateError::NoIntent { .. } | StateError::Stopped => Self::error("State not written").with(|d| {
                d.detail(sentence(&text)).help("Run the command again; it first completes what this run has begun.");
            }),
        }
    }
}

fn locked(diagnostic: &mut Diagnostic, text: &str, owner: Option<Box<LockInfo>>, now: Timestamp) {
    match owner {
        Some(owner) => owner.tell(diagnostic, text, now),
        None => {
            diagnostic
                .detail(format!("{text} by another process, and who that is cannot be read."))
                .help("Give `-lock-timeout=1m` to have recon wait: what stays unreadable for the time of a lease is taken over.");
        }
    }
}

fn io_help(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "Make the file and its folder readable and writable, or name another place for the state."
        }
        Kind::StorageFull | Kind::QuotaExceeded => "Free some space. The state is as it was before the write.",
        Kind::NotADirectory | Kind::NotFound => "Check the path of the state.",
        Kind::IsADirectory => "Remove the folder, or name another place for the state.",
        Kind::Unsupported => "The file system cannot do this; keep the state on a local disk or in S3.",
        _ => "See to it that recon can use this path, or name another place for the state.",
    }
}
