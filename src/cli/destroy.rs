//! `recon destroy`

use clap::Args;

use super::apply::Consent;
use super::args::{Locking, Planning};
use super::change::{self, How};
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;

/// Delete every object that recon manages for this folder
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon destroy")]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &DestroyArgs, cx: &mut Context) -> Option<Exit> {
    cx.begin(&args.planning);
    change::must_not_ask(&args.consent, false, cx)?;
    let options = args.planning.options(true, &mut cx.problems)?;
    let setup = Setup::open(cx, &args.planning.variables, &args.planning.place).await?;
    setup.require_variables(&mut cx.problems)?;
    let how = How { saved: None, destroy: true, planning: &args.planning, options, consent: &args.consent };
    change::under_lock(&setup, ("destroy", args.locking.lock_timeout), &how, cx).await.map(|_| Exit::Success)
}
