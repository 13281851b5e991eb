//! `recon state replace-provider`

use clap::Args;

use super::edit::{Way, edit};
use crate::address::{ProviderSource, SourceError};
use crate::cli::args::{Locking, StatePlace};
use crate::cli::confirm::confirm;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::place::{Place, Purpose};
use crate::diagnostic::Diagnostics;
use crate::state::edit::{LEGACY, replace_provider};

/// Give the objects of one provider to another
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state replace-provider registry.example.com/mirror/aws hashicorp/aws")]
pub(crate) struct ReplaceProviderArgs {
    /// The source address of the provider that objects belong to
    #[arg(value_name = "FROM")]
    from: String,
    /// The source address of the provider that they get
    #[arg(value_name = "TO")]
    to: String,
    /// Do not ask before anything is changed
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &ReplaceProviderArgs, cx: &mut Context) -> Option<Exit> {
    let from = source(&args.from, "from", &mut cx.problems);
    let to = args.to.parse::<ProviderSource>();
    if let Err(error) = &to {
        refuse(&args.to, "to", error, &mut cx.problems);
    }
    let (Some(from), Ok(to)) = (from, to) else {
        return None;
    };
    let place = Place::find(cx, &args.place, Purpose::Look)?;
    let mut trial = place.read_existing(&mut cx.problems).await?;
    let concerned = replace_provider(&mut trial, &from, &to);
    if concerned.is_empty() {
        cx.output.result("No matching resources found.\n");
        return Some(Exit::Success);
    }
    let names: String = concerned.iter().map(|resource| format!("  {resource}\n")).collect();
    cx.output.result(&format!(
        "The provider of {} resources is replaced:\n\n  - {from}\n  + {to}\n\n{names}\n",
        concerned.len()
    ));
    if !args.auto_approve {
        let stop = interrupt::listen();
        if !confirm("Make these changes?", cx, &stop).await {
            return None;
        }
    }
    let way = Way { command: "state replace-provider", dry_run: false, place: &args.place, locking: &args.locking };
    let done = edit(cx, way, |snapshot, _| Some(replace_provider(snapshot, &from, &to))).await?;
    cx.output.result(&format!("Successfully replaced provider for {} resources.\n", done.len()));
    Some(Exit::Success)
}

/// The long form of the source that is to go, which may be one of a time when providers had no namespace.
fn source(text: &str, which: &str, problems: &mut Diagnostics) -> Option<String> {
    match text.parse::<ProviderSource>() {
        Ok(source) => Some(source.to_string()),
        Err(SourceError::Legacy(namespace)) if namespace == "-" => {
            Some(format!("{LEGACY}{}", text.rsplit('/').next().unwrap_or_default().to_lowercase()))
        }
        Err(error) => {
            refuse(text, which, &error, problems);
            None
        }
    }
}

fn refuse(text: &str, which: &str, error: &SourceError, problems: &mut Diagnostics) {
    problems
        .error(format!("Invalid \"{which}\" provider"))
        .detail(format!("\"{text}\" is no source address of a provider: {error}."))
        .help("One looks like `hashicorp/aws` or `registry.terraform.io/hashicorp/aws`.");
}
