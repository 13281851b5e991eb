//! Runs in which something is refused, and what must be true of them: the rest is done, and the summary is the truth.

use std::collections::BTreeSet;

use fastrand::Rng;
use recon::testing::cloud::stage::Weather;

use super::generate;
use super::graph::{Body, Graph, Use, index};
use super::oracle;
use super::process::{Command, Lab};

/// The labels that a block refers to.
fn needs(graph: &Graph, label: &str) -> BTreeSet<String> {
    let Some(block) = graph.block(label) else {
        return BTreeSet::new();
    };
    let mut found: BTreeSet<String> = block.depends_on.iter().cloned().collect();
    found.extend(block.parent.iter().chain(&block.role).map(|target| target.label.clone()));
    found.extend(block.uses.iter().map(|used| match used {
        Use::One(target) => target.label.clone(),
        Use::All(label) => label.clone(),
    }));
    match &block.body {
        Body::Stamp(target) | Body::Lookup(target) => found.extend([target.label.clone()]),
        Body::Stamps(label) => found.extend([label.clone()]),
        Body::None | Body::Plain(_) => {}
    }
    if block.kind == "cloud_worker" {
        // A worker waits for the policies of its role.
        let role = block.role.as_ref().map(|role| &role.label);
        let policies = graph.blocks.iter().filter(|other| other.kind == "cloud_policy");
        let of_role = policies.filter(|policy| policy.parent.as_ref().map(|parent| &parent.label) == role);
        found.extend(of_role.map(|policy| policy.label.clone()));
    }
    found
}

/// The labels behind blocks of a kind, these included.
fn behind(graph: &Graph, kind: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        graph.blocks.iter().filter(|block| block.kind == kind).map(|block| block.label.clone()).collect();
    loop {
        let more = graph.blocks.iter().filter(|block| !needs(graph, &block.label).is_disjoint(&found));
        let more: BTreeSet<String> = more.map(|block| block.label.clone()).collect();
        if more.is_subset(&found) {
            return found;
        }
        found.extend(more);
    }
}

#[test]
fn what_stands_beside_a_refusal_is_done_and_the_summary_says_what_is_not() {
    let (mut refused, mut done) = (0, 0);
    for seed in 0..60 {
        let mut rng = Rng::with_seed(seed);
        let graph = generate::graph(&mut rng, 25);
        let kind = ["cloud_source", "cloud_role", "cloud_ticket", "cloud_policy"][rng.usize(0..4)];
        let lab = Lab::new();
        lab.write(&graph.text());
        let ended = lab.run(Command::Apply, Weather { refused: Some(kind), ..Weather::calm(seed) });
        let summary = ended.summary.expect("it came to applying");

        let addresses = |label: &String| {
            let block = graph.block(label).unwrap();
            let address = format!("{}.{label}", block.kind);
            block.keys().iter().map(|key| format!("{address}{}", index(key))).collect::<Vec<_>>()
        };
        let lost = behind(&graph, kind);
        let expected: BTreeSet<String> = lost.iter().flat_map(addresses).collect();
        let told: BTreeSet<String> = summary
            .failed
            .iter()
            .chain(&summary.skipped)
            .map(ToString::to_string)
            .filter(|address| !address.starts_with("data."))
            .collect();
        assert_eq!(told, expected, "seed {seed}, {kind} refused: {}", graph.text());
        let failed: BTreeSet<&str> = summary.failed.iter().map(|address| &*address.resource.ty).collect();
        assert!(failed.iter().all(|ty| *ty == kind), "only what was refused failed: {failed:?}");
        assert_eq!(ended.problems.len(), summary.failed.len(), "one problem for each failure: {:?}", ended.problems);
        assert_eq!(summary.counts.add, graph.size() - expected.len());
        assert_eq!(oracle::stored(&lab).unwrap().len(), summary.counts.add, "all that was done is in state");
        refused += summary.failed.len();
        done += summary.counts.add;

        let ended = lab.run(Command::Apply, Weather::calm(seed + 1));
        assert!(ended.is_good(), "the next run completes it: {:?}", ended.problems);
        oracle::settled(&lab, &graph).and_then(|()| oracle::plans_nothing(&lab, seed)).unwrap();
    }
    assert!(refused > 20 && done > 100, "{refused} refused, {done} done");
}

#[test]
fn a_name_that_somebody_else_has_is_a_conflict_and_nothing_of_theirs_is_touched() {
    let lab = Lab::new();
    let wish = recon::testing::cloud::world::Wish { name: "taken".into(), ..Default::default() };
    lab.cloud.add_foreign("cloud_table", wish);
    let theirs = lab.cloud.objects();
    lab.write("resource \"cloud_table\" \"t\" {\n  name = \"taken\"\n}\n");
    let ended = lab.run(Command::Apply, Weather::calm(1));
    assert_eq!(ended.problems.len(), 1);
    assert!(ended.problems[0].starts_with("Conflict"), "{:?}", ended.problems);
    assert_eq!(lab.cloud.objects(), theirs);
    assert!(oracle::stored(&lab).unwrap().is_empty());
}
