//! `recon refresh`

use clap::Args;

use super::apply::Consent;
use super::args::{Locking, Planning};
use super::change::{self, How};
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;

/// Take into state what was changed outside recon, without a question
///
/// The same as `recon apply -refresh-only -auto-approve`. To look first, use `recon drift` or `recon plan -refresh-only`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon refresh -target=aws_lambda_function.posts")]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &RefreshArgs, cx: &mut Context) -> Option<Exit> {
    let planning = Planning { refresh_only: true, ..args.planning.clone() };
    cx.begin(&planning);
    let options = planning.options(false, &mut cx.problems)?;
    let setup = Setup::open(cx, &planning.variables, &planning.place).await?;
    setup.require_variables(&mut cx.problems)?;
    let consent = Consent { auto_approve: true, allow_data_loss: Vec::new() };
    let how = How { saved: None, destroy: false, planning: &planning, options, consent: &consent };
    change::under_lock(&setup, ("refresh", args.locking.lock_timeout), &how, cx).await.map(|_| Exit::Success)
}
