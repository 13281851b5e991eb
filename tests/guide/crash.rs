//! Killed at any moment, or cut off from any answer, the next run finds what was made, and nothing is made twice.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_appsync::types::AuthenticationType;
use recon::testing::emulator::Kind;
use recon::testing::gate::{Gate, Loses};

use super::account::{Listing, listing};
use super::{Guide, LOSS, MADE};
use crate::cli::Answer;

/// Starts apply, and kills it as soon as `is_time` says so; says whether that came before its end.
fn kill(mut apply: Child, is_time: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    let mut killed = false;
    while !killed && apply.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "apply neither ends nor comes to the moment to end it");
        if is_time() {
            apply.kill().unwrap();
            killed = true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    apply.wait().unwrap();
    killed
}

fn apply(guide: &Guide, endpoint: &str, parallelism: &str) -> Child {
    let mut command = guide.command(&["apply", "-auto-approve", parallelism]);
    command.env("AWS_ENDPOINT_URL", endpoint).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Makes an API of the guide's name that belongs to somebody else: names of APIs need not be unique.
/// Gives its id and what there is with it.
pub(super) async fn strange_api(guide: &Guide) -> (String, Listing) {
    let call = guide.aws().appsync(None).await.unwrap().create_graphql_api();
    let made = call.name("cdk-blog-api").authentication_type(AuthenticationType::ApiKey).send().await.unwrap();
    (made.graphql_api.unwrap().api_id.unwrap(), listing(&guide.aws()).await)
}

async fn assert_made_once_and_destroyed(guide: &Guide, before: &Listing) {
    guide.assert_settled();
    assert_eq!(listing(&guide.aws()).await.since(before), MADE, "each object is there once");
    guide.run(&["destroy", LOSS[0], LOSS[1]]).ends_with(0);
    assert_eq!(&listing(&guide.aws()).await, before, "nothing is left, and nothing of others is gone");
}

#[tokio::test]
async fn a_killed_apply_converges_without_a_second_object() {
    let guide = Guide::with_pool(Kind::Ministack);
    let (_, before) = strange_api(&guide).await;
    let journal = guide.path("state/default.journal");
    let mut killed = 0;
    for records in [2, 4, 6, 8, 10, 12, 15, 18, 21, 24] {
        let is_long_enough =
            || std::fs::read_to_string(&journal).is_ok_and(|journal| journal.lines().count() >= records);
        if !kill(apply(&guide, &guide.server.endpoint(), "-parallelism=10"), is_long_enough) {
            break;
        }
        killed += 1;
    }
    assert!(killed >= 3, "apply was killed {killed} times");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(!journal.exists(), "nothing is open");
    assert_made_once_and_destroyed(&guide, &before).await;
}

#[tokio::test]
async fn killed_between_each_call_and_its_answer_apply_converges_without_a_second_object() {
    let guide = Guide::with_pool(Kind::Ministack);
    let (_, before) = strange_api(&guide).await;
    // With a second call for the table: an object that holds data is not finished when it is first heard of.
    let table = "billing_mode = \"PAY_PER_REQUEST\"\n";
    guide.edit("main.tf", table, &format!("{table}  point_in_time_recovery {{\n    enabled = true\n  }}\n"));
    let gate = Gate::open(guide.server.port());
    let mut lost = Vec::new();
    // One after the other, so that each call is the next one at some time.
    let one = "-parallelism=1";
    loop {
        gate.lose(Loses::Next);
        let known = lost.len();
        let killed = kill(apply(&guide, &gate.endpoint(), one), || gate.has_lost());
        lost.extend(gate.lost());
        if !killed {
            break;
        }
        assert!(lost.len() > known && lost.len() < 60, "each run gets further: {lost:?}");
    }
    for call in ["CreateTable", "UpdateContinuousBackups", "CreateRole", "PutRolePolicy", "POST /v1/apis"] {
        assert!(lost.iter().any(|lost| lost == call), "the answer to {call} was lost: {lost:?}");
    }
    let deletes = |call: &&String| call.starts_with("Delete") || call.starts_with("DELETE");
    assert_eq!(lost.iter().find(deletes), None, "what was begun is finished, not replaced");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    assert_made_once_and_destroyed(&guide, &before).await;
}

#[tokio::test]
async fn a_lost_answer_is_not_a_failed_call() {
    let guide = Guide::with_pool(Kind::Ministack);
    let (_, before) = strange_api(&guide).await;
    let gate = Gate::open(guide.server.port());
    gate.lose(Loses::EachOnce);
    let mut tries = 0;
    loop {
        let mut command = guide.command(&["apply", "-auto-approve"]);
        let answer = Answer::from(command.env("AWS_ENDPOINT_URL", gate.endpoint()).output().unwrap());
        tries += 1;
        if answer.code == Some(0) {
            break;
        }
        assert!(answer.stderr.contains("Error: "), "a failure is explained: {answer:#?}");
        assert!(tries < 10, "each run gets further: {answer:#?}");
    }
    let lost = gate.lost();
    for call in ["CreateRole", "CreateTable", "POST /v1/apis", "POST /2015-03-31/functions"] {
        assert!(lost.iter().any(|lost| lost == call), "the answer to {call} was lost: {lost:?}");
    }
    assert_made_once_and_destroyed(&guide, &before).await;
}

#[tokio::test]
async fn a_journal_of_another_state_is_refused_and_kept() {
    let guide = Guide::with_pool(Kind::Ministack);
    let before = listing(&guide.aws()).await;
    let gate = Gate::open(guide.server.port());
    gate.lose(Loses::Next);
    assert!(kill(apply(&guide, &gate.endpoint(), "-parallelism=10"), || gate.has_lost()), "apply was killed");
    let left = listing(&guide.aws()).await;

    let (state, journal) = ("state/default.tfstate", "state/default.journal");
    let own = std::fs::read_to_string(guide.path(state)).ok();
    let other = r#"{"version": 4, "serial": 7, "lineage": "11111111-2222-3333-4444-555555555555", "outputs": {}, "resources": []}"#;
    guide.write(state, other);
    let records = guide.read(journal);
    for arguments in [&["apply", "-auto-approve"][..], &["destroy", "-auto-approve"]] {
        let answer = guide.run(arguments).ends_with(1);
        for said in ["default.journal", "lineage", "Help: "] {
            assert!(answer.stderr.contains(said), "it says {said:?}: {}", answer.stderr);
        }
    }
    assert_eq!((guide.read(state).as_str(), guide.read(journal)), (other, records), "nothing was written");
    assert_eq!(listing(&guide.aws()).await, left, "nothing was changed");

    match own {
        Some(own) => guide.write(state, &own),
        None => std::fs::remove_file(guide.path(state)).unwrap(),
    }
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    assert_made_once_and_destroyed(&guide, &before).await;
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
    let before = listing(&guide.aws()).await;
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
    assert_eq!(listing(&guide.aws()).await.since(&before), ["role posts"]);
}
