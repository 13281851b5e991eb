//! Rules that random stories once found broken, each in the smallest configuration that shows it.

use recon::plan::step::Action;
use recon::testing::cloud::stage::{Trouble, Weather};

use super::oracle;
use super::process::{Command, Lab};

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

/// A policy moves to another role while the one it leaves is replaced, and a worker was made after the policy.
#[test]
fn a_role_goes_after_the_policy_that_leaves_it_whatever_waits_for_the_role() {
    let text = |shape: &str, parent: &str| {
        format!(
            "resource \"cloud_role\" \"one\" {{\n  name = \"one-{shape}\"\n  shape = \"{shape}\"\n}}\n\
             resource \"cloud_role\" \"two\" {{\n  name = \"two\"\n}}\n\
             resource \"cloud_policy\" \"p\" {{\n  name = \"p\"\n  parent = cloud_role.{parent}.id\n}}\n\
             resource \"cloud_worker\" \"w\" {{\n  name = \"w\"\n  role = cloud_role.one.id\n}}\n"
        )
    };
    let lab = Lab::new();
    lab.write(&text("a", "one"));
    assert!(lab.run(Command::Apply, Weather::calm(1)).is_good());
    lab.write(&text("b", "two"));
    let ended = lab.run(Command::Apply, Weather::calm(2));
    assert!(ended.is_good(), "{:?}", ended.problems);
    let steps = ended.planned.unwrap().steps;
    for replaced in ["cloud_role.one", "cloud_policy.p"] {
        assert!(steps.contains(&(replaced.to_owned(), Action::Replace)), "{steps:?}");
    }
    oracle::plans_nothing(&lab, 3).unwrap();
}
