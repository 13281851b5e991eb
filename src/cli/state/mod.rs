//! `recon state`: looks at what is saved, and changes it without calling anyone.

pub(super) mod edit;
mod list;
mod mv;
mod pull;
mod push;
mod replace_provider;
mod rm;
mod show;

use clap::{Args, Subcommand};

use super::context::Context;
use super::exit::Exit;
use crate::address::Target;
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::state::Snapshot;
use crate::state::edit::listed;

/// List, show, move, remove and replace what state holds
///
/// These commands change what recon knows, never what there is in AWS. What state was before is kept in a backup beside it.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state list\n  recon state mv aws_iam_role.old aws_iam_role.new")]
pub(crate) struct StateArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Mv(mv::MvArgs),
    Rm(rm::RmArgs),
    Pull(pull::PullArgs),
    Push(push::PushArgs),
    ReplaceProvider(replace_provider::ReplaceProviderArgs),
}

/// Runs the command.
pub(crate) async fn run(args: &StateArgs, cx: &mut Context) -> Option<Exit> {
    match &args.action {
        Action::List(args) => list::run(args, cx).await,
        Action::Show(args) => show::run(args, cx).await,
        Action::Mv(args) => mv::run(args, cx).await,
        Action::Rm(args) => rm::run(args, cx).await,
        Action::Pull(args) => pull::run(args, cx).await,
        Action::Push(args) => push::run(args, cx).await,
        Action::ReplaceProvider(args) => replace_provider::run(args, cx).await,
    }
}

/// The addresses of the command line; nothing, with each mistake among the problems, where one of them is none.
fn targets(texts: &[String], problems: &mut Diagnostics) -> Option<Vec<Target>> {
    let before = problems.len();
    let mut targets = Vec::new();
    for text in texts {
        match text.parse::<Target>() {
            Ok(target) => targets.push(target),
            Err(error) => {
                problems
                    .error("Invalid address")
                    .detail(format!("{error}."))
                    .help("An address looks like `module.api[\"eu\"].aws_iam_role.lambda[0]`; quote it for the shell.");
            }
        }
    }
    (problems.len() == before).then_some(targets)
}

/// Reports that an address names nothing.
fn nothing_there(target: &Target, snapshot: &Snapshot, problems: &mut Diagnostics) {
    let names: Vec<String> = listed(snapshot).into_iter().map(ToString::to_string).collect();
    let summary = match target {
        Target::Module(_) => "Unknown module",
        Target::Resource(address) if address.key == crate::address::Key::None => "Unknown resource",
        Target::Resource(_) => "Unknown resource instance",
    };
    problems
        .error(summary)
        .detail(format!("The state holds nothing of the address `{target}`."))
        .help(did_you_mean(&target.to_string(), names.iter().map(String::as_str)))
        .help("`recon state list` shows what there is.");
}
