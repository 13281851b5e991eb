//! Projects with golden output: each folder here with a `main.tf` is planned by the real binary and shown in every format.
//!
//! A project is planned from its `terraform.tfstate` with `-refresh=false`, so nothing is called. `arguments` in it has more
//! arguments of `recon plan`, one a line. What is expected lies in `expected/`, a file for each format. With
//! `RECON_UPDATE_GOLDEN=1` these files are written instead of compared; read the difference before you commit it.

mod format;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::Folder;
use format::FORMATS;

/// The processes of a run wait for the disk more than for a core.
const WORKERS: usize = 4;

fn projects() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects");
    let entries = fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.join("main.tf").is_file()).collect();
    found.sort();
    found
}

/// Copies a project without what is expected of it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            if name != "expected" {
                fs::create_dir_all(&target).unwrap();
                copy(&entry.path(), &target);
            }
        } else if name != "arguments" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What is wrong with the output of a project in each format.
fn check(project: &Path, update: bool) -> Vec<String> {
    let name = project.file_name().unwrap().to_string_lossy().into_owned();
    let expected = project.join("expected");
    let folder = Folder::with("");
    copy(project, folder.path());
    let given = fs::read_to_string(project.join("arguments")).unwrap_or_default();
    let arguments: Vec<&str> = given.lines().filter(|line| !line.is_empty()).collect();
    let mut problems = Vec::new();
    for format in FORMATS {
        let found = match (format.make)(&folder, &arguments) {
            Ok(text) => text,
            Err(why) => {
                problems.push(format!("{name}: {}: {why}", format.file));
                continue;
            }
        };
        let file = expected.join(format.file);
        if update {
            fs::create_dir_all(&expected).unwrap();
            fs::write(&file, &found).unwrap();
            continue;
        }
        match fs::read_to_string(&file) {
            Ok(golden) if golden == found => {}
            Ok(golden) => problems.push(format!("{name}: {} differs:\n{}", format.file, difference(&golden, &found))),
            Err(error) => problems.push(format!("{name}: {} cannot be read: {error}", format.file)),
        }
    }
    let known: BTreeSet<&str> = FORMATS.iter().map(|format| format.file).collect();
    for entry in fs::read_dir(&expected).into_iter().flatten() {
        let file = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !known.contains(&*file) {
            problems.push(format!("{name}: no format writes {file}"));
        }
    }
    problems
}

/// The lines from the first that differs on, a few of each.
fn difference(golden: &str, found: &str) -> String {
    let (golden, found): (Vec<&str>, Vec<&str>) = (golden.lines().collect(), found.lines().collect());
    let same = golden.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let mut out = format!("  from line {} on\n", same + 1);
    for (sign, lines) in [('-', &golden), ('+', &found)] {
        lines.iter().skip(same).take(6).for_each(|line| writeln!(out, "  {sign} {line}").unwrap());
    }
    out
}

#[test]
fn every_project_is_shown_as_expected_in_every_format() {
    let projects = projects();
    assert!(!projects.is_empty());
    let update = std::env::var_os("RECON_UPDATE_GOLDEN").is_some();
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(project) = projects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = check(project, update);
                    problems.lock().unwrap().extend(found);
                }
            });
        }
    });
    let mut problems = problems.into_inner().unwrap();
    problems.sort();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
