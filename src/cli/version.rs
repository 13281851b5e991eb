//! `recon version`

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use crate::state::TERRAFORM_VERSION;

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
    let platform = platform();
    cx.output.result(&if args.json {
        // Programs made for Terraform read its version here, to know which language the configuration may use.
        let answer = json!({
            "terraform_version": TERRAFORM_VERSION,
            "platform": platform,
            "provider_selections": {},
            "terraform_outdated": false,
            "recon_version": version,
            "language_version": LANGUAGE,
        });
        format!("{answer:#}\n")
    } else {
        format!("recon {version} (Terraform language {LANGUAGE}) on {platform}\n")
    });
    Exit::Success
}

/// The machine, in the words that Terraform has for it.
fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{os}_{machine}")
}
