//! `recon providers`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::context::Context;
use super::exit::Exit;
use crate::aws::{self, Aws, Settings};
use crate::render::{reference, schema_json};

/// Print the schemas of all resource types and data sources
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon providers schema -json")]
pub(crate) struct ProvidersArgs {
    #[command(subcommand)]
    action: Action,
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
}

/// Runs the command.
pub(crate) fn run(args: &ProvidersArgs, cx: &mut Context) -> Option<Exit> {
    // Schemas are asked of nobody, so the settings do not matter.
    let registry = aws::registry(&Aws::new(Settings::default()));
    match &args.action {
        Action::Schema { .. } => cx.output.result(&format!("{}\n", schema_json::providers(&registry))),
        Action::Docs { folder } => {
            for (name, text) in reference::pages(&registry) {
                let path = folder.join(name);
                if let Err(error) = std::fs::write(&path, text) {
                    cx.problems.error("Page not written").detail(format!("Cannot write {}: {error}.", path.display()));
                    return None;
                }
            }
        }
    }
    Some(Exit::Success)
}
