//! Rules of the house that the compiler does not check: the arrows between modules, forgotten files, revealed secrets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of their arrows: each may use those before it. `aws` and `testing` have rules of their own.
const ORDER: &[&str] = &[
    "address",
    "diagnostic",
    "value",
    "schema",
    "language",
    "modules",
    "state",
    "resource",
    "aws",
    "graph",
    "plan",
    "apply",
    "export",
    "render",
    "cli",
    "testing",
];

/// Uses that go against the order, each with its reason.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("diagnostic", "value", "a diagnostic names an argument by its path in a value")];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The module of the library that a file belongs to.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests") || path.components().any(|c| c.as_os_str() == "tests")
}

#[test]
fn modules_use_only_those_above_them() {
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let module = module_of(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let own =
            ORDER.iter().position(|name| *name == module).unwrap_or_else(|| panic!("{module} is not in the order"));
        let text = fs::read_to_string(&path).unwrap();
        let code = if is_test(&path) { "" } else { text.split("#[cfg(test)]\nmod ").next().unwrap_or_default() };
        for used in code.match_indices("crate::").map(|(at, found)| &code[at + found.len()..]) {
            let end = used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(used.len());
            let Some(other) = ORDER.iter().position(|name| *name == &used[..end]) else {
                continue;
            };
            let allowed = match ORDER[other] {
                "aws" => matches!(module.as_str(), "aws" | "cli" | "testing"),
                "testing" => module == "testing",
                name => other <= own || EXCEPTIONS.iter().any(|(from, to, _)| *from == module && *to == name),
            };
            if !allowed {
                wrong.push(format!("{}: {module} uses {}", path.display(), ORDER[other]));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn services_do_not_use_each_other() {
    let aws = root().join("src/aws");
    let services: BTreeSet<String> = fs::read_dir(&aws)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    // Not services: what several of them share.
    let shared = ["package"];
    let mut wrong = Vec::new();
    for service in &services {
        for path in rust_files(&aws.join(service)) {
            let text = fs::read_to_string(&path).unwrap();
            for other in services.iter().filter(|other| *other != service && !shared.contains(&other.as_str())) {
                for used in [format!("crate::aws::{other}::"), format!("super::super::{other}::")] {
                    if text.contains(&used) {
                        wrong.push(format!("{}: {service} uses {other}", path.display()));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_is_forgotten() {
    for folder in ["src", "tests"] {
        for path in rust_files(&root().join(folder)) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let parent = path.parent().unwrap();
            if (stem == "main" || stem == "lib") && parent == root().join(folder) {
                continue;
            }
            let (name, home) = if stem == "mod" {
                (parent.file_name().unwrap().to_string_lossy().into_owned(), parent.parent().unwrap().to_path_buf())
            } else {
                (stem, parent.to_path_buf())
            };
            let beside = home.with_extension("rs");
            let holders = [home.join("mod.rs"), home.join("main.rs"), home.join("lib.rs"), beside];
            let declared = holders.iter().filter_map(|holder| fs::read_to_string(holder).ok()).any(|text| {
                [format!("mod {name};"), format!("mod r#{name};")].iter().any(|line| text.contains(line.as_str()))
                    || text.contains(&format!("/{name}.rs\"]"))
            });
            assert!(declared, "{} is in no `mod` line", path.display());
        }
    }
}
