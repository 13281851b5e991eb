//! The commands: arguments in, exit code out. Only here and in `render` is a terminal known to exist.
//!
//! One file for each command; what they share is `setup` (the real parts, joined), `change` (what happens under the lock),
//! `streams` (where texts go) and `exit` (what recon answers).

mod apply;
mod area;
mod args;
mod change;
mod completion;
mod confirm;
mod console;
mod context;
mod destroy;
mod drift;
mod environment;
pub mod emulator;
mod exit;
mod exports;
mod fmt;
mod force_unlock;
mod generate;
mod get;
mod graph;
mod help;
mod import;
mod init;
mod interrupt;
mod layout;
mod local;
mod log;
mod mistyped;
mod modules;
mod output;
mod pages;
mod permissions;
mod place;
mod plan;
mod prompt;
mod provider_settings;
mod providers;
mod refresh;
mod settings;
mod setup;
mod show;
mod state;
mod streams;
mod taint;
mod validate;
mod variables;
mod version;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::diagnostic::Diagnostic;
use context::Context;
pub use exit::Exit;
use streams::Streams;

/// Above the options that every command has.
const GLOBAL: &str = "Options of every command";

/// Runs Terraform configuration for serverless GraphQL backends on AWS
///
/// Options may be written with one dash or two.
#[derive(Parser, Debug)]
#[command(
    name = "recon",
    version,
    max_term_width = 100,
    args_override_self = true,
    styles = clap::builder::Styles::plain(),
    after_help = "Exit codes:\n  0  done; nothing to change, where that was asked\n  1  failed\n  \
        2  there are changes (plan -detailed-exitcode) or drift (drift); files cannot be read (fmt)\n  \
        3  files are not in canonical style (fmt -check)\n\n\
        Example:\n  cd my-backend\n  recon plan       # what would be done, without doing it\n  \
        recon apply      # the same, and then do it"
)]
struct Cli {
    /// Work in another folder, as if recon had been started there
    #[arg(long, value_name = "DIR", global = true, help_heading = GLOBAL)]
    chdir: Option<PathBuf>,
    /// Use an emulator on this machine in place of AWS; it is started if need be, and has a state of its own
    #[arg(long, global = true, help_heading = GLOBAL)]
    local: bool,
    /// Write no colours, whatever the terminal can show
    #[arg(long, global = true, help_heading = GLOBAL)]
    no_color: bool,
    /// Take a module from a folder in place of its address; may be repeated
    #[arg(long, value_name = "ADDRESS=DIR", global = true, help_heading = GLOBAL)]
    module_source: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Destroy(destroy::DestroyArgs),
    Refresh(refresh::RefreshArgs),
    Drift(drift::DriftArgs),
    Import(import::ImportArgs),
    Output(output::OutputArgs),
    Console(console::ConsoleArgs),
    Get(get::GetArgs),
    Init(init::InitArgs),
    Show(show::ShowArgs),
    State(state::StateArgs),
    Taint(taint::TaintArgs),
    Untaint(taint::UntaintArgs),
    Workspace(workspace::WorkspaceArgs),
    Validate(validate::ValidateArgs),
    Fmt(fmt::FmtArgs),
    Graph(graph::GraphArgs),
    Providers(providers::ProvidersArgs),
    ForceUnlock(force_unlock::ForceUnlockArgs),
    Local(local::LocalArgs),
    Completion(completion::CompletionArgs),
    Man(completion::ManArgs),
    Version(version::VersionArgs),
}

/// A call that was understood.
#[derive(Debug)]
pub struct Call(Cli);

impl Call {
    /// Whether it waits for nothing, so that one thread is enough.
    pub fn is_quick(&self) -> bool {
        matches!(self.0.command, Command::Version(_) | Command::Completion(_) | Command::Man(_))
    }
}

/// Understands the arguments of a process, its name first, with what the environment adds. Where that cannot be, or help was all
/// that was asked for, the answer has been given.
pub fn understand(arguments: impl IntoIterator<Item = OsString>) -> Result<Call, ExitCode> {
    understood(arguments).map(Call).map_err(ExitCode::from)
}

/// Does what was asked for.
pub async fn run(Call(cli): Call) -> ExitCode {
    let mut cx = Context::new(Streams::of_process(cli.no_color), cli.local, cli.module_source);
    log::begin(&mut cx.problems);
    let exit = match enter(cli.chdir, &mut cx) {
        true => command(&cli.command, &mut cx).await,
        false => None,
    };
    if let Some(why) = cx.output.failure().map(str::to_owned) {
        cx.as_events = false;
        cx.problems.error("Output not written").detail(format!("What was to be printed could not be written: {why}."));
    }
    cx.tell_problems();
    // What failed has said why; nothing that failed is a success.
    match exit {
        Some(exit) if exit.is_failure() || !cx.has_failed() => exit.into(),
        _ => Exit::Failure.into(),
    }
}

/// The command line with what the environment adds to it. What is wrong with it has been told.
fn understood(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Exit> {
    let mut definition = Cli::command();
    definition.build();
    let arguments = args::two_dashes(arguments);
    let streams = Streams::of_process(arguments.iter().any(|argument| argument == "--no-color"));
    let mut definition = help::with_our_words(definition, streams.look());
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let arguments = match environment::with_environment(arguments, &definition, variable) {
        Ok(arguments) => arguments,
        Err(mistake) => {
            let detail = format!("{} is no list of arguments: {}.", mistake.name, mistake.why);
            let problem = Diagnostic::error("Invalid arguments in the environment").with(|problem| {
                problem.detail(detail).help("It is split as a shell would: quotation marks come in pairs.");
            });
            return Err(refused(problem, streams));
        }
    };
    let arguments = environment::truth_values(args::two_dashes(arguments), &definition);
    let words = environment::command_words(&arguments, &definition);
    let matches = definition.try_get_matches_from_mut(arguments);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|answer| match answer.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            streams.result(&help::one_dash(&answer.to_string()));
            if streams.failure().is_some() { Exit::Failure } else { Exit::Success }
        }
        // Help that was not asked for is no result, and its code must not be mistaken for "there are changes".
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            streams.message(&help::one_dash(&answer.to_string()));
            Exit::Failure
        }
        _ => refused(mistyped::mistake(&answer, &words, &definition), streams),
    })
}

async fn command(command: &Command, cx: &mut Context) -> Option<Exit> {
    match command {
        Command::Plan(args) => plan::run(args, cx).await,
        Command::Apply(args) => apply::run(args, cx).await,
        Command::Destroy(args) => destroy::run(args, cx).await,
        Command::Refresh(args) => refresh::run(args, cx).await,
        Command::Import(args) => import::run(args, cx).await,
        Command::Taint(args) => taint::taint(args, cx).await,
        Command::Untaint(args) => taint::untaint(args, cx).await,
        Command::Drift(args) => drift::run(args, cx).await,
        Command::Output(args) => output::run(args, cx).await,
        Command::Console(args) => console::run(args, cx).await,
        Command::Get(args) => get::run(args, cx),
        Command::Init(args) => init::run(args, cx),
        Command::Show(args) => show::run(args, cx).await,
        Command::State(args) => state::run(args, cx).await,
        Command::Workspace(args) => workspace::run(args, cx).await,
        Command::Validate(args) => validate::run(args, cx),
        Command::Graph(args) => graph::run(args, cx).await,
        Command::Fmt(args) => fmt::run(args, cx),
        Command::Providers(args) => providers::run(args, cx).await,
        Command::ForceUnlock(args) => force_unlock::run(args, cx).await,
        Command::Local(args) => local::run(args, cx),
        Command::Completion(args) => Some(completion::completion(args, cx)),
        Command::Man(args) => completion::man(args, cx),
        Command::Version(args) => Some(version::run(args, cx)),
    }
}

/// Tells why a call cannot be understood.
fn refused(problem: Diagnostic, streams: Streams) -> Exit {
    let mut cx = Context::new(streams, false, Vec::new());
    cx.problems.push(problem);
    cx.tell_problems();
    Exit::Failure
}

fn enter(folder: Option<PathBuf>, cx: &mut Context) -> bool {
    let Some(folder) = folder else {
        return true;
    };
    match std::env::set_current_dir(&folder) {
        Ok(()) => true,
        Err(error) => {
            let detail = format!("Cannot work in the folder {}, which `-chdir` names: {error}.", folder.display());
            cx.problems.error("Folder not usable").detail(detail);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed_and_each_shows_an_example() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        examples(&command, "recon");
    }

    fn examples(command: &clap::Command, words: &str) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let words = format!("{words} {}", inner.get_name());
            let help = inner.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (_, example) = help.split_once("Example:\n").unwrap_or_default();
            assert!(example.contains(&format!("  {words}")), "{words} has no example of its own");
            examples(inner, &words);
        }
    }
}
