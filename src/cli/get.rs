//! `recon get`

use std::path::Path;

use clap::Args;

use super::context::Context;
use super::exit::Exit;
use super::modules::{self, Fetch};

/// Download the modules that the configuration calls
///
/// Modules from registries, repositories and archives are put into .terraform/modules, where Terraform looks for them too, and
/// their content is locked in recon.lock. No other command downloads modules.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon get -update")]
pub(crate) struct GetArgs {
    /// Take the newest versions that the constraints allow, and lock them
    #[arg(long)]
    update: bool,
    /// The folder of test files. Accepted for Terraform's sake: recon has no tests to check
    #[arg(long = "test-directory", value_name = "DIR", hide = true)]
    _test_directory: Option<std::path::PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &GetArgs, cx: &mut Context) -> Option<Exit> {
    let calls = modules::fetch(cx, Path::new("."), Fetch { update: args.update, with_backend: false });
    if cx.problems.has_errors() {
        return None;
    }
    if calls == 0 {
        cx.output.message("The configuration calls no modules.\n");
    }
    Some(Exit::Success)
}
