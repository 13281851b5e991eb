//! `recon workspace`: several states of one configuration.

mod delete;
mod list;
mod new;
mod select;
mod show;

use clap::{Args, Subcommand};

use super::context::Context;
use super::exit::Exit;
use super::layout::is_name;
use super::place::{NAMES, overriding, selection_file};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::state::replace_file;

/// List, make, select and delete workspaces: states of their own for one configuration
///
/// The name of the selected one is `terraform.workspace` in expressions. TF_WORKSPACE selects one for a single command.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace new staging\n  recon workspace select default")]
pub(crate) struct WorkspaceArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    List(list::ListArgs),
    Show(show::ShowArgs),
    New(new::NewArgs),
    Select(select::SelectArgs),
    Delete(delete::DeleteArgs),
}

/// Runs the command.
pub(crate) async fn run(args: &WorkspaceArgs, cx: &mut Context) -> Option<Exit> {
    match &args.action {
        Action::List(args) => list::run(args, cx),
        Action::Show(args) => show::run(args, cx),
        Action::New(args) => new::run(args, cx).await,
        Action::Select(args) => select::run(args, cx).await,
        Action::Delete(args) => delete::run(args, cx).await,
    }
}

fn check_name(name: &str, problems: &mut Diagnostics) -> Option<()> {
    if is_name(name) {
        return Some(());
    }
    problems.error("Invalid workspace name").detail(format!("\"{name}\" cannot be the name of a workspace. {NAMES}"));
    None
}

/// Whether a workspace can be selected: where the environment names one, what is remembered has no effect.
fn check_selectable(name: &str, problems: &mut Diagnostics) -> Option<()> {
    match overriding() {
        Some(other) if other != name => {
            problems
                .error("Workspace selected by the environment")
                .detail(format!("TF_WORKSPACE is \"{other}\", so selecting \"{name}\" would have no effect."))
                .help("Unset TF_WORKSPACE, or set it to the workspace that is meant.");
            None
        }
        _ => Some(()),
    }
}

fn unknown(name: &str) -> Diagnostic {
    Diagnostic::error("Unknown workspace").with(|d| {
        d.detail(format!("There is no workspace \"{name}\"."));
        d.help("`recon workspace list` shows those that there are.");
        d.help(format!("`recon workspace new {name}` makes it, as does `recon workspace select -or-create {name}`."));
    })
}

/// Remembers which workspace is selected, as Terraform does.
fn remember(name: &str, problems: &mut Diagnostics) -> Option<()> {
    let file = selection_file();
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    let why = match folder {
        Ok(()) => match replace_file(&file, name.as_bytes()) {
            Ok(()) => return Some(()),
            Err(error) => {
                problems.push(error.into());
                return None;
            }
        },
        Err(error) => error,
    };
    problems
        .error("Workspace not selected")
        .detail(format!("Cannot make the folder of {}, which remembers the workspace: {why}.", file.display()));
    None
}
