//! `recon state push`

use std::io::{Read, stdin};

use clap::Args;

use crate::apply::push::{self, Push, Pushed};
use crate::cli::args::{Locking, StatePlace};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::{Place, Purpose, told};
use crate::cli::setup::lock_info;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::state::Snapshot;
use crate::state::format::decode;

/// Store a state from a file
///
/// It must be of the lineage of the stored one and newer than that, which its serial says.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state pull > copy.tfstate\n  recon state push copy.tfstate")]
pub(crate) struct PushArgs {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Store it also where the stored state is newer, of another lineage, or damaged
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &PushArgs, cx: &mut Context) -> Option<Exit> {
    let given = given(&args.file, &mut cx.problems)?;
    let place = Place::find(cx, &args.place, Purpose::Change)?;
    let how = Push { info: lock_info("state push"), wait: args.locking.lock_timeout, force: args.force };
    let pushed = told(push::push(&place.backend, given, how).await, &mut cx.problems)?;
    if pushed == Pushed::Same {
        cx.output.message("This state is stored already; nothing was written.\n");
    }
    Some(Exit::Success)
}

fn given(file: &str, problems: &mut Diagnostics) -> Option<Snapshot> {
    let mut bytes = Vec::new();
    let (name, read) = match file {
        "-" => ("standard input", stdin().read_to_end(&mut bytes).map(|_| ())),
        file => (file, std::fs::read(file).map(|read| bytes = read)),
    };
    if let Err(error) = read {
        problems.error("State not readable").detail(format!("Cannot read {name}: {error}. Nothing was changed."));
        return None;
    }
    match decode(name, &bytes) {
        Ok(snapshot) => Some(snapshot),
        Err(error) => {
            // The cures of a stored state are none for one that is given.
            let mut problem = Diagnostic::from(error);
            problem.help.clear();
            problem.help("The stored state is as it was.");
            problems.push(problem);
            None
        }
    }
}
