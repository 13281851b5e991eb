//! Programs that run when objects are made and deleted.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Answer, Folder};

fn with(provisioners: &str) -> String {
    format!("resource \"terraform_data\" \"x\" {{\n  input = \"a b\"\n{provisioners}\n}}\n")
}

fn state(folder: &Folder) -> serde_json::Value {
    serde_json::from_str(&folder.read("state/default.tfstate")).unwrap()
}

#[test]
fn programs_run_in_order_and_what_they_say_is_shown() {
    let folder = Folder::with(&with(
        r#"
  provisioner "local-exec" {
    command     = "echo \"<$WORD>\" ${self.input} \"$(basename \"$PWD\")\"; echo err >&2"
    working_dir = "sub"
    environment = { WORD = "$(self) ${self.input}" }
  }
  provisioner "local-exec" {
    interpreter = ["/bin/sh", "-c", "printf '%s\n' \"$0\" > made"]
    command     = "; echo injected > injected"
    quiet       = true
  }
  provisioner "local-exec" {
    command    = "exit 7"
    on_failure = continue
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.input} > gone"
  }
"#,
    ));
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let answer = folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let said: Vec<&str> =
        answer.stderr.lines().filter(|line| line.starts_with("terraform_data.x (local-exec): ")).collect();
    let said: Vec<&str> = said.iter().map(|line| &line["terraform_data.x (local-exec): ".len()..]).collect();
    assert!(said[0].starts_with("Executing: [\"/bin/sh\" \"-c\" \"echo "), "{said:?}");
    assert_eq!(said[1..4], ["<$(self) a b> a b sub", "err", "Executing: suppressed by quiet = true"]);
    assert!(answer.stderr.contains("terraform_data.x: Provisioning with 'local-exec'...\n"), "{}", answer.stderr);
    assert!(answer.stderr.contains("exit status: 7"), "{}", answer.stderr);
    assert_eq!(folder.read("made"), "; echo injected > injected\n");
    assert!(!folder.path().join("injected").exists(), "a command is one argument");
    assert!(!folder.path().join("gone").exists());
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    folder.run(&["destroy", "-auto-approve"]).ends_with(0);
    assert_eq!(folder.read("gone"), "a b\n");
}

#[test]
fn a_failure_leaves_the_object_to_be_replaced() {
    let folder = Folder::with(&with(
        "  provisioner \"local-exec\" {\n    command = \"echo why; exit 3\"\n  }\n  provisioner \"local-exec\" {\n    \
         when = destroy\n    command = \"touch never\"\n  }",
    ));
    let answer = folder.run(&["apply", "-auto-approve"]).ends_with(1);
    assert!(answer.stderr.contains("Error: local-exec provisioner error"), "{}", answer.stderr);
    assert!(answer.stderr.contains("exit status: 3") && answer.stderr.contains("why"), "{}", answer.stderr);
    assert!(answer.stderr.contains("on main.tf line 3"), "{}", answer.stderr);
    assert_eq!(state(&folder)["resources"][0]["instances"][0]["status"], "tainted");
    assert!(!folder.path().join("state/default.journal").exists());
    folder.write("main.tf", &with("  provisioner \"local-exec\" {\n    command = \"true\"\n  }"));
    let plan = folder.run(&["plan"]).ends_with(0);
    assert!(plan.stdout.contains("-/+ terraform_data.x"), "{}", plan.stdout);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(state(&folder)["resources"][0]["instances"][0]["status"].is_null());
    assert!(!folder.path().join("never").exists(), "what was never complete is not taken down");
}

#[test]
fn a_failure_before_deletion_keeps_the_object() {
    let folder =
        Folder::with(&with("  provisioner \"local-exec\" {\n    when = destroy\n    command = \"exit 3\"\n  }"));
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    let answer = folder.run(&["destroy", "-auto-approve"]).ends_with(1);
    assert!(answer.stderr.contains("local-exec provisioner error"), "{}", answer.stderr);
    let kept = &state(&folder)["resources"][0]["instances"][0];
    assert!(kept["attributes"]["id"].is_string() && kept["status"].is_null(), "{kept}");
    folder.write("main.tf", "");
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert_eq!(state(&folder)["resources"], serde_json::json!([]), "without its block nothing runs");
}

#[test]
fn secrets_are_not_shown() {
    let main = "variable \"s\" {\n  default = \"hunter2\"\n  sensitive = true\n}\nvariable \"e\" {\n  default = \
                \"t0ken\"\n  ephemeral = true\n}\n";
    for (name, why, secret) in [("s", "sensitive", "hunter2"), ("e", "ephemeral", "t0ken")] {
        let folder = Folder::with(&format!(
            "{main}{}",
            with(&format!(
                "  provisioner \"local-exec\" {{\n    command = \"echo $V | tee out; exit 1\"\n    environment = {{ V = \
                 var.{name} }}\n  }}"
            ))
        ));
        let answer = folder.run(&["apply", "-auto-approve"]).ends_with(1);
        let all = format!("{}{}", answer.stdout, answer.stderr);
        assert!(all.contains(&format!("(output suppressed due to {why} value in config)")), "{all}");
        assert!(!all.contains(secret), "{all}");
        assert_eq!(folder.read("out"), format!("{secret}\n"));
        assert!(!folder.read("state/default.tfstate").contains(secret));
    }
}

#[test]
fn ephemeral_variables_are_not_in_a_plan_file_and_are_given_again() {
    let folder = Folder::with(
        "variable \"e\" {\n  ephemeral = true\n}\nresource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    \
         command = \"echo ${var.e} > out\"\n  }\n}\n",
    );
    folder.run(&["plan", "-var", "e=first0", "-out=plan.json"]).ends_with(0);
    assert!(!folder.read("plan.json").contains("first0"));
    let answer = folder.run(&["apply", "plan.json"]).ends_with(1);
    assert!(answer.stderr.contains("No value for required variable"), "{}", answer.stderr);
    folder.run(&["apply", "-var", "e=second", "plan.json"]).ends_with(0);
    assert_eq!(folder.read("out"), "second\n");
}

/// Starts apply and waits until its provisioner has begun.
fn begun(folder: &Folder) -> std::process::Child {
    let mut command = folder.command(&["apply", "-auto-approve"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !folder.path().join("begun").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the provisioner begins");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

const SLEEPS: &str =
    "  provisioner \"local-exec\" {\n    command = \"echo $$ > pid; touch begun; exec sleep 600\"\n  }";

#[test]
fn an_object_whose_provisioner_was_cut_off_by_a_kill_is_replaced() {
    let folder = Folder::with(&with(SLEEPS));
    let mut child = begun(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    // What recon could not end when it was killed.
    let _ = Command::new("kill").args(["-KILL", folder.read("pid").trim()]).status();
    assert!(folder.read("state/default.journal").contains("\"made\""), "the object is known");
    folder.write("main.tf", &with("  provisioner \"local-exec\" {\n    command = \"touch done\"\n  }"));
    let answer = folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(answer.stderr.contains("its provisioners may not have ended"), "{}", answer.stderr);
    assert!(answer.stdout.contains("1 added, 0 changed, 1 destroyed"), "{}", answer.stdout);
    assert!(folder.path().join("done").exists() && !folder.path().join("state/default.journal").exists());
}

#[test]
fn an_interrupt_ends_the_program_and_the_object_is_kept_tainted() {
    let folder = Folder::with(&with(SLEEPS));
    let child = begun(&folder);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let answer = Answer::from(child.wait_with_output().unwrap()).ends_with(1);
    assert!(answer.stderr.contains("told to end"), "{}", answer.stderr);
    assert_eq!(state(&folder)["resources"][0]["instances"][0]["status"], "tainted");
    let alive = Command::new("kill").args(["-0", folder.read("pid").trim()]).stderr(Stdio::null()).status().unwrap();
    assert!(!alive.success(), "the program is gone");
}

#[test]
fn a_secret_in_the_name_of_a_program_that_is_not_there_is_not_told() {
    let folder = Folder::with(
        r#"variable "word" {
  default   = "zqsecretqz"
  sensitive = true
}
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command     = "exit 3"
    interpreter = ["/bin/${var.word}"]
  }
}
"#,
    );
    let answer = folder.run(&["apply", "-auto-approve"]).ends_with(1);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(said.contains("The program could not be run") && !said.contains("zqsecretqz"), "{said}");
}
