//! `-generate-config-out`: before the plan, blocks are written for objects that are to be imported to where there are none.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::args::Planning;
use super::context::Context;
use super::modules;
use super::setup::{Setup, schemas};
use crate::diagnostic::{Diagnostics, Severity};
use crate::plan::change::Moment;
use crate::plan::generate::file;
use crate::plan::{self, Attempt};
use crate::state::Snapshot;

/// Refuses a file that cannot be the one, before anything is done.
pub(crate) fn check_target(path: &Path, problems: &mut Diagnostics) -> Option<()> {
    if path.exists() {
        exists(path, problems);
        return None;
    }
    if path.extension().is_some_and(|extension| extension == "json") {
        let detail = format!("{} would be read as JSON, and blocks are written in native syntax.", path.display());
        problems
            .error("Invalid target for generated configuration")
            .detail(detail)
            .help("Give a name that ends with `.tf`.");
        return None;
    }
    Some(())
}

fn exists(path: &Path, problems: &mut Diagnostics) {
    problems
        .error("Target generated file already exists")
        .detail(format!("`-generate-config-out` writes to a new file, and {} is there already.", path.display()))
        .help("Give another name, or move what the file holds to your other files and delete it.");
}

/// Writes the missing blocks, and takes the file into the configuration. Where none are missing, there is no file.
pub(crate) async fn complete(
    path: &Path,
    setup: &mut Setup,
    planning: &Planning,
    snapshot: &Snapshot,
    cx: &mut Context,
) -> Option<()> {
    let mut options = planning.options(false, &mut cx.problems)?;
    options.generate = true;
    let mut wish = setup.wish(planning, options, false);
    // What there is of the other objects is asked by the plan itself.
    wish.refresh = false;
    let mut found = Diagnostics::new();
    let unwritten = match plan::attempt(&wish, snapshot, &mut found).await {
        Some(Attempt::Unwritten(unwritten)) => unwritten,
        Some(Attempt::Made(_)) => return Some(()),
        None => {
            cx.problems.extend(found);
            return None;
        }
    };
    let moment = Moment { now: setup.surroundings.now, folder: &setup.surroundings.folder };
    let text = file(&unwritten, &setup.providers, moment);
    write(path, &text, &mut cx.problems)?;
    cx.generated = (!is_read_anyway(path, &setup.surroundings.root)).then(|| path.to_path_buf());
    // What was found in the other files was told when they were read first.
    let before = std::mem::take(&mut cx.problems);
    let config = modules::load(cx, &setup.surroundings.root, &setup.settings, &schemas());
    let again = std::mem::replace(&mut cx.problems, before);
    let is_new = |span| cx.sources.path(span).is_some_and(|place| same_file(place, path));
    let news =
        again.into_iter().filter(|problem| problem.severity == Severity::Error || problem.span.is_some_and(is_new));
    cx.problems.extend(news.collect::<Vec<_>>());
    cx.output.message(&format!(
        "Wrote configuration for {} to {}. Review it and edit it as necessary.\n",
        if unwritten.len() == 1 { "1 object".to_owned() } else { format!("{} objects", unwritten.len()) },
        path.display()
    ));
    setup.config = config?;
    Some(())
}

fn write(path: &Path, text: &str, problems: &mut Diagnostics) -> Option<()> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Some(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            exists(path, problems);
            None
        }
        Err(error) => {
            let detail = format!("{} cannot be written: {error}.", path.display());
            problems.error("Failed to write generated configuration").detail(detail);
            None
        }
    }
}

/// Whether a file is part of the configuration of a folder by its place and name.
fn is_read_anyway(path: &Path, folder: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let around = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    crate::language::is_configuration(name) && same_file(around, folder)
}

fn same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| -> Option<PathBuf> { std::fs::canonicalize(path).ok() };
    real(a).is_some_and(|a| real(b) == Some(a))
}
