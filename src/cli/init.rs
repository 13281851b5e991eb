//! `recon init`

use std::path::Path;

use clap::{ArgAction, Args};

use super::args::{NoLocking, SELDOM, Variables};
use super::context::Context;
use super::exit::Exit;
use super::modules::{self, Fetch};

/// Above the options that only scripts made for Terraform give.
const FOR_TERRAFORM: &str = "Options of Terraform that have no effect here, or are refused";

/// Download modules and check the backend, as scripts made for Terraform expect it
///
/// recon has no plugins, so there is nothing else to prepare; without modules from elsewhere, this command is not needed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon init\n  recon init -upgrade")]
pub(crate) struct InitArgs {
    /// Take the newest versions of modules that the constraints allow
    #[arg(long)]
    upgrade: bool,
    /// Whether to check the backend
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    backend: bool,
    /// With `-get=false`, download no modules and leave the backend unchecked
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    get: bool,
    #[command(flatten)]
    locking: NoLocking,
    /// Tell warnings in one line each
    #[arg(long, help_heading = SELDOM)]
    compact_warnings: bool,
    #[command(flatten)]
    terraform: ForTerraform,
}

/// What Terraform's `init` takes for plugins and for settings of backends that it keeps.
#[derive(Args, Debug)]
#[command(next_help_heading = FOR_TERRAFORM)]
struct ForTerraform {
    /// No effect: recon keeps no settings of backends that could be old
    #[arg(long)]
    reconfigure: bool,
    /// No effect: this command asks for nothing
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    input: bool,
    /// No effect: there are no plugins to lock; modules are locked in recon.lock
    #[arg(long, value_name = "MODE")]
    lockfile: Option<String>,
    /// No effect: there are no plugins
    #[arg(long, value_name = "DIR")]
    plugin_dir: Vec<String>,
    /// No effect: there is no remote version to compare with
    #[arg(long)]
    ignore_remote_version: bool,
    /// No effect: there are no test files to read
    #[arg(long, value_name = "DIR")]
    test_directory: Option<String>,
    #[command(flatten)]
    variables: Variables,
    /// Refused: recon keeps no settings of backends between commands
    #[arg(long, value_name = "SETTING")]
    backend_config: Vec<String>,
    /// Refused: state is moved with `recon state pull` and `recon state push`
    #[arg(long)]
    migrate_state: bool,
    /// Refused, as -migrate-state
    #[arg(long)]
    force_copy: bool,
    /// Refused: copy the module into the folder
    #[arg(long, value_name = "SOURCE")]
    from_module: Option<String>,
    /// Refused: this command has no JSON form
    #[arg(long)]
    json: bool,
}

impl ForTerraform {
    /// What was given and is not heeded, with the reason.
    fn idle(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let variables = !self.variables.0.is_empty();
        [
            (self.reconfigure, "reconfigure", "recon keeps no settings of backends"),
            (!self.input, "input", "this command asks for nothing"),
            (self.lockfile.is_some(), "lockfile", "there are no plugins to lock, and modules are locked in recon.lock"),
            (!self.plugin_dir.is_empty(), "plugin-dir", "there are no plugins"),
            (self.ignore_remote_version, "ignore-remote-version", "there is no remote version to compare with"),
            (self.test_directory.is_some(), "test-directory", "there are no test files to read"),
            (variables, "var", "this command evaluates nothing"),
        ]
        .into_iter()
        .filter_map(|(given, option, why)| given.then_some((option, why)))
    }

    /// What was given and cannot be done, with the reason and what to do.
    fn refused(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let settings = "settings of a backend are read from its block by every command and kept nowhere else";
        let moving = "no command moves state between backends";
        let by_hand =
            "Run `recon state pull > copy.tfstate`, change the backend block, then `recon state push copy.tfstate`.";
        [
            (!self.backend_config.is_empty(), "backend-config", settings, "Write the setting in the `backend` block."),
            (self.migrate_state, "migrate-state", moving, by_hand),
            (self.force_copy, "force-copy", moving, by_hand),
            (
                self.from_module.is_some(),
                "from-module",
                "this command copies no modules",
                "Copy its files into the folder.",
            ),
            (
                self.json,
                "json",
                "this command has no JSON form",
                "Leave `-json` out; the exit code says whether all is well.",
            ),
        ]
        .into_iter()
        .filter_map(|(given, option, why, cure)| given.then_some((option, why, cure)))
    }
}

/// Runs the command.
pub(crate) fn run(args: &InitArgs, cx: &mut Context) -> Option<Exit> {
    cx.compact_warnings = args.compact_warnings;
    for (option, why, cure) in args.terraform.refused() {
        cx.problems
            .error("Unsupported option")
            .detail(format!("`recon init` cannot take `-{option}`: {why}."))
            .help(cure);
    }
    if cx.problems.has_errors() {
        return None;
    }
    for (option, why) in args.terraform.idle() {
        cx.output.message(&format!("-{option} has no effect: {why}.\n"));
    }
    if args.get {
        modules::fetch(cx, Path::new("."), Fetch { update: args.upgrade, with_backend: args.backend });
    } else {
        cx.output.message("Because of -get=false, no modules were downloaded and nothing was checked.\n");
    }
    if cx.problems.has_errors() {
        return None;
    }
    cx.output.result("Ready: there are no plugins to install, and `recon plan` needs nothing else.\n");
    Some(Exit::Success)
}
