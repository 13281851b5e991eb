//! Arguments in Terraform's spelling: long options with one dash or two, and variables in the order given.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::address::{Address, Mode, Target};
use crate::diagnostic::Diagnostics;
use crate::plan::selection::Options;

/// Above the options that nobody needs daily.
pub(crate) const SELDOM: &str = "Options that are seldom needed";

/// Gives long options that begin with one dash the second one. What follows `--` is left alone.
pub(crate) fn two_dashes(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut done = false;
    let rewrite = |(i, argument): (usize, OsString)| {
        if i == 0 || done {
            return argument;
        }
        done = argument == "--";
        match argument.to_str().map(str::as_bytes) {
            // A single letter is a short option: `-O`, `-h`.
            Some([b'-', first, _, ..]) if first.is_ascii_lowercase() => {
                let mut long = OsString::from("-");
                long.push(&argument);
                long
            }
            _ => argument,
        }
    };
    arguments.into_iter().enumerate().map(rewrite).collect()
}

/// A value or a file of values for variables, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// `-var 'name=value'`.
    Value(String),
    /// `-var-file=FILE`.
    File(PathBuf),
}

/// `-var` and `-var-file`. Later ones win over earlier ones, whichever of the two they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables(pub(crate) Vec<Given>);

impl Args for Variables {
    fn augment_args(command: Command) -> Command {
        let var = Arg::new("var")
            .long("var")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .help("Give a variable of the root module its value; once for each");
        let file = Arg::new("var-file")
            .long("var-file")
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(clap::value_parser!(PathBuf))
            .help("Take values of variables from a file, besides terraform.tfvars and *.auto.tfvars");
        command.arg(var).arg(file)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Variables {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |id: &str| matches.indices_of(id).into_iter().flatten();
        let values = matches.get_many::<String>("var").into_iter().flatten().cloned().map(Given::Value);
        let files = matches.get_many::<PathBuf>("var-file").into_iter().flatten().cloned().map(Given::File);
        let mut given: Vec<(usize, Given)> = places("var").zip(values).chain(places("var-file").zip(files)).collect();
        given.sort_by_key(|(place, _)| *place);
        Ok(Self(given.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What commands that plan have in common.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Planning {
    #[command(flatten)]
    pub(crate) variables: Variables,
    /// With `-refresh=false`, plan from what state holds, without asking AWS what there is
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) refresh: bool,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = SELDOM, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) parallelism: u16,
    /// Ask for required variables that have no value
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) input: bool,
    /// Tell everything as events in JSON, one a line, in Terraform's form
    #[arg(long)]
    pub(crate) json: bool,
    /// Plan only this module, resource or instance and what it needs; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) target: Vec<String>,
    /// Plan neither this module, resource or instance nor what depends on it; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) exclude: Vec<String>,
    /// Make a new object of this instance, whether or not anything changes; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) replace: Vec<String>,
    /// Change nothing but state, which takes over what was changed outside recon
    #[arg(long)]
    pub(crate) refresh_only: bool,
    /// Tell warnings in one line each
    #[arg(long, help_heading = SELDOM)]
    pub(crate) compact_warnings: bool,
    #[command(flatten)]
    pub(crate) place: StatePlace,
}

impl Planning {
    /// What is asked for beyond configuration and state. Nothing, with the reasons among the problems, where it makes no
    /// sense.
    pub(crate) fn options(&self, destroy: bool, problems: &mut Diagnostics) -> Option<Options> {
        let before = problems.len();
        let mut options = Options {
            refresh_only: self.refresh_only,
            targets: targets(&self.target, problems),
            exclude: targets(&self.exclude, problems),
            ..Options::default()
        };
        if !self.target.is_empty() && !self.exclude.is_empty() {
            let detail =
                "`-target` names all that is planned, and `-exclude` all that is not; only one of them can be given.";
            problems.error("Invalid combination of arguments").detail(detail);
        }
        for text in &self.replace {
            let summary = format!("Invalid force-replace address \"{text}\"");
            match text.parse::<Address>() {
                Ok(address) if address.resource.mode == Mode::Managed => options.replace.push(address),
                Ok(_) => {
                    problems
                        .error(summary)
                        .detail("Only a managed resource can be replaced; a data source is only read.");
                }
                Err(error) => {
                    problems.error(summary).detail(format!("{error}."));
                }
            }
        }
        if (destroy || self.refresh_only) && !options.replace.is_empty() {
            let detail = "`-replace` makes new objects, which neither `-destroy` nor `-refresh-only` does.";
            problems.error("Unsupported plan mode").detail(detail);
        }
        if destroy && self.refresh_only {
            let detail =
                "`-destroy` deletes everything, and `-refresh-only` changes nothing; only one of them can be given.";
            problems.error("Incompatible plan mode options").detail(detail);
        }
        if self.refresh_only && !self.refresh {
            let detail = "`-refresh-only` with `-refresh=false` would leave nothing to do.";
            problems.error("Incompatible refresh options").detail(detail);
        }
        (problems.len() == before).then_some(options)
    }
}

/// What `-target` and `-exclude` name; what is no address is among the problems.
pub(crate) fn targets(texts: &[String], problems: &mut Diagnostics) -> Vec<Target> {
    let target = |text: &String| match text.parse::<Target>() {
        Ok(target) => Some(target),
        Err(error) => {
            problems.error(format!("Invalid target \"{text}\"")).detail(format!("{error}."));
            None
        }
    };
    texts.iter().filter_map(target).collect()
}

/// Where state is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StatePlace {
    /// The state file [default: terraform.tfstate where it exists, else state/default.tfstate]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

/// The lock that a command takes before it changes state.
#[derive(Args, Clone, Debug)]
pub(crate) struct Locking {
    #[command(flatten)]
    legacy: LegacyFiles,
    /// Always true: a run without the lock could undo what another one writes, so `-lock=false` is refused
    #[arg(long, help_heading = SELDOM, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, value_parser = locked)]
    lock: bool,
    /// How long to wait while another run holds the lock, such as 30s or 5m
    #[arg(long, help_heading = SELDOM, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(crate) lock_timeout: std::time::Duration,
}

/// What the local backend of Terraform takes about files, for commands that change state.
#[derive(Args, Clone, Debug)]
pub(crate) struct LegacyFiles {
    /// Has no effect: what state was before is kept beside it in any case
    #[arg(long, value_name = "-", hide = true, value_parser = no_backup)]
    backup: Option<String>,
    /// Refused: state is written where it is
    #[arg(long, value_name = "FILE", hide = true, value_parser = no_other_file)]
    state_out: Option<String>,
    /// Has no effect: there are no remote versions to compare
    #[arg(long, hide = true)]
    ignore_remote_version: bool,
}

fn no_backup(text: &str) -> Result<String, String> {
    match text {
        "-" => Ok(text.to_owned()),
        _ => {
            Err("what state was before is kept beside it, with `.backup` behind its name, and nowhere else. Copy that \
            file, or leave the option out"
                .to_owned())
        }
    }
}

fn no_other_file(_: &str) -> Result<String, String> {
    Err("state is written where it is, so that there is one. To work on a copy, copy the file and name it with -state=FILE"
        .to_owned())
}

/// For commands that read without the lock: what scripts made for Terraform say about it.
#[derive(Args, Clone, Debug)]
pub(crate) struct NoLocking {
    /// Has no effect: nothing is written here, so no lock is taken
    #[arg(long, help_heading = SELDOM, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    lock: bool,
    /// Has no effect: there is no lock to wait for
    #[arg(long, help_heading = SELDOM, value_name = "TIME", default_value = "0s", value_parser = time)]
    lock_timeout: std::time::Duration,
}

fn locked(text: &str) -> Result<bool, String> {
    match text.parse() {
        Ok(true) => Ok(true),
        Ok(false) => Err("state is never written without its lock, or two runs could undo each other's work. \
            To wait for another run, use -lock-timeout=5m; to end a lock that stayed, recon force-unlock ID"
            .to_owned()),
        Err(_) => Err("it is true or false".to_owned()),
    }
}

fn time(text: &str) -> Result<std::time::Duration, String> {
    crate::resource::parse_duration(text).ok_or_else(|| "a time looks like 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(arguments: &[&str]) -> Vec<String> {
        let given = arguments.iter().map(OsString::from);
        two_dashes(given).into_iter().map(|a| a.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        assert_eq!(
            rewritten(&["recon", "-chdir=x", "plan", "-var", "a=-b", "--out=f", "-O", "x", "-h", "--", "-y1"]),
            ["recon", "--chdir=x", "plan", "--var", "a=-b", "--out=f", "-O", "x", "-h", "--", "-y1"]
        );
    }

    #[test]
    fn a_negative_number_and_a_lone_dash_are_no_options() {
        assert_eq!(rewritten(&["recon", "-12", "-"]), ["recon", "-12", "-"]);
    }

    #[test]
    fn variables_keep_the_order_of_the_command_line() {
        let command = Variables::augment_args(Command::new("recon"));
        let matches = command.get_matches_from(["recon", "--var", "a=1", "--var-file=f", "--var=a=2"]);
        let given = Variables::from_arg_matches(&matches).unwrap();
        assert_eq!(given.0, [Given::Value("a=1".into()), Given::File("f".into()), Given::Value("a=2".into())]);
    }
}
