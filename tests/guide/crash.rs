//! Killed in the middle of apply, the next run finds what was made, and nothing is made twice.

use std::time::{Duration, Instant};

use recon::testing::emulator::Kind;

use super::Guide;
use super::account::listing;

/// Starts apply and kills it when its journal has this many records.
fn kill_after(guide: &Guide, records: usize) -> bool {
    let mut child = guide.command(&["apply", "-auto-approve"]).stderr(std::process::Stdio::null()).spawn().unwrap();
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
