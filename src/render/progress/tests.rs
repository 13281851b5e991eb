use super::*;
use crate::address::{Address, Key, ResourceAddress};
use crate::diagnostic::Diagnostic;

fn address(name: &str) -> Address {
    ResourceAddress::managed("aws_iam_role", name).instance(Key::None)
}

fn progress(live: bool, total: usize, now: Instant) -> Progress {
    Progress::of(Look::PLAIN, live, Chains::default(), total, now)
}

fn started(name: &str) -> Event {
    Event::Started { address: address(name), doing: Doing::Creating, id: None }
}

fn finished(name: &str, seconds: u64) -> Event {
    let took = Duration::from_secs(seconds);
    Event::Finished { address: address(name), doing: Doing::Creating, took, id: Some(name.into()) }
}

#[test]
fn events_are_lines_and_long_work_is_mentioned_again() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut progress = progress(false, 2, start);
    assert_eq!(progress.event(&started("api"), at(0)).unwrap(), "aws_iam_role.api: Creating...");
    assert!(progress.still(at(9)).is_empty());
    assert_eq!(progress.still(at(10)), ["aws_iam_role.api: Still creating... [10s elapsed]"]);
    assert!(progress.still(at(19)).is_empty());
    let line = progress.event(&finished("api", 71), at(71)).unwrap();
    assert_eq!(line, "aws_iam_role.api: Creation complete after 1m11s [id=api]");
    assert!(progress.still(at(99)).is_empty());
}

#[test]
fn a_failure_is_a_line_with_its_summary() {
    let mut progress = progress(false, 1, Instant::now());
    let problem = Box::new(Diagnostic::error("Access denied"));
    let failed = Event::Failed { address: address("api"), doing: Doing::Destroying, took: Duration::ZERO, problem };
    let line = progress.event(&failed, Instant::now()).unwrap();
    assert_eq!(line, "aws_iam_role.api: Destruction failed after 0s: Access denied");
}

#[test]
fn a_frame_shows_what_runs_and_fits() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut progress = progress(true, 20, start);
    for name in ["a_rather_long_name_of_a_role", "b", "c", "d"] {
        assert_eq!(progress.event(&started(name), at(1)), None, "what runs is in the frame");
    }
    let note = Event::Note { address: address("b"), text: "iam refuses\n\u{1b}[2J calls".into() };
    assert_eq!(progress.event(&note, at(2)), None);
    assert!(progress.event(&finished("d", 5), at(5)).is_some());
    insta::assert_snapshot!(progress.frame(at(66), (60, 24)).join("\n"), @"
      Creating aws_iam_role.a_rather_long_name_of_a_role 1m05s
      Creating aws_iam_role.b 1m05s: iam refuses calls
      Creating aws_iam_role.c 1m05s
    1 of 20 done, 3 running, 16 waiting, 1m06s
    ");
    insta::assert_snapshot!(progress.frame(at(66), (40, 8)).join("\n"), @"
      Creating …er_long_name_of_a_role 1m05s
      and 2 more
    1 of 20 done, 3 running, 16 waiting, 1m…
    ");
    for (width, height) in [(1, 1), (5, 3), (17, 4), (40, 8), (200, 60)] {
        let frame = progress.frame(at(66), (width, height));
        assert!(frame.iter().all(|line| line.width() <= width), "{width}: {frame:?}");
        assert!(frame.len() <= 3.max(height / 2), "{height}: {frame:?}");
    }
}

#[test]
fn wide_characters_are_counted_as_they_are_shown() {
    assert_eq!(cut("日本語のテキスト", 7), "日本語…");
    assert_eq!(end_of("日本語のテキスト", 7), "…キスト");
    assert_eq!(cut("abc", 3), "abc");
}

#[test]
fn what_a_program_says_does_not_move_the_cursor() {
    let said = |line: &str| Event::Said { address: address("a"), name: "local-exec", line: line.into() };
    let mut progress = progress(true, 1, Instant::now());
    let line = progress.event(&said("50%\r\u{1b}[1A\u{1b}[31mred\u{7}"), Instant::now()).unwrap();
    assert_eq!(line, "aws_iam_role.a (local-exec): 50%red");
}

#[test]
fn what_is_read_is_counted() {
    assert_eq!(reading(120, 1000, 80), "Reading objects: 120 of 1,000");
    assert_eq!(reading(1_234_567, 1_234_567, 20), "Reading objects: 1,…");
}
