//! `recon fmt`

use std::error::Error;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use clap::{ArgAction, Args};

use super::context::Context;
use super::exit::Exit;
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::export;
use crate::language::{formatted, parse_body, read_source};
use crate::render::unified_diff::unified_diff;

/// What the names of files end in that are in native syntax.
const ENDINGS: [&str; 4] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// Rewrite configuration files in the canonical style
///
/// Files that end in .tf, .tfvars or .tftest.hcl are rewritten, and the names of those that changed are printed. Files in
/// JSON syntax are left alone, as are files with syntax errors. The style is that of `terraform fmt`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes:\n  0  done; everything is in canonical style, where -check asked\n  1  wrong call\n  \
        2  a file could not be read or has syntax errors\n  3  something is not in canonical style (-check)\n\n\
        Example:\n  recon fmt -recursive"
)]
pub(crate) struct FmtArgs {
    /// Files and folders, or `-` for standard input [default: the working folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing, and exit with 3 when a file is not in canonical style
    #[arg(long, value_name = "BOOL", default_value_t = false, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, hide_default_value = true)]
    check: bool,
    /// Show what changes
    #[arg(long, value_name = "BOOL", default_value_t = false, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, hide_default_value = true)]
    diff: bool,
    /// Look into the folders inside of a folder, too
    #[arg(long, value_name = "BOOL", default_value_t = false, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, hide_default_value = true)]
    recursive: bool,
    /// Print the names of files that are not in canonical style
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, hide_default_value = true)]
    list: bool,
    /// Write the files; with `-write=false -list=false`, the formatted text goes to standard output
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true, hide_default_value = true)]
    write: bool,
}

/// Runs the command.
pub(crate) fn run(args: &FmtArgs, cx: &mut Context) -> Option<Exit> {
    let from_stdin = args.paths.first().is_some_and(|path| path == Path::new("-"));
    let mut run = Run {
        list: args.list && !from_stdin,
        write: args.write && !args.check && !from_stdin,
        check: args.check,
        diff: args.diff,
        recursive: args.recursive,
        changed: false,
        cwd: std::env::current_dir().unwrap_or_default(),
        cx,
    };
    if from_stdin {
        run.stdin();
    } else if args.paths.is_empty() {
        run.folder(Path::new(""));
    } else {
        args.paths.iter().for_each(|path| run.path(path));
    }
    let changed = run.changed;
    if cx.problems.has_errors() {
        return Some(Exit::Unreadable);
    }
    Some(if args.check && changed { Exit::Unformatted } else { Exit::Success })
}

struct Run<'a> {
    list: bool,
    write: bool,
    check: bool,
    diff: bool,
    recursive: bool,
    /// Whether a text was not in canonical style.
    changed: bool,
    cwd: PathBuf,
    cx: &'a mut Context,
}

impl Run<'_> {
    fn stdin(&mut self) {
        let mut bytes = Vec::new();
        if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
            let detail = format!("Standard input cannot be read: {error}.");
            self.cx.problems.error("Standard input not readable").detail(detail);
            return;
        }
        self.text(Path::new("<stdin>"), bytes);
    }

    /// A file or folder that was named.
    fn path(&mut self, given: &Path) {
        let path = from_folder(&self.cwd, given);
        match std::fs::metadata(if path.as_os_str().is_empty() { Path::new(".") } else { &path }) {
            Ok(found) if found.is_dir() => self.folder(&path),
            Ok(_) if is_native_syntax(path.as_os_str()) => self.file(&path),
            Ok(_) => {
                let detail = format!("{} has no name that ends in .tf, .tfvars or .tftest.hcl.", path.display());
                let help = "Only files in native syntax can be formatted; those in JSON syntax are left alone.";
                self.cx.problems.error("File not formatted").detail(detail).help(help);
            }
            Err(error) => {
                let detail = format!("{} cannot be read: {error}.", given.display());
                self.cx.problems.error("No such file or folder").detail(detail);
            }
        }
    }

    /// A folder, named from the working folder; the empty path is that folder itself.
    fn folder(&mut self, folder: &Path) {
        let read = || {
            let entries = std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
            entries.map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)))).collect()
        };
        let mut entries: Vec<_> = match read() {
            Ok(entries) => entries,
            Err(error) => {
                let error: std::io::Error = error;
                let detail = format!("{} cannot be read: {error}.", folder.display());
                self.cx.problems.error("Folder not readable").detail(detail);
                return;
            }
        };
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, ty) in entries {
            let path = folder.join(&name);
            if is_left_behind(&name) {
                continue;
            } else if ty.is_dir() {
                // A link to a folder is not followed: it may lead out of the tree, or back into it.
                if self.recursive {
                    self.folder(&path);
                }
            } else if is_native_syntax(&name) && (ty.is_file() || path.is_file()) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        match std::fs::read(path) {
            Ok(bytes) => self.text(path, bytes),
            Err(error) => {
                let detail = format!("{} cannot be read: {error}.", path.display());
                self.cx.problems.error("File not readable").detail(detail);
            }
        }
    }

    fn text(&mut self, path: &Path, bytes: Vec<u8>) {
        let Some(before) = well_formed(path, bytes, &mut self.cx.sources, &mut self.cx.problems) else {
            return;
        };
        let after = formatted(&before);
        if after != *before {
            self.changed = true;
            if self.list {
                self.cx.output.result(&format!("{}\n", path.display()));
            }
            if self.write
                && let Err(error) = export::write(path, &after)
            {
                let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
                self.cx.problems.error("File not written").detail(format!("{reason}."));
            }
            if self.diff {
                self.cx.output.result(&unified_diff(&path.display().to_string(), &before, &after));
            }
        }
        if !self.list && !self.write && !self.diff && !self.check {
            // A result on a terminal or in a pipe ends with its line, whatever the file does.
            let end = if after.ends_with('\n') { "" } else { "\n" };
            self.cx.output.result(&format!("{after}{end}"));
        }
    }
}

/// The text of a file that has no syntax errors; those of another one are reported.
fn well_formed(
    path: &Path,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<std::sync::Arc<str>> {
    let (source, text) = read_source(path, bytes, sources, problems)?;
    let mut found = Diagnostics::new();
    parse_body(source, &text, &mut found);
    let failed = found.has_errors();
    problems.extend(found);
    (!failed).then_some(text)
}

fn is_native_syntax(name: &OsStr) -> bool {
    ENDINGS.iter().any(|ending| name.to_string_lossy().ends_with(ending))
}

/// Hidden files and those that editors leave behind.
fn is_left_behind(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#')
}

/// A path as it is written from a folder: without detours, and with `..` where it leads out of the folder.
fn from_folder(folder: &Path, given: &Path) -> PathBuf {
    let mut whole: Vec<Component<'_>> = Vec::new();
    let joined = folder.join(given);
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(whole.last(), Some(Component::Normal(_))) => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    let here: Vec<_> = folder.components().collect();
    let shared = here.iter().zip(&whole).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, here.len() - shared);
    up.chain(whole[shared..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_from_the_working_folder() {
        let from = |given: &str| from_folder(Path::new("/work/a"), Path::new(given)).display().to_string();
        assert_eq!(from("./x.tf"), "x.tf");
        assert_eq!(from("../a/b/../x.tf"), "x.tf");
        assert_eq!(from("/work/b/x.tf"), "../b/x.tf");
        assert_eq!(from("."), "");
    }
}
