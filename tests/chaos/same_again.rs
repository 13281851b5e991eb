//! The same seed gives the same run (P10): the same calls at the same times, the same points, the same state.

use recon::testing::cloud::Entry;
use recon::testing::cloud::world::Seen;

use super::story::{Story, Teller, Told};

/// All that can be seen of a story, without what is drawn anew in each run: tokens, and the lineage of the state.
#[derive(Debug, PartialEq)]
struct View {
    told: Told,
    log: Vec<Entry>,
    objects: Vec<Seen>,
    state: String,
}

fn state(teller: &Teller) -> String {
    let bytes = teller.lab.disk.state().unwrap_or_default();
    let drawn = ["\"lineage\"", "\"recon_checksum\""];
    let text = String::from_utf8(bytes).unwrap();
    text.lines().filter(|line| !drawn.iter().any(|name| line.contains(name))).collect::<Vec<_>>().join("\n")
}

fn view(seed: u64) -> View {
    let story = Story { seed, size: 14, edits: 2 };
    let mut teller = Teller::new(story);
    let mut views = Vec::new();
    teller.tell(story, |teller| views.push(state(teller))).unwrap_or_else(|fault| panic!("{fault}"));
    let objects = teller.lab.cloud.objects().into_iter().map(|seen| Seen { token: String::new(), ..seen }).collect();
    View { objects, state: views.concat(), log: teller.lab.cloud.log(), told: teller.told }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 100..120 {
        let (one, other) = (view(seed), view(seed));
        assert!(one.log.len() > 10 && !one.state.is_empty());
        let first = one.log.iter().zip(&other.log).find(|(a, b)| a != b);
        assert!(one == other, "seed {seed}: the calls differ from these on, or what came of them: {first:#?}");
    }
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(view(100).log, view(101).log);
}
