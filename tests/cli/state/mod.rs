//! `recon state`, on states that Terraform 1.11.4 has written.

mod change;
mod interrupted;
mod look;
mod older;
mod push;

use serde_json::Value as Json;

use super::{Answer, Folder};

const STATE: &str = include_str!("fixtures/terraform.tfstate");

/// A folder that Terraform has applied: instances with and without keys, modules in modules, a secret.
fn taken_over() -> Folder {
    let folder = Folder::with(include_str!("fixtures/main.tf"));
    std::fs::create_dir_all(folder.path().join("m/n")).unwrap();
    folder.write("m/main.tf", include_str!("fixtures/m/main.tf"));
    folder.write("m/n/main.tf", include_str!("fixtures/m/n/main.tf"));
    folder.write("terraform.tfstate", STATE);
    folder
}

fn listed(folder: &Folder) -> String {
    folder.run(&["state", "list"]).ends_with(0).stdout
}

fn stored(folder: &Folder) -> Json {
    serde_json::from_str(&folder.read("terraform.tfstate")).unwrap()
}

/// Nothing was written: the state is as it was, and nothing stands beside it.
#[track_caller]
fn assert_untouched(folder: &Folder) {
    assert_eq!(folder.read("terraform.tfstate"), STATE);
    assert!(!folder.path().join("terraform.tfstate.backup").exists());
}

#[track_caller]
fn refused(folder: &Folder, arguments: &[&str], wanted: &str) -> Answer {
    let answer = folder.run(arguments).ends_with(1);
    assert_eq!(answer.stdout, "", "{arguments:?}");
    assert!(answer.stderr.contains(wanted), "{arguments:?}: {}", answer.stderr);
    answer
}
