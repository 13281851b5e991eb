//! `recon version`

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;

/// The version of Terraform's language that recon speaks.
pub(crate) const LANGUAGE: &str = "1.11";

/// Print the version
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon version -json")]
pub(crate) struct VersionArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &VersionArgs, cx: &Context) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
    cx.output.result(&if args.json {
        format!("{:#}\n", json!({"recon_version": version, "language_version": LANGUAGE, "platform": platform}))
    } else {
        format!("recon {version} (Terraform language {LANGUAGE}) on {platform}\n")
    });
    Exit::Success
}
