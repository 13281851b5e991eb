//! `recon state show`

use clap::Args;

use super::{nothing_there, targets};
use crate::address::{Address, Target};
use crate::cli::args::StatePlace;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::{Place, Purpose};
use crate::cli::setup::schemas;
use crate::diagnostic::Diagnostics;
use crate::plan::providers::Providers;
use crate::render::state_block;
use crate::state::Snapshot;
use crate::state::edit::covered;

/// Show one object with its attributes, without secrets
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state show 'aws_lambda_function.posts[\"create\"]'")]
pub(crate) struct ShowArgs {
    /// The instance
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &ShowArgs, cx: &mut Context) -> Option<Exit> {
    let targets = targets(std::slice::from_ref(&args.address), &mut cx.problems)?;
    let snapshot = Place::find(cx, &args.place, Purpose::Look)?.read_existing(&mut cx.problems).await?;
    let address = instance(&snapshot, targets.first()?, &mut cx.problems)?;
    let text = state_block::object(&snapshot, &address, &Providers::new(schemas()), cx.output.look());
    cx.output.result(&text);
    Some(Exit::Success)
}

/// The one instance that an address names.
fn instance(snapshot: &Snapshot, target: &Target, problems: &mut Diagnostics) -> Option<Address> {
    let found = covered(snapshot, target);
    if let Target::Resource(address) = target
        && found.contains(address)
    {
        return Some(address.clone());
    }
    if found.is_empty() {
        nothing_there(target, snapshot, problems);
        return None;
    }
    let names: String = found.iter().map(|address| format!("\n  {address}")).collect();
    problems
        .error("Not one instance")
        .detail(format!("`{target}` does not name one instance. There are:{names}"))
        .help("Name one of them; quote the address for the shell.");
    None
}
