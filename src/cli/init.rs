//! `recon init`

use std::path::Path;

use clap::{ArgAction, Args};

use super::context::Context;
use super::exit::Exit;
use super::modules::{self, Fetch};

/// Download modules and check the backend, as scripts made for Terraform expect it
///
/// recon has no plugins, so there is nothing else to prepare; without modules from elsewhere, this command is not needed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon init")]
pub(crate) struct InitArgs {
    /// Take the newest versions of modules that the constraints allow
    #[arg(long)]
    upgrade: bool,
    /// Whether to check the backend
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true")]
    backend: bool,
    /// Accepted for Terraform's sake: recon keeps no settings of backends that could be old
    #[arg(long)]
    reconfigure: bool,
    /// Accepted for Terraform's sake: this command asks for nothing
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true")]
    input: bool,
}

/// Runs the command.
pub(crate) fn run(args: &InitArgs, cx: &mut Context) -> Option<Exit> {
    if args.reconfigure {
        cx.output.message("-reconfigure has no effect: recon keeps no settings of backends.\n");
    }
    if !args.input {
        cx.output.message("-input has no effect: this command asks for nothing.\n");
    }
    modules::fetch(cx, Path::new("."), Fetch { update: args.upgrade, with_backend: args.backend });
    if cx.problems.has_errors() {
        return None;
    }
    cx.output.result("Ready: there are no plugins to install, and `recon plan` needs nothing else.\n");
    Some(Exit::Success)
}
