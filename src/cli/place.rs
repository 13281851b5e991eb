//! The state of the working folder, found without understanding more of the configuration than that takes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::StatePlace;
use super::context::Context;
use super::layout::{DEFAULT, Layout, is_name};
use super::setup::schemas;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language;
use crate::resource::parse_duration;
use crate::state::backends::LocalBackend;
use crate::state::{Backend, Snapshot};

/// Where the state of the working folder is.
pub(crate) struct Place {
    /// The state itself.
    pub(crate) backend: LocalBackend,
}

/// What a command does with the state, and with it how sure its place must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It reads.
    Look,
    /// It writes.
    Change,
}

impl Place {
    /// Finds the state. Mistakes in the configuration do not matter unless they may hide where it is.
    pub(crate) fn find(cx: &mut Context, place: &StatePlace, purpose: Purpose) -> Option<Self> {
        if let Some(path) = &place.state {
            return Some(Self { backend: backend(path.clone(), &mut cx.problems)? });
        }
        let layout = layout(cx, purpose)?;
        let workspace = selected(&mut cx.problems)?;
        let path = told(layout.path(&workspace), &mut cx.problems)?;
        Some(Self { backend: backend(path, &mut cx.problems)? })
    }

    /// Reads the state. Nothing, with the reason among the problems, where it cannot be read; `None` inside where there is none.
    pub(crate) async fn read(&self, problems: &mut Diagnostics) -> Option<Option<Snapshot>> {
        read(&self.backend, problems).await
    }

    /// Reads a state that must be there.
    pub(crate) async fn read_existing(&self, problems: &mut Diagnostics) -> Option<Snapshot> {
        let snapshot = self.read(problems).await?;
        if snapshot.is_none() {
            problems.push(no_state(&self.backend));
        }
        snapshot
    }
}

/// The state of a file, with leases as long as the environment says.
pub(crate) fn backend(path: PathBuf, problems: &mut Diagnostics) -> Option<LocalBackend> {
    let Some(text) = std::env::var("RECON_LOCK_LEASE").ok().filter(|text| !text.is_empty()) else {
        return Some(LocalBackend::new(path));
    };
    let range = Duration::from_millis(100)..=Duration::from_secs(3600);
    if let Some(lease) = parse_duration(&text).filter(|lease| range.contains(lease)) {
        return Some(LocalBackend::new(path).with_lease(lease));
    }
    problems
        .error("Invalid length of a lease")
        .detail(format!("RECON_LOCK_LEASE is `{text}`, which is no time from 100ms to 1h."))
        .help("Set it to a time such as 10s, or unset it.");
    None
}

/// A state is asked for where there is none.
pub(crate) fn no_state(backend: &LocalBackend) -> Diagnostic {
    Diagnostic::error("No state").with(|d| {
        d.detail(format!("There is no state in {}: nothing was applied yet.", backend.place()));
        d.help("Run the command in the folder of a configuration that was applied, or name a file with `-state=FILE`.");
    })
}

/// Reads a state without a lock. An interrupted run is told of, since what it made may not be in it.
pub(crate) async fn read(backend: &LocalBackend, problems: &mut Diagnostics) -> Option<Option<Snapshot>> {
    let read = async {
        let snapshot = backend.read().await?;
        let journal = backend.read_journal().await?;
        Ok::<_, crate::state::StateError>((snapshot, journal))
    };
    match read.await {
        Ok((snapshot, journal)) => {
            if !journal.is_empty() {
                problems
                    .warning("Another run is under way, or was interrupted")
                    .detail("There is a journal beside the state, so objects may have been made that the state lacks.")
                    .help("The next `recon apply` or `recon destroy` first settles what an interrupted run has left.");
            }
            Some(snapshot)
        }
        Err(error) => {
            problems.push(Diagnostic::from(error));
            None
        }
    }
}

/// Where the states of the workspaces are. A file that cannot be read whole may hide a `backend` block.
pub(crate) fn layout(cx: &mut Context, purpose: Purpose) -> Option<Layout> {
    if cx.local {
        return Some(Layout::Emulator);
    }
    let (mut syntax, mut problems) = (Diagnostics::new(), Diagnostics::new());
    let found = language::backend(Path::new("."), &schemas(), &mut cx.sources, &mut syntax, &mut problems);
    let failed = problems.has_errors();
    cx.problems.extend(problems);
    if failed {
        return None;
    }
    if found.is_none() && syntax.has_errors() {
        if purpose == Purpose::Change {
            cx.problems.extend(syntax);
            cx.problems
                .error("Place of the state not certain")
                .detail("The configuration cannot be read whole, so a `backend` block in it may have been missed. Nothing was changed.")
                .help("Mend the mistakes above, or name the state with `-state=FILE`.");
            return None;
        }
        cx.problems.warning("Configuration not readable").detail(
            "The configuration cannot be read whole; the state is looked for as if it had no `backend` block. \
                 `recon validate` shows the mistakes.",
        );
    }
    Some(Layout::of(false, found.as_ref()))
}

/// The file that remembers which workspace is selected.
pub(crate) fn selection_file() -> PathBuf {
    data_folder().join("environment")
}

fn data_folder() -> PathBuf {
    let set = std::env::var_os("TF_DATA_DIR").filter(|value| !value.is_empty());
    set.map_or_else(|| PathBuf::from(".terraform"), PathBuf::from)
}

/// The workspace that the environment names, whatever is selected.
pub(crate) fn overriding() -> Option<String> {
    std::env::var("TF_WORKSPACE").ok().filter(|name| !name.is_empty())
}

/// The selected workspace.
pub(crate) fn selected(problems: &mut Diagnostics) -> Option<String> {
    let (name, whence) = match overriding() {
        Some(name) => (name, "TF_WORKSPACE".to_owned()),
        None => {
            let file = selection_file();
            let remembered = std::fs::read_to_string(&file).unwrap_or_default();
            match remembered.trim() {
                "" => return Some(DEFAULT.to_owned()),
                name => (name.to_owned(), format!("The workspace that {} remembers", file.display())),
            }
        }
    };
    if is_name(&name) {
        return Some(name);
    }
    let detail = format!("{whence} is \"{name}\". {NAMES}");
    problems.error("Invalid workspace name").detail(detail);
    None
}

/// What workspaces are called.
pub(crate) const NAMES: &str =
    "A workspace is named with ASCII letters, digits and any of `-_.~$&+=:@`, and does not begin with a dot.";

/// What was found, or nothing with the problem told.
pub(crate) fn told<T>(result: Result<T, Box<Diagnostic>>, problems: &mut Diagnostics) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}
