//! The configurations of the corpus through the real binary: each step plans, shows, applies and shows again, and must give
//! the recorded answers. What does not is an exception, listed with its reason in `docs/compatibility.md`.

mod case;
mod compare;
mod exceptions;
mod process;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use step::Findings;

/// The processes of a run wait for the disk more than for a core.
const WORKERS: usize = 6;

fn corpus() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/corpus");
    std::env::var_os("RECON_CONFORMANCE").map_or_else(own, PathBuf::from).join("configs")
}

/// Runs all cases, a few at a time.
fn run(cases: &[Case]) -> BTreeMap<String, Findings> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let findings = step::run(case);
                    found.lock().unwrap().insert(case.id.clone(), findings);
                }
            });
        }
    });
    found.into_inner().unwrap()
}

fn table(cases: &[Case], found: &BTreeMap<String, Findings>) -> String {
    let mut families: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut all = [0; 3];
    for case in cases {
        let findings = &found[&case.id];
        let core = findings.core.is_empty();
        let counts = [core, core && findings.detail.is_empty(), true];
        let family = families.entry(&case.family).or_default();
        for (i, right) in counts.into_iter().enumerate() {
            family[i] += usize::from(right);
            all[i] += usize::from(right);
        }
    }
    let mut out = format!("{:24} {:>5} {:>6} {:>5}\n", "family", "core", "detail", "total");
    for (family, [core, detail, total]) in families.into_iter().chain([("all", all)]) {
        writeln!(out, "{family:24} {core:5} {detail:6} {total:5}").unwrap();
    }
    out
}

/// What fails without being an exception, and what is an exception without failing.
fn surprises(level: &str, failing: &BTreeMap<&str, &[String]>, exceptions: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for (id, reasons) in failing.iter().filter(|(id, _)| !exceptions.contains(**id)) {
        writeln!(out, "{level}: {id}\n    {}", reasons.join("\n    ")).unwrap();
    }
    for id in exceptions.iter().filter(|id| !failing.contains_key(id.as_str())) {
        writeln!(out, "{level}: {id} passes; take it out of the exceptions in docs/compatibility.md").unwrap();
    }
    out
}

#[test]
fn configurations_have_the_recorded_results() {
    let only = std::env::var("RECON_CONFORMANCE_ONLY").ok();
    let mut cases = Case::all(&corpus());
    if let Some(only) = &only {
        cases.retain(|case| only.split(',').any(|part| case.id.starts_with(part) || case.family == part));
    }
    let found = run(&cases);
    let core: BTreeMap<&str, &[String]> =
        found.iter().filter(|(_, f)| !f.core.is_empty()).map(|(id, f)| (id.as_str(), f.core.as_slice())).collect();
    let detail: BTreeMap<&str, &[String]> =
        found.iter().filter(|(_, f)| !f.detail.is_empty()).map(|(id, f)| (id.as_str(), f.detail.as_slice())).collect();
    let mut exceptions = exceptions::documented();
    for ids in [&mut exceptions.core, &mut exceptions.detail] {
        ids.retain(|id| only.is_none() || found.contains_key(id));
    }
    let text = table(&cases, &found);
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    let surprises = surprises("core", &core, &exceptions.core) + &surprises("detail", &detail, &exceptions.detail);
    assert!(surprises.is_empty(), "\n{surprises}");
}
