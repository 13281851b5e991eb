//! `recon completion` and `recon man`

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::context::Context;
use super::exit::Exit;

/// Print a script with which a shell completes recon's commands and options
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon completion bash > ~/.local/share/bash-completion/completions/recon\n  \
        recon completion zsh > ~/.zfunc/_recon\n  recon completion fish > ~/.config/fish/completions/recon.fish")]
pub(crate) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// Write the manual pages into a folder, or print the first one
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon man /usr/local/share/man/man1\n  recon man | man -l -")]
pub(crate) struct ManArgs {
    /// The folder, which must exist; each command has a page of its own there
    folder: Option<PathBuf>,
}

/// Runs `recon completion`.
pub(crate) fn completion(args: &CompletionArgs, cx: &Context) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "recon", &mut script);
    cx.output.result(&String::from_utf8_lossy(&script));
    Exit::Success
}

/// Runs `recon man`.
pub(crate) fn man(args: &ManArgs, cx: &mut Context) -> Option<Exit> {
    let written = match &args.folder {
        Some(folder) => pages(folder).map(|()| None),
        None => page().map(Some),
    };
    match written {
        Ok(page) => {
            let told = page.as_deref().map(String::from_utf8_lossy);
            cx.output.result(told.as_deref().unwrap_or_default());
            Some(Exit::Success)
        }
        Err(error) => {
            let place = args.folder.as_deref().unwrap_or(Path::new("stdout"));
            let detail = format!("The manual cannot be written to {}: {error}.", place.display());
            cx.problems.error("Manual not written").detail(detail).help("Name a folder that exists.");
            None
        }
    }
}

fn page() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::Cli::command()).render(&mut page)?;
    Ok(page)
}

fn pages(folder: &Path) -> std::io::Result<()> {
    clap_mangen::generate_to(super::Cli::command(), folder)
}
