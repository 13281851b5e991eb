//! Runs in which something is refused, and what must be true of them: the rest is done, and the summary is the truth.

use std::collections::BTreeSet;

use fastrand::Rng;
use recon::plan::step::Action;
use recon::testing::cloud::stage::{Trouble, Weather};

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

/// A type whose replacements are made first cannot keep its name while the old object has it.
#[test]
fn what_keeps_its_name_is_replaced_by_deleting_it_first() {
    let lab = Lab::new();
    let text = |more: &str, body: &str| {
        format!(
            "resource \"cloud_api\" \"a\" {{\n  name = \"a\"\n}}\nresource \"cloud_ticket\" \"trigger\" {{\n  \
             name = \"t\"\n  body = \"{body}\"\n}}\nresource \"cloud_source\" \"s\" {{\n  name = \"s\"\n  \
             parent = cloud_api.a.id\n{more}}}\n"
        )
    };
    let triggered = "  lifecycle {\n    replace_triggered_by = [cloud_ticket.trigger.body]\n  }\n";
    lab.write(&text(triggered, "1"));
    assert!(lab.run(Command::Apply, Weather::calm(1)).is_good());
    lab.write(&text(triggered, "2"));
    let ended = lab.run(Command::Apply, Weather::calm(2));
    assert!(ended.is_good(), "{:?}", ended.problems);
    let steps = ended.planned.unwrap().steps;
    assert!(steps.contains(&("cloud_source.s".to_owned(), Action::Replace)), "{steps:?}");
    assert_eq!(oracle::stored(&lab).unwrap().len(), 3);
}

/// A function that is replaced by one exactly like it, made first, and what keeps it from being forgotten.
const LIKE_BEFORE: &str = r#"
    resource "cloud_api" "a" { name = "a" }
    resource "cloud_ticket" "trigger" {
      name = "t"
      body = "BODY"
    }
    resource "cloud_function" "f" {
      name   = "f"
      parent = cloud_api.a.id
      lifecycle {
        create_before_destroy = true
        replace_triggered_by  = [cloud_ticket.trigger.body]
      }
    }
"#;

#[test]
fn an_object_set_aside_is_never_taken_for_the_one_that_replaces_it() {
    let begin = || {
        let lab = Lab::new();
        lab.write(&LIKE_BEFORE.replace("BODY", "1"));
        assert!(lab.run(Command::Apply, Weather::calm(1)).is_good());
        lab.write(&LIKE_BEFORE.replace("BODY", "2"));
        lab
    };
    let points = begin().run(Command::Apply, Weather::calm(2)).points.len() as u64;
    for at in 1..=points {
        for trouble in [Trouble::Crash, Trouble::Lose] {
            let lab = begin();
            lab.run(Command::Apply, Weather { troubles: vec![(at, trouble)], ..Weather::calm(2) });
            let ended = lab.run(Command::Apply, Weather::calm(3));
            assert!(ended.is_good(), "{trouble:?} at {at}: {:?}", ended.problems);
            oracle::plans_nothing(&lab, 4).unwrap_or_else(|fault| panic!("{trouble:?} at {at}: {fault}"));
            let (stored, there) = (oracle::stored(&lab).unwrap(), lab.cloud.objects());
            assert_eq!((stored.len(), there.len()), (3, 3), "{trouble:?} at {at}: {stored:?} {there:?}");
        }
    }
}

#[test]
fn an_object_set_aside_that_somebody_deletes_is_forgotten() {
    let mut tried = 0;
    for at in 1..60 {
        let lab = Lab::new();
        lab.write(&LIKE_BEFORE.replace("BODY", "1"));
        assert!(lab.run(Command::Apply, Weather::calm(1)).is_good());
        let old = lab.cloud.objects().into_iter().find(|seen| seen.kind == "cloud_function").unwrap();
        lab.write(&LIKE_BEFORE.replace("BODY", "2"));
        let ended = lab.run(Command::Apply, Weather { troubles: vec![(at, Trouble::Crash)], ..Weather::calm(2) });
        let both = lab.cloud.objects().into_iter().filter(|seen| seen.kind == "cloud_function").count() == 2;
        if !ended.has_crashed || !both {
            continue;
        }
        tried += 1;
        assert!(lab.cloud.remove(&old.id));
        let ended = lab.run(Command::Apply, Weather::calm(3));
        assert!(ended.is_good(), "crash at {at}: {:?}", ended.problems);
        oracle::plans_nothing(&lab, 4).unwrap_or_else(|fault| panic!("crash at {at}: {fault}"));
        assert_eq!(oracle::stored(&lab).map(|stored| stored.len()), Ok(3), "crash at {at}");
    }
    assert!(tried > 2, "the old object is set aside at some points: {tried}");
}

/// Applies one text and then another, undisturbed.
fn goes_over(first: &str, second: &str) -> Lab {
    let lab = Lab::new();
    lab.write(first);
    let ended = lab.run(Command::Apply, Weather::calm(1));
    assert!(ended.is_good(), "{:?}", ended.problems);
    lab.write(second);
    let ended = lab.run(Command::Apply, Weather::calm(2));
    assert!(ended.is_good(), "{:?}", ended.problems);
    oracle::plans_nothing(&lab, 3).unwrap();
    lab
}

#[test]
fn what_is_replaced_waits_for_those_who_let_go_of_it() {
    let text = |shape: &str, uses: &str| {
        format!(
            r#"
            resource "cloud_ticket" "first" {{
              name  = "f"
              shape = "{shape}"
            }}
            resource "cloud_table" "last" {{
              name  = "l"
              shape = "{shape}"
            }}
            resource "cloud_worker" "w" {{
              name = "w"
              uses = [{uses}]
            }}
        "#
        )
    };
    // One is replaced before its old object goes, the other after.
    goes_over(&text("1", "cloud_ticket.first.id"), &text("2", ""));
    let second = text("2", "").replace("name  = \"l\"", "name  = \"m\"");
    goes_over(&text("1", "cloud_table.last.id"), &second);
}

#[test]
fn an_update_waits_for_children_that_make_way_for_others() {
    let text = |name: &str, extra: u8| {
        format!(
            r#"
            resource "cloud_api" "a" {{
              name  = "a"
              extra = {extra}
            }}
            resource "cloud_field" "f" {{
              name   = "{name}"
              parent = cloud_api.a.id
              extra  = {extra}
            }}
        "#
        )
    };
    goes_over(&text("one", 3), &text("other", 1));
}

#[test]
fn what_an_old_object_depends_on_goes_after_it() {
    let first = r#"
        resource "cloud_ticket" "below" { name = "b" }
        resource "cloud_ticket" "above" {
          name  = "a"
          shape = "1"
          uses  = [cloud_ticket.below.id]
        }
    "#;
    let second = r#"
        resource "cloud_ticket" "above" {
          name  = "a"
          shape = "2"
        }
    "#;
    let lab = goes_over(first, second);
    assert_eq!(oracle::stored(&lab).unwrap().len(), 1);
}
