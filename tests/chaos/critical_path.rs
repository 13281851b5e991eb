//! How long a run takes: where parallelism allows, no longer than its longest chain; otherwise within the bound that any list
//! of work keeps. Time is the cloud's own, so that nothing depends on how fast a machine is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fastrand::Rng;
use recon::testing::cloud::stage::Weather;
use recon::testing::cloud::world::Request;

use super::process::{Command, Lab};

/// Objects by number, each with those before it that it needs.
struct Chains {
    needs: Vec<BTreeSet<usize>>,
}

impl Chains {
    fn random(rng: &mut Rng, size: usize) -> Self {
        let needs = (0..size).map(|own| {
            let some = if own == 0 { 0 } else { rng.usize(0..3) };
            (0..some).map(|_| rng.usize(own.saturating_sub(12)..own)).collect()
        });
        Self { needs: needs.collect() }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (own, needs) in self.needs.iter().enumerate() {
            let uses: Vec<String> = needs.iter().map(|other| format!("cloud_ticket.t{other}.id")).collect();
            writeln!(
                out,
                "resource \"cloud_ticket\" \"t{own}\" {{\n  name = \"n{own}\"\n  uses = [{}]\n}}",
                uses.join(", ")
            )
            .unwrap();
        }
        out
    }

    /// The longest chain of what each object took, from what needs nothing to what nothing needs.
    fn longest(&self, took: &BTreeMap<usize, u64>) -> u64 {
        let mut until = vec![0; self.needs.len()];
        for (own, needs) in self.needs.iter().enumerate() {
            until[own] = needs.iter().map(|other| until[*other]).max().unwrap_or(0) + took[&own];
        }
        until.into_iter().max().unwrap_or(0)
    }
}

fn number(name: &str) -> usize {
    name.trim_start_matches('n').parse().unwrap()
}

/// What the calls of each object took, and the time from the first one to the end of the process.
fn measured(lab: &Lab, names: &BTreeMap<String, usize>, process: u64, ended: u64) -> (BTreeMap<usize, u64>, u64) {
    let log = lab.cloud.log();
    let calls: Vec<_> = log.iter().filter(|entry| entry.process == process).collect();
    let mut took = BTreeMap::new();
    for call in &calls {
        let own = match &call.request {
            Request::Create(wish, _) => number(&wish.name),
            _ => names[call.id.as_ref().unwrap()],
        };
        *took.entry(own).or_insert(0) += call.ended - call.sent;
    }
    (took, ended - calls.iter().map(|call| call.sent).min().unwrap())
}

/// Applies and destroys random chains; gives both to a check: what each object took, its chains, and the whole.
fn run(parallelism: usize, seeds: u64, check: impl Fn(&Chains, &BTreeMap<usize, u64>, u64)) {
    for seed in 0..seeds {
        let mut rng = Rng::with_seed(seed);
        let size = rng.usize(20..=60);
        let chains = Chains::random(&mut rng, size);
        let mut lab = Lab::new();
        lab.parallelism = parallelism;
        lab.write(&chains.text());
        for (command, process) in [(Command::Apply, 1), (Command::Destroy, 2)] {
            let weather = Weather { latency: (10, 10_000), disk: (1, 10), ..Weather::calm(seed) };
            let names = lab.cloud.objects().into_iter().map(|seen| (seen.id, number(&seen.is.name))).collect();
            let ended = lab.run(command, weather);
            assert!(ended.is_good(), "{:?}", ended.problems);
            let (took, whole) = measured(&lab, &names, process, ended.time.1);
            assert_eq!(took.len(), size, "{command:?} is about every object");
            check(&chains, &took, whole);
        }
    }
}

#[test]
fn a_run_takes_no_longer_than_its_longest_chain() {
    run(100, 12, |chains, took, whole| {
        let longest = chains.longest(took);
        assert!(longest > 10_000, "the chains are worth measuring");
        // What is above the chain itself is the journal, which is written three times for each object of it.
        assert!(whole >= longest && whole * 10 <= longest * 11, "{whole} ms for a chain of {longest} ms");
    });
}

#[test]
fn with_few_calls_at_once_no_place_is_left_empty() {
    for places in [1, 2, 4] {
        run(places, 4, |chains, took, whole| {
            let longest = chains.longest(took);
            let all: u64 = took.values().sum();
            // Graham's bound for any schedule that leaves no place empty while something is ready.
            let bound = all / places as u64 + longest;
            let bound = if places == 1 { all } else { bound };
            assert!(
                whole * 10 <= bound * 11,
                "{places} at once: {whole} ms, {all} ms of calls, longest chain {longest} ms"
            );
        });
    }
}

/// Which of what is ready goes first matters where places are few: a long chain that starts late ends late.
#[test]
fn the_longest_chain_goes_first() {
    let mut text = String::new();
    // In the order of the text the chain comes last.
    for own in 0..12 {
        writeln!(text, "resource \"cloud_ticket\" \"a{own}\" {{\n  name = \"n{own}\"\n}}").unwrap();
    }
    for own in 12..18 {
        let uses = if own == 12 { String::new() } else { format!("cloud_ticket.z{}.id", own - 1) };
        writeln!(text, "resource \"cloud_ticket\" \"z{own}\" {{\n  name = \"n{own}\"\n  uses = [{uses}]\n}}").unwrap();
    }
    let mut lab = Lab::new();
    lab.parallelism = 3;
    lab.write(&text);
    let ended = lab.run(Command::Apply, Weather { latency: (5_000, 5_000), disk: (1, 1), ..Weather::calm(1) });
    assert!(ended.is_good(), "{:?}", ended.problems);
    let (took, whole) = measured(&lab, &BTreeMap::new(), 1, ended.time.1);
    let chain: u64 = (12..18).map(|own| took[&own]).sum();
    assert!(
        whole * 10 <= chain * 11,
        "{whole} ms, although the chain of {chain} ms leaves room for the rest beside it"
    );
}
