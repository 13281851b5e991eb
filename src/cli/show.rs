//! `recon show`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value as Json;

use super::args::{Planning, StatePlace, Variables};
use super::context::Context;
use super::exit::Exit;
use super::pages::Pages;
use super::permissions::Permissions;
use super::setup::{Setup, schemas};
use crate::diagnostic::Diagnostic;
use crate::plan::Made;
use crate::plan::providers::Providers;
use crate::plan::saved::{Belongings, SavedPlan};
use crate::render::report::Report;
use crate::render::{plan_json, state_json, state_text, terminal};
use crate::state::backends::LocalBackend;
use crate::state::{Backend, Snapshot};

/// Show the state, or a saved plan
///
/// A plan file holds no secrets. To show it, the plan is decided again from the working folder, so sensitive variables must
/// be given as they were for `recon plan`, and a plan that has expired cannot be shown.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon show -json plan.json")]
pub(crate) struct ShowArgs {
    /// A plan saved with `recon plan -out=FILE`, or a state file; the state of the working folder if absent
    file: Option<PathBuf>,
    /// Print JSON in the form of `terraform show -json`; it has sensitive values in it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pages: Pages,
    #[command(flatten)]
    permissions: Permissions,
    #[command(flatten)]
    variables: Variables,
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &ShowArgs, cx: &mut Context) -> Option<Exit> {
    let of_plan = args.file.as_deref().is_some_and(|path| !is_state(path));
    if args.permissions.are_asked_for() && !of_plan {
        cx.problems
            .error("Permissions of a plan only")
            .detail("`-permissions` tells what applying a plan needs, and a state is no plan.")
            .help("Name a plan saved with `recon plan -out=FILE`, or run `recon plan -permissions`.");
        return None;
    }
    match &args.file {
        None => {
            let snapshot = Setup::state_of_folder(cx, &args.place).await?;
            tell_state(&snapshot, args.json, cx);
        }
        Some(path) if is_state(path) => {
            let read = LocalBackend::new(path.clone()).read().await;
            let snapshot = match read {
                Ok(snapshot) => snapshot.unwrap_or_else(Snapshot::fresh),
                Err(error) => {
                    cx.problems.push(Diagnostic::from(error));
                    return None;
                }
            };
            tell_state(&snapshot, args.json, cx);
        }
        Some(path) => plan(path, args, cx).await?,
    }
    Some(Exit::Success)
}

/// Whether a file is a state and no plan. What cannot be read is reported as what a plan file should have been.
fn is_state(path: &Path) -> bool {
    let json = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok());
    // States of old have modules; the first ones no lineage.
    json.is_some_and(|json| json["version"].is_u64() && (json["lineage"].is_string() || json["modules"].is_array()))
}

fn tell_state(snapshot: &Snapshot, as_json: bool, cx: &Context) {
    let providers = Providers::new(schemas());
    let text = match as_json {
        true => format!("{}\n", state_json::state(snapshot, &providers)),
        false => state_text::state(snapshot, &providers, cx.output.look()),
    };
    cx.output.result(&text);
}

async fn plan(path: &Path, args: &ShowArgs, cx: &mut Context) -> Option<()> {
    let restored = restored(path, &args.variables, &args.place, cx).await?;
    let Restored { setup, saved, snapshot, made } = &restored;
    let wish = setup.wish(&Planning::default(), saved.options().clone(), saved.destroys());
    args.permissions.tell(setup, (&wish, made, snapshot), cx).await?;
    let report = Report::of(made, &setup.providers);
    args.pages.write(made, &report, cx);
    if args.permissions.replace_the_plan() {
        return Some(());
    }
    let text = match args.json {
        true => format!("{}\n", plan_json::plan(made, &wish, snapshot)),
        false => terminal::plan(&report, cx.output.look()),
    };
    cx.output.result(&text);
    Some(())
}

/// A plan from a file, decided again.
pub(super) struct Restored {
    pub(super) setup: Setup,
    saved: SavedPlan,
    snapshot: Snapshot,
    pub(super) made: Made,
}

/// Reads a saved plan, and decides it again on the configuration and state of the working folder.
pub(super) async fn restored(
    path: &Path,
    variables: &Variables,
    place: &StatePlace,
    cx: &mut Context,
) -> Option<Restored> {
    let saved = match SavedPlan::read(path) {
        Ok(saved) => saved,
        Err(problem) => {
            cx.problems.push(*problem);
            return None;
        }
    };
    let mut setup = Setup::open(cx, variables, place).await?;
    saved.set_variables(&setup.config.root, &mut setup.variables, &mut cx.problems);
    if let Some(now) = saved.now() {
        setup.surroundings.now = now;
    }
    if cx.problems.has_errors() {
        return None;
    }
    let snapshot = setup.read_state(&mut cx.problems).await?;
    let planning = Planning { parallelism: 1, ..Planning::default() };
    let wish = setup.wish(&planning, saved.options().clone(), saved.destroys());
    let belongings = Belongings { sources: &cx.sources, local: cx.local };
    let made = saved.restore(&wish, &snapshot, belongings, &mut cx.problems).await?;
    Some(Restored { setup, saved, snapshot, made })
}
