//! `recon workspace new`

use std::path::PathBuf;

use clap::Args;

use super::{check_name, check_selectable, remember};
use crate::apply::push::{self, Push};
use crate::cli::args::Locking;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::layout::Layout;
use crate::cli::place::{Purpose, backend, layout, told};
use crate::cli::setup::lock_info;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::state::backends::LocalBackend;
use crate::state::{Backend, Snapshot, StateError};

/// Make a workspace and select it
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace new -state=old.tfstate staging")]
pub(crate) struct NewArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Begin with a copy of this state
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &NewArgs, cx: &mut Context) -> Option<Exit> {
    check_name(&args.name, &mut cx.problems)?;
    check_selectable(&args.name, &mut cx.problems)?;
    let layout = layout(cx, Purpose::Change)?;
    if layout.has(&args.name) {
        cx.problems
            .error("Workspace exists already")
            .detail(format!("There is a workspace \"{}\" already. Nothing was changed.", args.name))
            .help(format!("Select it with `recon workspace select {}`.", args.name));
        return None;
    }
    let content = match &args.state {
        None => None,
        Some(path) => Some(copy(path, &mut cx.problems).await?),
    };
    make(&args.name, &layout, content, &args.locking, &mut cx.problems).await?;
    remember(&args.name, &mut cx.problems)?;
    made(&args.name, cx);
    Some(Exit::Success)
}

/// Says that a workspace is new.
pub(super) fn made(name: &str, cx: &Context) {
    cx.output.result(&format!(
        "Created and switched to workspace \"{name}\".\n\nIts state is its own: a plan sees nothing of what other workspaces have made.\n"
    ));
}

/// Another state with the content of a file.
async fn copy(path: &std::path::Path, problems: &mut Diagnostics) -> Option<Snapshot> {
    let found = match LocalBackend::new(path).read().await {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => {
            let detail = format!("There is no state file {}. Nothing was changed.", path.display());
            problems.error("State not readable").detail(detail);
            return None;
        }
        Err(error) => {
            problems.push(Diagnostic::from(error));
            return None;
        }
    };
    let fresh = Snapshot::fresh();
    Some(Snapshot { lineage: fresh.lineage, serial: 1, checksum: None, ..found })
}

/// Makes the folder or the file that shows that there is a workspace.
pub(super) async fn make(
    name: &str,
    layout: &Layout,
    content: Option<Snapshot>,
    locking: &Locking,
    problems: &mut Diagnostics,
) -> Option<()> {
    let path = told(layout.path(name), problems)?;
    if path.file_stem().is_none_or(|stem| stem != name) {
        // It has a folder of its own, which shows that it is there.
        let folder = path.parent().unwrap_or(&path);
        if let Err(error) = std::fs::create_dir_all(folder) {
            problems.push(StateError::io("make the folder", folder)(error).into());
            return None;
        }
        if content.is_none() {
            return Some(());
        }
    }
    let how = Push { info: lock_info("workspace new"), wait: locking.lock_timeout, force: false };
    let snapshot = content.unwrap_or_else(Snapshot::fresh);
    told(push::push(&backend(path, problems)?, snapshot, how).await, problems).map(|_| ())
}
