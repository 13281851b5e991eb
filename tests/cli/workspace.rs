//! `recon workspace`, and what follows the selected one.

use super::{Answer, Folder};

const MAIN: &str = r#"
resource "terraform_data" "x" {
  input = terraform.workspace
}

output "workspace" {
  value = terraform.workspace
}
"#;

impl Folder {
    fn workspace(&self, arguments: &[&str]) -> Answer {
        self.run(&[&["workspace"], arguments].concat())
    }

    fn with_environment(&self, workspace: &str, arguments: &[&str]) -> Answer {
        Answer::from(self.command(arguments).env("TF_WORKSPACE", workspace).output().unwrap())
    }

    fn names(&self) -> String {
        self.workspace(&["list"]).ends_with(0).stdout
    }

    fn has(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }
}

#[track_caller]
fn refused(answer: Answer, wanted: &str) {
    let answer = answer.ends_with(1);
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.contains(wanted), "{}", answer.stderr);
}

#[test]
fn a_workspace_is_made_selected_and_deleted() {
    let folder = Folder::with(MAIN);
    assert_eq!(folder.names(), "* default\n");
    assert_eq!(folder.workspace(&["show"]).ends_with(0).stdout, "default\n");
    let made = folder.workspace(&["new", "dev"]).ends_with(0).stdout;
    assert!(made.starts_with("Created and switched to workspace \"dev\".\n"), "{made}");
    assert_eq!(folder.read(".terraform/environment"), "dev");
    assert_eq!(folder.names(), "  default\n* dev\n");
    let said = folder.workspace(&["select", "default"]).ends_with(0);
    assert_eq!(said.stdout, "Switched to workspace \"default\".\n");
    assert_eq!(folder.workspace(&["select", "default"]).ends_with(0).stdout, "");
    let made = folder.workspace(&["select", "-or-create", "qa"]).ends_with(0).stdout;
    assert!(made.starts_with("Created and switched to workspace \"qa\".\n"), "{made}");
    assert_eq!(folder.workspace(&["delete", "dev"]).ends_with(0).stdout, "Deleted workspace \"dev\".\n");
    assert_eq!(folder.names(), "  default\n* qa\n");
    assert!(!folder.has("state/dev.tfstate") && !folder.has("state/dev.tfstate.lock"));
}

#[test]
fn every_command_works_on_the_selected_one() {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.workspace(&["new", "dev"]).ends_with(0);
    let plan = folder.run(&["plan", "-detailed-exitcode", "-out=dev.plan"]).ends_with(2);
    assert!(plan.stdout.contains("\"dev\"") && plan.stdout.contains("1 to add"), "{}", plan.stdout);
    folder.workspace(&["select", "default"]).ends_with(0);
    let other = folder.run(&["apply", "dev.plan"]).ends_with(1);
    assert!(other.stderr.contains("made for the workspace `dev`"), "{}", other.stderr);
    let other = folder.run(&["show", "dev.plan"]).ends_with(1);
    assert!(other.stderr.contains("made for the workspace `dev`"), "{}", other.stderr);
    folder.workspace(&["select", "dev"]).ends_with(0);
    folder.run(&["apply", "-O", "cdk.json", "dev.plan"]).ends_with(0);
    assert!(folder.read("cdk.json").contains("\"dev\""), "{}", folder.read("cdk.json"));
    assert_eq!(folder.run(&["output", "-raw", "workspace"]).ends_with(0).stdout, "dev");
    assert_eq!(folder.with_environment("default", &["output", "-raw", "workspace"]).ends_with(0).stdout, "default");
    assert!(folder.run(&["show"]).ends_with(0).stdout.contains("\"dev\""));
    folder.run(&["drift"]).ends_with(0);
    assert!(folder.run(&["state", "pull"]).ends_with(0).stdout.contains("\"dev\""));
    let mut console = folder.command(&["console"]);
    let mut child = console.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"terraform_data.x.output\n").unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), "\"dev\"\n");
    folder.run(&["destroy", "-auto-approve"]).ends_with(0);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "");
    let default = folder.with_environment("default", &["state", "list"]).ends_with(0).stdout;
    assert_eq!(default, "terraform_data.x\n", "the other workspace has its own");
    assert_eq!(folder.with_environment("default", &["plan", "-detailed-exitcode"]).code, Some(0));
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::with(MAIN);
    for name in ["a/b", "..", "a b", "", ".x", "ä"] {
        refused(folder.workspace(&["new", name]), "Invalid workspace name");
        refused(folder.workspace(&["select", "-or-create", name]), "Invalid workspace name");
    }
    refused(folder.with_environment("a/b", &["plan"]), "Invalid workspace name");
    refused(folder.workspace(&["select", "nope"]), "Unknown workspace");
    refused(folder.workspace(&["delete", "nope"]), "Unknown workspace");
    refused(folder.workspace(&["delete", "default"]), "Workspace is selected");
    refused(folder.workspace(&["new", "default"]), "Workspace exists already");
    refused(folder.workspace(&["new"]), "`recon workspace new` needs <NAME>.");
    refused(folder.workspace(&["new", "-state=nope", "x"]), "There is no state file nope");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
    folder.workspace(&["new", "dev"]).ends_with(0);
    refused(folder.workspace(&["new", "dev"]), "Workspace exists already");
    refused(folder.workspace(&["delete", "dev"]), "Workspace is selected");
    refused(folder.workspace(&["delete", "default"]), "Workspace is needed");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.workspace(&["select", "default"]).ends_with(0);
    refused(folder.workspace(&["delete", "dev"]), "holds 1 object.");
    assert!(folder.has("state/dev.tfstate"));
    folder.workspace(&["delete", "-force", "dev"]).ends_with(0);
    assert_eq!(folder.names(), "* default\n");
    std::fs::write(folder.path().join(".terraform/environment"), "../x\n").unwrap();
    refused(folder.run(&["plan"]), ".terraform/environment remembers is \"../x\"");
}

#[test]
fn a_journal_keeps_a_workspace_from_being_deleted() {
    let folder = Folder::with(MAIN);
    folder.workspace(&["new", "dev"]).ends_with(0);
    folder.workspace(&["select", "default"]).ends_with(0);
    folder.write("state/dev.journal", "anything\n");
    refused(folder.workspace(&["delete", "dev"]), "has a journal beside it");
    folder.workspace(&["delete", "-force", "dev"]).ends_with(0);
    assert!(!folder.has("state/dev.journal") && !folder.has("state/dev.tfstate"));
}

#[test]
fn the_environment_wins_over_what_is_selected() {
    let folder = Folder::with(MAIN);
    folder.workspace(&["new", "dev"]).ends_with(0);
    assert_eq!(folder.with_environment("qa", &["workspace", "show"]).ends_with(0).stdout, "qa\n");
    let list = folder.with_environment("qa", &["workspace", "list"]).ends_with(0);
    assert_eq!(list.stdout, "  default\n  dev\n");
    assert!(list.stderr.contains("TF_WORKSPACE") && list.stderr.contains("\"qa\" has no state yet"), "{}", list.stderr);
    for arguments in [["workspace", "select", "dev"], ["workspace", "new", "x"]] {
        refused(folder.with_environment("qa", &arguments), "Workspace selected by the environment");
    }
    folder.with_environment("qa", &["apply", "-auto-approve"]).ends_with(0);
    assert_eq!(folder.names(), "  default\n* dev\n  qa\n");
    folder.with_environment("qa", &["workspace", "delete", "dev"]).ends_with(0);
    let mut command = folder.command(&["workspace", "new", "far"]);
    Answer::from(command.env("TF_DATA_DIR", "data").output().unwrap()).ends_with(0);
    assert_eq!(folder.read("data/environment"), "far");
}

#[test]
fn a_copy_of_a_state_is_a_state_of_its_own() {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.workspace(&["new", "-state=state/default.tfstate", "copy"]).ends_with(0);
    let state = |name: &str| serde_json::from_str::<serde_json::Value>(&folder.read(name)).unwrap();
    let (old, new) = (state("state/default.tfstate"), state("state/copy.tfstate"));
    assert_ne!(old["lineage"], new["lineage"]);
    assert_eq!(new["serial"], 1);
    assert_eq!(old["resources"], new["resources"]);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "terraform_data.x\n");
    folder.write("broken", "{");
    refused(folder.workspace(&["new", "-state=broken", "other"]), "Unreadable state");
    assert!(!folder.has("state/other.tfstate"));
}

#[test]
fn workspaces_of_terraform_stay_where_they_are() {
    let folder = Folder::with(MAIN);
    // What `terraform workspace new dev` leaves.
    std::fs::create_dir_all(folder.path().join("terraform.tfstate.d/dev")).unwrap();
    std::fs::create_dir_all(folder.path().join(".terraform")).unwrap();
    folder.write(".terraform/environment", "dev");
    assert_eq!(folder.names(), "  default\n* dev\n");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(folder.has("terraform.tfstate.d/dev/terraform.tfstate") && !folder.has("state"));
    // Others go beside it.
    folder.workspace(&["new", "qa"]).ends_with(0);
    assert!(folder.has("terraform.tfstate.d/qa"));
    folder.with_environment("default", &["apply", "-auto-approve"]).ends_with(0);
    assert!(folder.has("terraform.tfstate") && !folder.has("state"));
    refused(folder.workspace(&["delete", "dev"]), "holds 1 object.");
    folder.workspace(&["delete", "-force", "dev"]).ends_with(0);
    assert!(!folder.has("terraform.tfstate.d/dev"));
    assert_eq!(folder.names(), "  default\n* qa\n");
}

#[test]
fn a_backend_block_places_each_workspace() {
    let folder = Folder::with(MAIN);
    let backend =
        "terraform {\n  backend \"local\" {\n    path          = \"s.json\"\n    workspace_dir = \"all\"\n  }\n}\n";
    folder.write("backend.tf", backend);
    folder.workspace(&["new", "-state=s.json", "dev"]).ends_with(1);
    folder.workspace(&["new", "dev"]).ends_with(0);
    assert!(folder.has("all/dev"));
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(folder.has("all/dev/terraform.tfstate"));
    folder.workspace(&["new", "-state=all/dev/terraform.tfstate", "qa"]).ends_with(0);
    assert_eq!(folder.run(&["state", "list"]).ends_with(0).stdout, "terraform_data.x\n");
    folder.workspace(&["select", "default"]).ends_with(0);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(folder.has("s.json") && !folder.has("state"));
    assert_eq!(folder.names(), "* default\n  dev\n  qa\n");
    folder.write("main.tf", "resource {\n");
    assert_eq!(folder.names(), "* default\n  dev\n  qa\n", "whatever else is wrong");
}
