//! Killed in the middle of apply, the next run finds what was made, and nothing is made twice.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recon::testing::emulator::Kind;

use super::Guide;
use super::account::listing;
use crate::cli::Answer;

/// Starts apply and kills it when its journal has this many records.
fn kill_after(guide: &Guide, records: usize) -> bool {
    let mut child = guide.command(&["apply", "-auto-approve"]).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let mut killed = false;
    while !killed && child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "apply neither ends nor writes its journal");
        let journal = std::fs::read_to_string(guide.path("state/default.journal")).unwrap_or_default();
        if journal.lines().count() >= records {
            child.kill().unwrap();
            killed = true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.wait().unwrap();
    killed
}

#[tokio::test]
async fn a_killed_apply_converges_without_a_second_object() {
    let guide = Guide::with_pool(Kind::Ministack);
    let before = listing(&guide.aws()).await.len();
    let mut killed = 0;
    for records in [2, 4, 6, 8, 10, 12, 15, 18, 21, 24] {
        if kill_after(&guide, records) {
            killed += 1;
        } else {
            break;
        }
    }
    assert!(killed >= 3, "apply was killed {killed} times");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    guide.assert_settled();
    assert_eq!(listing(&guide.aws()).await.len(), before + 13, "each of the 13 resources is one object");
}

const ROLE: &str = r#"
    resource "aws_iam_role" "posts" {
      name               = "posts"
      assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
    }
"#;

#[tokio::test]
async fn interrupted_twice_apply_ends_with_a_journal_that_the_next_run_settles() {
    let guide = Guide::new(Kind::Ministack);
    guide.write("main.tf", ROLE);
    std::fs::remove_file(guide.path("recon.toml")).unwrap();
    // Takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = guide.command(&["apply", "-auto-approve"]);
    command.env("AWS_ENDPOINT_URL", format!("http://{}", silent.local_addr().unwrap()));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let journal = || std::fs::read_to_string(guide.path("state/default.journal")).unwrap_or_default();
    let start = Instant::now();
    while journal().lines().count() < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "apply writes its intent before the call");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    for _ in 0..2 {
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(200));
    }
    let answer = Answer::from(child.wait_with_output().unwrap()).ends_with(1);
    assert!(answer.stderr.to_lowercase().contains("interrupt"), "{}", answer.stderr);
    assert!(journal().contains("aws_iam_role.posts"), "the call may have been carried out, so its intent stays");

    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    guide.assert_settled();
    assert!(!guide.path("state/default.journal").exists(), "nothing is open any more");
    let roles = listing(&guide.aws()).await;
    assert_eq!(roles.iter().filter(|line| line.starts_with("role ")).count(), 1);
}
