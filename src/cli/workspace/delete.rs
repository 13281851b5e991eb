//! `recon workspace delete`

use clap::Args;

use super::{check_name, unknown};
use crate::address::Mode;
use crate::cli::args::Locking;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::layout::DEFAULT;
use crate::cli::place::{Purpose, backend, layout, selected, told};
use crate::cli::setup::lock_info;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::state::backends::LocalBackend;
use crate::state::{Backend, Guard, Snapshot, StateError};

/// Delete a workspace with its state
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace delete staging")]
pub(crate) struct DeleteArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Delete it also where its state holds objects: nothing manages these any more then
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &DeleteArgs, cx: &mut Context) -> Option<Exit> {
    let name = &args.name;
    check_name(name, &mut cx.problems)?;
    let layout = layout(cx, Purpose::Change)?;
    if !layout.has(name) {
        cx.problems.push(unknown(name));
        return None;
    }
    if selected(&mut cx.problems)? == *name {
        cx.problems
            .error("Workspace is selected")
            .detail(format!("\"{name}\" is the selected workspace, which cannot be deleted."))
            .help("Select another one first.");
        return None;
    }
    if name == DEFAULT {
        cx.problems
            .error("Workspace is needed")
            .detail("The workspace \"default\" is always there and cannot be deleted.");
        return None;
    }
    let backend = backend(told(layout.path(name), &mut cx.problems)?, &mut cx.problems)?;
    let folder = layout.folder(name);
    let locked = backend.lock(lock_info("workspace delete"), args.locking.lock_timeout).await;
    let mut guard = told(locked.map_err(|error| Box::new(Diagnostic::from(error))), &mut cx.problems)?;
    let removed = remove(&backend, &mut *guard, args, &mut cx.problems).await;
    let released = guard.unlock().await;
    removed?;
    let gone = released.and_then(|()| match &folder {
        Some(folder) => std::fs::remove_dir_all(folder).map_err(StateError::io("remove the folder", folder)),
        None => Ok(()),
    });
    told(gone.map_err(|error| Box::new(Diagnostic::from(error))), &mut cx.problems)?;
    cx.output.result(&format!("Deleted workspace \"{name}\".\n"));
    Some(Exit::Success)
}

async fn remove(
    backend: &LocalBackend,
    guard: &mut dyn Guard,
    args: &DeleteArgs,
    problems: &mut Diagnostics,
) -> Option<()> {
    let work = async {
        if !args.force {
            let stored = guard.read().await?;
            if let Some(why) = in_use(stored.as_ref(), &guard.journal().read().await?) {
                return Ok(Some(why));
            }
        }
        backend.remove(guard).await?;
        Ok::<_, StateError>(None)
    };
    match work.await {
        Ok(None) => Some(()),
        Ok(Some(why)) => {
            problems
                .error("Workspace is not empty")
                .detail(format!("The state of the workspace \"{}\" {why} Nothing was changed.", args.name))
                .help("Select the workspace and run `recon destroy` first.")
                .help("`-force` deletes it all the same; then nothing manages these objects any more.");
            None
        }
        Err(error) => {
            problems.push(error.into());
            None
        }
    }
}

/// Why a state cannot go, as the end of a sentence.
fn in_use(stored: Option<&Snapshot>, journal: &[u8]) -> Option<String> {
    if !journal.is_empty() {
        return Some("has a journal beside it: an interrupted run may have made objects that it lacks.".into());
    }
    let stored = stored?;
    let deposed = stored.deposed.keys().map(|(address, _)| address);
    let managed = stored.instances.keys().chain(deposed).filter(|address| address.resource.mode == Mode::Managed);
    match managed.count() {
        0 => None,
        1 => Some("holds 1 object.".into()),
        count => Some(format!("holds {count} objects.")),
    }
}
