//! `recon validate`

use std::path::Path;

use clap::Args;
use jiff::Timestamp;

use super::context::Context;
use super::exit::Exit;
use super::settings::Settings;
use super::setup::schemas;
use super::{modules, provider_settings};
use crate::diagnostic::Diagnostics;
use crate::plan::providers::Providers;
use crate::plan::sites::Sites;
use crate::plan::validate::validate;
use crate::plan::values::Surroundings;
use crate::render::diagnostics_json::validation;

/// Check the configuration without asking AWS
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon validate -json")]
pub(crate) struct ValidateArgs {
    /// Print one JSON object, in the form of `terraform validate -json`
    #[arg(long)]
    json: bool,
    /// Leave out test files. Accepted for Terraform's sake: recon has no tests to check
    #[arg(long = "no-tests", hide = true)]
    _no_tests: bool,
    /// The folder of test files. Accepted for Terraform's sake: recon has no tests to check
    #[arg(long = "test-directory", value_name = "DIR", hide = true)]
    _test_directory: Option<std::path::PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &ValidateArgs, cx: &mut Context) -> Option<Exit> {
    let folder = Path::new(".");
    let schemas = schemas();
    let settings = Settings::read(folder, &mut cx.sources, &mut cx.problems);
    if let Some(config) = modules::load_what_can_be(cx, folder, &settings, &schemas) {
        provider_settings::check_all(&config.root, &mut cx.problems);
        // Finds what refers to itself in a circle.
        if let Some(sites) = Sites::new(&config, &schemas, &mut cx.problems) {
            let surroundings = Surroundings {
                workspace: None,
                folder: std::env::current_dir().unwrap_or_else(|_| folder.to_path_buf()),
                root: folder.to_path_buf(),
                now: Timestamp::now(),
                clock: None,
            };
            validate(&config, &Providers::new(schemas), &surroundings, &sites, &mut cx.problems);
        }
    }
    let failed = cx.problems.has_errors();
    if args.json {
        let problems = std::mem::replace(&mut cx.problems, Diagnostics::new());
        cx.output.result(&format!("{:#}\n", validation(&problems, &cx.sources)));
        return Some(if failed { Exit::Failure } else { Exit::Success });
    }
    if failed {
        return None;
    }
    cx.output.result("The configuration is valid.\n");
    Some(Exit::Success)
}
