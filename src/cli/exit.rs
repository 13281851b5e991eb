//! What recon answers when it ends: the one table of exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what was asked; with `-detailed-exitcode`, the plan is empty; for `drift`, there is none.
    Success,
    /// 1: it failed, was stopped, or was called in a wrong way. The reason is on stderr.
    Failure,
    /// 2: it succeeded, and there are changes (`plan -detailed-exitcode`) or there is drift (`drift`).
    Changes,
    /// 2: `fmt` met a file that it could not read or that has syntax errors.
    Unreadable,
    /// 3: `fmt -check` found a file that is not in canonical style.
    Unformatted,
}

impl Exit {
    /// Whether it stands for something that went wrong, so that an error does not change it.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Failure | Self::Unreadable)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::from(0),
            Exit::Failure => Self::from(1),
            Exit::Changes | Exit::Unreadable => Self::from(2),
            Exit::Unformatted => Self::from(3),
        }
    }
}
