//! `recon providers`

mod tree;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::context::Context;
use super::exit::Exit;
use crate::aws::{self, Aws, Settings};
use crate::render::{reference, schema_json};

/// Show which providers the configuration and state require, or print the schemas of all types
///
/// recon has no plugins: the types of the AWS provider are in it, and nothing is downloaded or locked.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon providers\n  recon providers schema -json")]
pub(crate) struct ProvidersArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// The folder of test files. Accepted for Terraform's sake: recon has no tests to check
    #[arg(long = "test-directory", value_name = "DIR", hide = true)]
    _test_directory: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Print the schemas in the form of `terraform providers schema -json`
    #[command(after_help = "Example:\n  recon providers schema -json")]
    Schema {
        /// The only form there is; Terraform requires it too
        #[arg(long, required = true)]
        json: bool,
    },
    /// Write a Markdown page for each type into a folder
    #[command(after_help = "Example:\n  recon providers docs docs/reference")]
    Docs {
        /// The folder, which must exist
        folder: PathBuf,
    },
    /// Say that there is nothing to lock: recon has no plugins
    #[command(after_help = "Example:\n  recon providers lock")]
    Lock(NoPlugins),
    /// Say that there is nothing to mirror: recon has no plugins
    #[command(after_help = "Example:\n  recon providers mirror")]
    Mirror(NoPlugins),
}

/// What Terraform takes about plugins; none of it has an effect.
#[derive(Args, Debug)]
struct NoPlugins {
    /// A folder, or providers
    #[arg(hide = true)]
    what: Vec<String>,
    /// A platform
    #[arg(long, hide = true)]
    platform: Vec<String>,
    /// Where plugins are
    #[arg(long, hide = true)]
    fs_mirror: Option<String>,
    /// Where plugins are
    #[arg(long, hide = true)]
    net_mirror: Option<String>,
    /// Whether plugins are taken from a cache
    #[arg(long, hide = true)]
    enable_plugin_cache: bool,
    /// Whether the lock file is used
    #[arg(long, hide = true)]
    lock_file: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(args: &ProvidersArgs, cx: &mut Context) -> Option<Exit> {
    match &args.action {
        None => return tree::run(cx).await,
        Some(Action::Schema { .. }) => {
            // Schemas are asked of nobody, so the settings do not matter.
            let registry = aws::registry(&Aws::new(Settings::default()));
            cx.output.result(&format!("{}\n", schema_json::providers(&registry)));
        }
        Some(Action::Docs { folder }) => {
            for (name, text) in reference::pages(&aws::registry(&Aws::new(Settings::default()))) {
                let path = folder.join(name);
                if let Err(error) = std::fs::write(&path, text) {
                    cx.problems.error("Page not written").detail(format!("Cannot write {}: {error}.", path.display()));
                    return None;
                }
            }
        }
        Some(Action::Lock(_)) => {
            cx.output.result("There is nothing to lock: recon has no plugins. Modules are locked by `recon get`.\n");
        }
        Some(Action::Mirror(_)) => {
            cx.output.result("There is nothing to mirror: recon has no plugins, and downloads none.\n");
        }
    }
    Some(Exit::Success)
}
