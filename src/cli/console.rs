//! `recon console`

mod interactive;
mod lines;
mod open;
mod session;

use std::io::{IsTerminal, stdin};
use std::path::Path;

use clap::Args;

use super::args::{StatePlace, Variables};
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;
use crate::diagnostic::Diagnostics;
use crate::plan::selection::Options;
use crate::plan::sites::Sites;
use crate::plan::standing::{self, Ground, Objects};
use crate::plan::{self, Wish};
use crate::render::diagnostics::diagnostics;
use session::Session;

/// Evaluate expressions over the configuration and what state holds
///
/// On a terminal it asks for expressions until `exit` or the end of input. From a pipe it reads one expression a line (more
/// lines where brackets are open) and prints the last result.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon console\n  echo 'length(var.names)' | recon console")]
pub(crate) struct ConsoleArgs {
    #[command(flatten)]
    variables: Variables,
    /// Make a plan first, and show values as they will be after it
    #[arg(long)]
    plan: bool,
    /// Read one JSON object with a member `expr` a line, and print one JSON object for each, with sensitive values
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: StatePlace,
}

/// How many objects are read at once for a plan.
const READS_AT_ONCE: usize = 20;

/// Runs the command.
pub(crate) async fn run(args: &ConsoleArgs, cx: &mut Context) -> Option<Exit> {
    let setup = Setup::open(cx, &args.variables, &args.place).await?;
    let snapshot = setup.read_state(&mut cx.problems).await?;
    let mut problems = Diagnostics::new();
    let (objects, sites) = if args.plan {
        let wish = Wish {
            config: &setup.config,
            providers: &setup.providers,
            variables: &setup.variables,
            surroundings: &setup.surroundings,
            options: Options::default(),
            destroy: false,
            refresh: true,
            parallelism: READS_AT_ONCE,
        };
        let made = plan::make(&wish, &snapshot, &mut cx.problems).await?;
        (standing::of_plan(&made.plan), made.sites)
    } else {
        let sites = Sites::new(&setup.config, setup.providers.default_registry(), &mut cx.problems)?;
        (standing::of_state(&snapshot, setup.providers.default_registry(), &mut problems), sites)
    };
    let session = session(setup, &objects, &sites, &mut problems);
    tell(&problems, cx);
    cx.tell_problems();
    if args.json {
        return lines::json(&session, &cx.output);
    }
    if stdin().is_terminal() { interactive::run(session, cx).await } else { lines::plain(&session, cx) }
}

fn session(mut setup: Setup, objects: &Objects, sites: &Sites, problems: &mut Diagnostics) -> Session {
    // A console is no plan: what a plan leaves open for the sake of its apply has a value here.
    setup.surroundings.clock = Some(setup.surroundings.now);
    let ground =
        Ground { config: &setup.config, variables: &setup.variables, surroundings: &setup.surroundings, objects };
    let values = standing::stand(ground, sites, problems);
    Session { config: setup.config, values, surroundings: setup.surroundings, schemas: setup.providers }
}

/// Tells of what is wrong with the configuration. That ends nothing: expressions that do not need it have their values.
fn tell(problems: &Diagnostics, cx: &Context) {
    if problems.is_empty() {
        return;
    }
    cx.output.message(&diagnostics(problems, &cx.sources, cx.output.message_look()));
    cx.output.message("Because of these problems, some expressions have no value here.\n");
}

/// The name of what is typed, where a problem is shown.
fn typed() -> &'static Path {
    Path::new("<console-input>")
}
