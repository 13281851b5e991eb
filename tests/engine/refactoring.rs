//! Objects that move, are forgotten or taken over, and plans about a part of a configuration.

use recon::plan::Made;
use recon::plan::step::Action;
use recon::state::Snapshot;
use recon::testing::project::Project;

use super::{assert_settled, project, steps};

fn moved(made: &Made) -> Vec<(String, String)> {
    made.plan.moved.iter().map(|(now, before)| (before.to_string(), now.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

fn id(state: &Snapshot, address: &str) -> String {
    let address = address.parse().unwrap();
    state.instances.get(&address).unwrap_or_else(|| panic!("state has no {address}")).id().unwrap().to_owned()
}

fn names(state: &Snapshot) -> Vec<String> {
    state.instances.keys().map(ToString::to_string).collect()
}

async fn state(project: &Project) -> Snapshot {
    project.state().await.unwrap()
}

/// The summaries of the problems that a plan ends with.
async fn refused(project: &Project) -> Vec<String> {
    let problems = project.plan(false).await.err().expect("the plan fails");
    problems.iter().map(|problem| problem.split(": ").next().unwrap().to_owned()).collect()
}

/// Applies the first text, then plans the second and applies it if nothing but addresses changes.
async fn only_moves(first: &[(&str, &str)], second: &[(&str, &str)], expected: &[(&str, &str)]) {
    let (_folder, project) = project("");
    first.iter().for_each(|(name, text)| project.write(name, text));
    project.apply(false).await.unwrap();
    let before = state(&project).await;
    second.iter().for_each(|(name, text)| project.write(name, text));
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [], "{expected:?}");
    assert_eq!(moved(&made), pairs(expected));
    assert!(!made.plan.is_empty(), "an address is a change");
    project.apply(false).await.unwrap();
    let after = state(&project).await;
    for (from, to) in expected {
        assert_eq!(id(&before, from), id(&after, to));
    }
    assert_eq!(before.instances.len(), after.instances.len());
    assert_settled(&project).await;
    assert_eq!(moved(&project.plan(false).await.unwrap()), [], "nothing moves twice");
}

const PART: &str = r#"resource "terraform_data" "part" { input = "p" }"#;

#[tokio::test]
async fn a_resource_takes_another_name() {
    let before = r#"resource "terraform_data" "old" { input = 1 }"#;
    let after = r#"
        resource "terraform_data" "new" { input = 1 }
        moved {
          from = terraform_data.old
          to   = terraform_data.new
        }
    "#;
    let expected = [("terraform_data.old", "terraform_data.new")];
    only_moves(&[("main.tf", before)], &[("main.tf", after)], &expected).await;
}

#[tokio::test]
async fn moves_follow_one_another_whatever_their_order() {
    let before = r#"resource "terraform_data" "one" {}"#;
    let after = r#"
        resource "terraform_data" "three" {}
        moved {
          from = terraform_data.two
          to   = terraform_data.three
        }
        moved {
          from = terraform_data.one
          to   = terraform_data.two
        }
    "#;
    let expected = [("terraform_data.one", "terraform_data.three")];
    only_moves(&[("main.tf", before)], &[("main.tf", after)], &expected).await;
}

#[tokio::test]
async fn positions_become_keys_and_a_whole_resource_keeps_its_keys() {
    let before = r#"
        resource "terraform_data" "by" { count = 2 }
        resource "terraform_data" "all" { for_each = toset(["x", "y"]) }
    "#;
    let after = r#"
        resource "terraform_data" "by" { for_each = toset(["a", "b"]) }
        resource "terraform_data" "every" { for_each = toset(["x", "y"]) }
        moved {
          from = terraform_data.by[1]
          to   = terraform_data.by["a"]
        }
        moved {
          from = terraform_data.by[0]
          to   = terraform_data.by["b"]
        }
        moved {
          from = terraform_data.all
          to   = terraform_data.every
        }
    "#;
    let expected = [
        ("terraform_data.by[1]", "terraform_data.by[\"a\"]"),
        ("terraform_data.by[0]", "terraform_data.by[\"b\"]"),
        ("terraform_data.all[\"x\"]", "terraform_data.every[\"x\"]"),
        ("terraform_data.all[\"y\"]", "terraform_data.every[\"y\"]"),
    ];
    only_moves(&[("main.tf", before)], &[("main.tf", after)], &expected).await;
}

#[tokio::test]
async fn the_first_of_count_and_the_only_one_are_the_same_unless_a_block_says_otherwise() {
    let one = r#"resource "terraform_data" "it" {}"#;
    let many = r#"
        resource "terraform_data" "it" { count = 1 }
    "#;
    let expected = [("terraform_data.it", "terraform_data.it[0]")];
    only_moves(&[("main.tf", one)], &[("main.tf", many)], &expected).await;
    let back = [("terraform_data.it[0]", "terraform_data.it")];
    only_moves(&[("main.tf", many)], &[("main.tf", one)], &back).await;

    let (_folder, project) = project(one);
    project.apply(false).await.unwrap();
    let text = r#"
        resource "terraform_data" "it" { count = 2 }
        moved {
          from = terraform_data.it
          to   = terraform_data.it[1]
        }
    "#;
    project.write("main.tf", text);
    let made = project.plan(false).await.unwrap();
    assert_eq!(moved(&made), pairs(&[("terraform_data.it", "terraform_data.it[1]")]));
    assert_eq!(steps(&made), [("terraform_data.it[0]".to_owned(), Action::Create)]);
}

#[tokio::test]
async fn modules_move_with_all_that_is_in_them() {
    let inner = format!("{PART}\nmodule \"deep\" {{ source = \"../deep\" }}");
    let before =
        [("main.tf", r#"module "a" { source = "./inner" }"#), ("inner/main.tf", &*inner), ("deep/main.tf", PART)];
    let after = r#"
        module "b" {
          source   = "./inner"
          for_each = toset(["k"])
        }
        moved {
          from = module.a
          to   = module.b["k"]
        }
    "#;
    let expected = [
        ("module.a.terraform_data.part", "module.b[\"k\"].terraform_data.part"),
        ("module.a.module.deep.terraform_data.part", "module.b[\"k\"].module.deep.terraform_data.part"),
    ];
    only_moves(&before, &[("main.tf", after)], &expected).await;

    let before = [("main.tf", "module \"a\" {\n source = \"./inner\"\n count = 2\n}"), ("inner/main.tf", PART)];
    let after = "module \"b\" {\n source = \"./inner\"\n count = 2\n}\nmoved {\n from = module.a\n to = module.b\n}";
    let expected = [
        ("module.a[0].terraform_data.part", "module.b[0].terraform_data.part"),
        ("module.a[1].terraform_data.part", "module.b[1].terraform_data.part"),
    ];
    only_moves(&before, &[("main.tf", after)], &expected).await;
}

#[tokio::test]
async fn a_module_says_what_moved_inside_of_it_for_each_of_its_instances() {
    let before = [("main.tf", "module \"a\" {\n source = \"./inner\"\n count = 2\n}"), ("inner/main.tf", PART)];
    let inner = r#"
        resource "terraform_data" "piece" { input = "p" }
        moved {
          from = terraform_data.part
          to   = terraform_data.piece
        }
    "#;
    let expected = [
        ("module.a[0].terraform_data.part", "module.a[0].terraform_data.piece"),
        ("module.a[1].terraform_data.part", "module.a[1].terraform_data.piece"),
    ];
    only_moves(&before, &[("inner/main.tf", inner)], &expected).await;
}

#[tokio::test]
async fn a_move_of_a_module_comes_before_the_moves_inside_of_it() {
    let before = [("main.tf", r#"module "a" { source = "./inner" }"#), ("inner/main.tf", PART)];
    let inner = r#"
        resource "terraform_data" "piece" { input = "p" }
        moved {
          from = terraform_data.part
          to   = terraform_data.piece
        }
    "#;
    let after = "module \"b\" { source = \"./inner\" }\nmoved {\n from = module.a\n to = module.b\n}";
    let expected = [("module.a.terraform_data.part", "module.b.terraform_data.piece")];
    only_moves(&before, &[("main.tf", after), ("inner/main.tf", inner)], &expected).await;
}

#[tokio::test]
async fn what_depends_on_a_moved_object_knows_its_new_name() {
    let text = |name: &str| {
        format!(
            "resource \"terraform_data\" \"{name}\" {{}}\n\
             resource \"terraform_data\" \"user\" {{ input = terraform_data.{name}.id }}"
        )
    };
    let (_folder, project) = project(&text("old"));
    project.apply(false).await.unwrap();
    project.write(
        "main.tf",
        &format!("{}\nmoved {{\n from = terraform_data.old\n to = terraform_data.new\n}}", text("new")),
    );
    project.apply(false).await.unwrap();
    let state = state(&project).await;
    let user = &state.instances[&"terraform_data.user".parse().unwrap()];
    assert_eq!(user.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["terraform_data.new"]);
}

#[tokio::test]
async fn a_moved_object_is_changed_under_its_new_address() {
    let (_folder, project) = project(r#"resource "terraform_data" "old" { input = 1 }"#);
    project.apply(false).await.unwrap();
    let before = state(&project).await;
    let text = "resource \"terraform_data\" \"new\" { input = 2 }\nmoved {\n from = terraform_data.old\n to = terraform_data.new\n}";
    project.write("main.tf", text);
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.new".to_owned(), Action::Update)]);
    assert_eq!(moved(&made), pairs(&[("terraform_data.old", "terraform_data.new")]));
    project.apply(false).await.unwrap();
    let after = state(&project).await;
    assert_eq!(id(&before, "terraform_data.old"), id(&after, "terraform_data.new"));
    assert_eq!(names(&after), ["terraform_data.new"]);
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_move_to_where_there_is_something_is_not_made_and_told() {
    let (_folder, project) = project("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}");
    project.apply(false).await.unwrap();
    let text = "resource \"terraform_data\" \"b\" {}\nmoved {\n from = terraform_data.a\n to = terraform_data.b\n}";
    project.write("main.tf", text);
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.a".to_owned(), Action::Delete)]);
    assert_eq!(moved(&made), []);
    let warnings = project.warnings(false).await;
    assert!(warnings[0].starts_with("Unresolved resource instance address changes: "), "{warnings:?}");
    assert!(warnings[0].contains("terraform_data.a could not move to terraform_data.b"), "{warnings:?}");
}

#[tokio::test]
async fn what_moved_to_nowhere_is_destroyed_for_that_reason() {
    let (_folder, project) = project(r#"resource "terraform_data" "a" {}"#);
    project.apply(false).await.unwrap();
    project.write("main.tf", "moved {\n from = terraform_data.a\n to = terraform_data.b\n}");
    let made = project.plan(false).await.unwrap();
    assert_eq!(made.plan.steps[0].reason.name(), Some("delete_because_no_move_target"));
    assert_eq!(steps(&made), [("terraform_data.b".to_owned(), Action::Delete)]);
    project.apply(false).await.unwrap();
    assert!(state(&project).await.is_empty());
}

#[tokio::test]
async fn what_was_set_aside_moves_along_and_is_deleted_there() {
    let (folder, project) = project(r#"resource "terraform_data" "old" { input = 1 }"#);
    project.apply(false).await.unwrap();
    let path = folder.path().join("state/default.tfstate");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let instances = stored["resources"][0]["instances"].as_array_mut().unwrap();
    let mut aside = instances[0].clone();
    aside["deposed"] = "0a1b2c3d".into();
    instances.push(aside);
    // As another program writes it: without recon's own checksum.
    stored.as_object_mut().unwrap().remove("recon_checksum");
    std::fs::write(&path, stored.to_string()).unwrap();
    let text = r#"
        resource "terraform_data" "new" {
          input = 1
          lifecycle { prevent_destroy = true }
        }
        moved {
          from = terraform_data.old
          to   = terraform_data.new
        }
    "#;
    project.write("main.tf", text);
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.new".to_owned(), Action::Delete)]);
    assert_eq!(made.plan.steps[0].deposed.as_deref(), Some("0a1b2c3d"));
    project.apply(false).await.unwrap();
    let state = state(&project).await;
    assert_eq!((names(&state), state.deposed.len()), (vec!["terraform_data.new".to_owned()], 0));
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_guard_knows_an_object_by_its_new_address() {
    let (_folder, project) = project(r#"resource "terraform_data" "old" { triggers_replace = 1 }"#);
    project.apply(false).await.unwrap();
    let text = r#"
        resource "terraform_data" "new" {
          triggers_replace = 2
          lifecycle { prevent_destroy = true }
        }
        moved {
          from = terraform_data.old
          to   = terraform_data.new
        }
    "#;
    project.write("main.tf", text);
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems[0].starts_with("Instance cannot be destroyed: `terraform_data.new`"), "{problems:?}");
    project.write("main.tf", &text.replace("prevent_destroy = true", "ignore_changes = [triggers_replace]"));
    assert_eq!(steps(&project.plan(false).await.unwrap()), []);
}

#[tokio::test]
async fn what_moved_and_was_taken_over_stays_so_when_a_step_fails() {
    let (_folder, project) = project(r#"resource "terraform_data" "old" { input = 1 }"#);
    project.apply(false).await.unwrap();
    let text = r#"
        resource "terraform_data" "new" {
          input      = 2
          depends_on = [terraform_data.bad]
        }
        moved {
          from = terraform_data.old
          to   = terraform_data.new
        }
        resource "terraform_data" "found" {
          input      = 2
          depends_on = [terraform_data.bad]
        }
        import {
          to = terraform_data.found
          id = "found"
        }
        resource "terraform_data" "bad" {
          lifecycle {
            postcondition {
              condition     = self.id == "never"
              error_message = "As expected."
            }
          }
        }
    "#;
    project.write("main.tf", text);
    project.apply(false).await.unwrap_err();
    let state = state(&project).await;
    assert_eq!(names(&state), ["terraform_data.bad", "terraform_data.found", "terraform_data.new"]);
    let input = |address: &str| state.instances[&address.parse().unwrap()].attributes["input"].clone();
    assert_eq!(input("terraform_data.new")["value"], 1, "the step was not done, the move was");
    assert_eq!(id(&state, "terraform_data.found"), "found");
    assert!(input("terraform_data.found").is_null());
}

#[tokio::test]
async fn a_null_resource_becomes_terraform_data() {
    let (folder, project) = project(
        "moved {\n from = null_resource.a\n to = terraform_data.a\n}\nresource \"terraform_data\" \"a\" { triggers_replace = { v = \"1\" } }",
    );
    let text = r#"{ "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l", "outputs": {}, "resources": [
        { "mode": "managed", "type": "null_resource", "name": "a",
          "provider": "provider[\"registry.terraform.io/hashicorp/null\"]",
          "instances": [{ "schema_version": 0, "attributes": { "id": "77", "triggers": { "v": "1" } } }] }
    ], "check_results": null }"#;
    std::fs::create_dir_all(folder.path().join("state")).unwrap();
    std::fs::write(folder.path().join("state/default.tfstate"), text).unwrap();
    let made = project.plan(false).await.unwrap();
    assert_eq!(moved(&made), pairs(&[("null_resource.a", "terraform_data.a")]));
    project.apply(false).await.unwrap();
    assert_eq!(id(&state(&project).await, "terraform_data.a"), "77");
    assert_settled(&project).await;
}

#[tokio::test]
async fn moves_that_make_no_sense_are_refused() {
    let block = |from: &str, to: &str| format!("moved {{\n from = {from}\n to = {to}\n}}\n");
    let c = "resource \"terraform_data\" \"c\" {}\n";
    let cases = [
        (
            block("terraform_data.a", "terraform_data.c") + &block("terraform_data.b", "terraform_data.c"),
            "Ambiguous move statements",
        ),
        (
            block("terraform_data.a", "terraform_data.c") + &block("terraform_data.a", "terraform_data.d"),
            "Ambiguous move statements",
        ),
        (
            block("terraform_data.a", "terraform_data.b") + &block("terraform_data.b", "terraform_data.a"),
            "Cyclic dependency in move statements",
        ),
        (block("terraform_data.c", "terraform_data.c"), "Redundant move statement"),
        (block("terraform_data.c", "terraform_data.d"), "Moved object still exists"),
        (block("module.m", "terraform_data.c"), "Invalid \"moved\" addresses"),
        (block("data.terraform_data.x", "terraform_data.c"), "Invalid \"moved\" addresses"),
        (block("terraform_data.a[count.index]", "terraform_data.c"), "Invalid expression"),
        (block("\"terraform_data.a\"", "terraform_data.c"), "Invalid expression"),
        (block("var.a", "terraform_data.c"), "Invalid address"),
        (block("terraform_data.a", "terraform_data.c.id"), "Invalid address"),
        ("moved {\n from = terraform_data.a\n}\n".to_owned(), "Missing required argument"),
        (
            "moved \"x\" {\n from = terraform_data.a\n to = terraform_data.c\n}\n".to_owned(),
            "Extraneous label for moved",
        ),
    ];
    for (text, summary) in cases {
        let (_folder, project) = project(&format!("{c}{text}"));
        assert_eq!(refused(&project).await, [summary], "{text}");
    }
}

#[tokio::test]
async fn a_forgotten_object_leaves_state_and_nothing_else_happens_to_it() {
    let (_folder, project) =
        project("resource \"terraform_data\" \"go\" { count = 2 }\nresource \"terraform_data\" \"stay\" {}");
    project.apply(false).await.unwrap();
    let text = "resource \"terraform_data\" \"stay\" {}\nremoved {\n from = terraform_data.go\n lifecycle {\n destroy = false\n }\n}";
    project.write("main.tf", text);
    let made = project.plan(false).await.unwrap();
    let expected =
        [("terraform_data.go[0]".to_owned(), Action::Forget), ("terraform_data.go[1]".to_owned(), Action::Forget)];
    assert_eq!(steps(&made), expected);
    assert_eq!(made.plan.steps[0].reason.name(), Some("delete_because_no_resource_config"));
    assert!(project.warnings(false).await[0].contains("terraform_data.go[1]"));
    let summary = project.apply(false).await.unwrap();
    assert_eq!((summary.counts.forget, summary.counts.destroy), (2, 0));
    assert_eq!(names(&state(&project).await), ["terraform_data.stay"]);
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_removed_module_is_forgotten_or_destroyed_as_the_block_says() {
    for (destroy, action) in [("false", Action::Forget), ("true", Action::Delete)] {
        let (_folder, project) = project("module \"m\" {\n source = \"./m\"\n count = 2\n}");
        project.write("m/main.tf", PART);
        project.apply(false).await.unwrap();
        project
            .write("main.tf", &format!("removed {{\n from = module.m\n lifecycle {{\n destroy = {destroy}\n }}\n}}"));
        let made = project.plan(false).await.unwrap();
        assert!(made.plan.steps.iter().all(|step| step.action == action), "{:?}", steps(&made));
        assert_eq!(made.plan.steps.len(), 2);
        project.apply(false).await.unwrap();
        assert!(state(&project).await.is_empty());
    }
}

#[tokio::test]
async fn removals_that_make_no_sense_are_refused() {
    let a = "resource \"terraform_data\" \"a\" {}\nmodule \"m\" { source = \"./m\" }\n";
    let cases = [
        ("from = terraform_data.a", "Removed resource still exists"),
        ("from = module.m", "Removed module still exists"),
        ("from = module.m.terraform_data.part", "Removed resource still exists"),
        ("from = terraform_data.b[0]", "Resource instance keys not allowed"),
        ("from = module.n[0].terraform_data.b", "Module instance keys not allowed"),
        ("from = data.terraform_data.b", "Data source address not allowed"),
        ("from = \"terraform_data.b\"", "Invalid expression"),
        ("", "Missing required argument"),
        ("from = terraform_data.b\n lifecycle {\n prevent_destroy = true\n }", "Unsupported argument"),
        ("from = terraform_data.b\n lifecycle {\n destroy = var.x\n }", "Variables not allowed"),
    ];
    for (text, summary) in cases {
        let (_folder, project) = project(&format!("{a}removed {{\n {text}\n}}"));
        project.write("m/main.tf", PART);
        assert_eq!(refused(&project).await, [summary], "{text}");
    }
}

#[tokio::test]
async fn objects_are_taken_over_by_the_ids_that_a_map_gives() {
    let text = r#"
        locals { known = { a = "id-a", b = "id-b" } }
        resource "terraform_data" "x" {
          for_each = toset(["a", "b", "c"])
          input    = each.key == "b" ? null : each.key
        }
        import {
          for_each = local.known
          to       = terraform_data.x[each.key]
          id       = each.value
        }
    "#;
    let (_folder, project) = project(text);
    let made = project.plan(false).await.unwrap();
    let imported: Vec<_> =
        made.plan.imports.iter().map(|(address, import)| (address.to_string(), &*import.id)).collect();
    let expected = [("terraform_data.x[\"a\"]".to_owned(), "id-a"), ("terraform_data.x[\"b\"]".to_owned(), "id-b")];
    assert_eq!(imported, expected);
    let expected = [
        ("terraform_data.x[\"a\"]".to_owned(), Action::Update),
        ("terraform_data.x[\"c\"]".to_owned(), Action::Create),
    ];
    assert_eq!(steps(&made), expected);
    let summary = project.apply(false).await.unwrap();
    assert_eq!((summary.counts.import, summary.counts.change, summary.counts.add), (2, 1, 1));
    let state = state(&project).await;
    assert_eq!(id(&state, "terraform_data.x[\"a\"]"), "id-a");
    assert_eq!(id(&state, "terraform_data.x[\"b\"]"), "id-b");
    assert_settled(&project).await;
    assert!(project.plan(false).await.unwrap().plan.imports.is_empty(), "nothing is taken over twice");
}

#[tokio::test]
async fn an_import_reaches_into_modules_and_lists_and_may_lead_to_a_replacement() {
    let text = r#"
        module "m" {
          source = "./m"
          count  = 2
        }
        import {
          for_each = ["zero", "one"]
          to       = module.m[each.key].terraform_data.part
          id       = each.value
        }
        resource "terraform_data" "new" { triggers_replace = "t" }
        import {
          to = terraform_data.new
          id = "old"
        }
    "#;
    let (_folder, project) = project(text);
    project.write("m/main.tf", PART);
    let made = project.plan(false).await.unwrap();
    let expected = [
        ("module.m[0].terraform_data.part".to_owned(), Action::Update),
        ("module.m[1].terraform_data.part".to_owned(), Action::Update),
        ("terraform_data.new".to_owned(), Action::Replace),
    ];
    assert_eq!(steps(&made), expected);
    project.apply(false).await.unwrap();
    let state = state(&project).await;
    assert_eq!(id(&state, "module.m[1].terraform_data.part"), "one");
    assert_ne!(id(&state, "terraform_data.new"), "old");
    assert_settled(&project).await;
}

#[tokio::test]
async fn an_id_may_come_from_what_is_known_but_not_from_what_is_not() {
    let text = r#"
        resource "terraform_data" "first" { input = "the-id" }
        resource "terraform_data" "second" {}
        import {
          to = terraform_data.second
          id = terraform_data.first.VALUE
        }
    "#;
    let (_folder, project) = project(&text.replace("VALUE", "input"));
    let made = project.plan(false).await.unwrap();
    assert_eq!(made.plan.imports.len(), 1);
    project.write("main.tf", &text.replace("VALUE", "id"));
    assert_eq!(refused(&project).await, ["Invalid import id argument"]);
}

#[tokio::test]
async fn an_id_may_come_from_a_data_source_that_is_read_while_planning() {
    let text = r#"
        data "aws_iam_policy_document" "d" {
          statement {
            actions   = ["s3:GetObject"]
            resources = ["*"]
          }
        }
        resource "terraform_data" "it" {}
        import {
          to = terraform_data.it
          id = data.aws_iam_policy_document.d.id
        }
    "#;
    let (_folder, project) = project(text);
    let made = project.plan(false).await.unwrap();
    let import = &made.plan.imports[&"terraform_data.it".parse().unwrap()];
    assert!(import.id.parse::<u64>().is_ok(), "{}", import.id);
    project.apply(false).await.unwrap();
    assert_settled(&project).await;
    project.write("main.tf", "resource \"terraform_data\" \"it\" {}");
    project.apply(false).await.unwrap();
    assert_eq!(names(&state(&project).await), ["terraform_data.it"], "a data source goes with its block");
}

#[tokio::test]
async fn an_object_that_two_addresses_would_manage_is_told() {
    let import = |name: &str| {
        format!(
            "resource \"terraform_data\" \"{name}\" {{}}\nimport {{\n to = terraform_data.{name}\n id = \"x\"\n}}\n"
        )
    };
    let (_folder, project) = project(&(import("a") + &import("b")));
    let told = |warnings: Vec<String>| {
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with("Object imported to a second address"), "{warnings:?}");
        assert!(warnings[0].contains("belongs to `terraform_data.a`"), "{warnings:?}");
    };
    told(project.warnings(false).await);
    project.write("main.tf", &import("a"));
    assert_eq!(project.warnings(false).await, [""; 0]);
    project.apply(false).await.unwrap();
    project.write("main.tf", &(import("a") + &import("b")));
    told(project.warnings(false).await);
}

#[tokio::test]
async fn imports_that_make_no_sense_are_refused() {
    let a = r#"
        resource "terraform_data" "a" {}
        resource "terraform_data" "many" { count = 1 }
        variable "secret" {
          default   = "s"
          sensitive = true
        }
    "#;
    let cases = [
        ("to = terraform_data.none\n id = \"x\"", "Configuration for import target does not exist"),
        ("to = terraform_data.many[3]\n id = \"x\"", "Configuration for import target does not exist"),
        ("to = module.m.terraform_data.a\n id = \"x\"", "Configuration for import target does not exist"),
        ("to = terraform_data.many\n id = \"x\"", "Invalid import 'to' expression"),
        ("to = terraform_data.many[\"x\"]\n id = \"x\"", "Invalid import 'to' expression"),
        ("to = terraform_data.a[0]\n id = \"x\"", "Invalid import 'to' expression"),
        ("to = terraform_data.a\n id = \"\"", "Invalid import id argument"),
        ("to = terraform_data.a\n id = null", "Invalid import id argument"),
        ("to = terraform_data.a\n id = [\"x\"]", "Invalid import id argument"),
        ("to = terraform_data.a\n id = var.secret", "Invalid import id argument"),
        ("to = terraform_data.a\n id = terraform_data.a.id", "Invalid import id argument"),
        ("to = terraform_data.a\n id = each.key", "Reference to \"each\" in context without for_each"),
        ("to = terraform_data.a", "Missing required argument"),
        ("id = \"x\"", "Missing required argument"),
        ("to = data.terraform_data.a\n id = \"x\"", "Invalid import address"),
        ("to = module.m\n id = \"x\"", "Invalid address"),
        ("to = \"terraform_data.a\"\n id = \"x\"", "Invalid expression"),
        ("to = terraform_data.a\n id = \"x\"\n identity = {}", "Unsupported argument"),
        ("to = terraform_data.a\n id = \"x\"\n provider = terraform", "Invalid import provider argument"),
        (
            "to = terraform_data.a\n id = \"x\"\n}\nimport {\n to = terraform_data.a\n id = \"y\"",
            "Duplicate import configuration for \"terraform_data.a\"",
        ),
        (
            "for_each = toset([\"x\", \"y\"])\n to = terraform_data.a\n id = each.key",
            "Duplicate import configuration for \"terraform_data.a\"",
        ),
    ];
    for (text, summary) in cases {
        let (_folder, project) = project(&format!("{a}import {{\n {text}\n}}"));
        assert_eq!(refused(&project).await, [summary], "{text}");
    }
    let (_folder, project) = project("module \"m\" { source = \"./m\" }");
    project
        .write("m/main.tf", "resource \"terraform_data\" \"a\" {}\nimport {\n to = terraform_data.a\n id = \"x\"\n}");
    assert_eq!(refused(&project).await, ["Invalid import configuration"]);
}

const THREE: &str = r#"
    resource "terraform_data" "a" {
      count = 2
      input = 1
    }
    resource "terraform_data" "b" { input = terraform_data.a[0].output }
    resource "terraform_data" "c" { input = terraform_data.b.output }
    output "b" { value = terraform_data.b.output }
    output "c" { value = terraform_data.c.output }
    output "fixed" { value = 1 }
"#;

#[tokio::test]
async fn a_target_takes_along_what_it_needs_and_nothing_else() {
    let (_folder, mut project) = project(THREE);
    project.options.targets = vec!["terraform_data.b".parse().unwrap()];
    let made = project.plan(false).await.unwrap();
    let chosen: Vec<String> = steps(&made).into_iter().map(|(name, _)| name).collect();
    assert_eq!(chosen, ["terraform_data.a[0]", "terraform_data.a[1]", "terraform_data.b"]);
    assert_eq!(made.plan.outputs.iter().map(|output| &*output.name).collect::<Vec<_>>(), ["b"]);
    assert!(project.warnings(false).await[0].starts_with("Resource targeting is in effect"));
    project.apply(false).await.unwrap();
    project.options.targets = vec![];
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.c".to_owned(), Action::Create)]);
    project.apply(false).await.unwrap();

    // Outputs and objects that a target leaves out stay as they are.
    project.write("main.tf", &THREE.replace("input = 1", "input = 2"));
    project.options.targets = vec!["terraform_data.a[1]".parse().unwrap()];
    assert_eq!(steps(&project.plan(false).await.unwrap()), [("terraform_data.a[1]".to_owned(), Action::Update)]);
    project.apply(false).await.unwrap();
    let state = state(&project).await;
    assert_eq!((state.instances.len(), state.outputs.len()), (4, 3));
}

#[tokio::test]
async fn an_instance_that_a_target_leaves_out_keeps_its_value_for_others() {
    let text = r#"
        variable "v" { default = 1 }
        resource "terraform_data" "a" {
          count = 2
          input = var.v
        }
        resource "terraform_data" "b" { input = terraform_data.a[0].output }
    "#;
    let (_folder, mut project) = project(text);
    project.apply(false).await.unwrap();
    project.write("main.tf", &text.replace("= 1", "= 2"));
    project.options.targets = vec!["terraform_data.b".parse().unwrap(), "terraform_data.a[1]".parse().unwrap()];
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.a[1]".to_owned(), Action::Update)]);
    project.apply(false).await.unwrap();
    let state = state(&project).await;
    let input = |address: &str| state.instances[&address.parse().unwrap()].attributes["input"]["value"].clone();
    assert_eq!((input("terraform_data.a[0]"), input("terraform_data.a[1]")), (1.into(), 2.into()));
    assert_eq!(input("terraform_data.b"), 1);
}

#[tokio::test]
async fn a_target_that_names_nothing_is_told() {
    let (_folder, mut project) = project("module \"m\" {\n source = \"./m\"\n count = 2\n}");
    project.write("m/main.tf", PART);
    project.apply(false).await.unwrap();
    project.options.targets = vec!["module.m.terraform_data.part".parse().unwrap()];
    for destroy in [false, true] {
        let warnings = project.warnings(destroy).await;
        assert!(warnings.iter().any(|warning| warning.starts_with("Target names nothing")), "{warnings:?}");
        assert!(project.plan(destroy).await.unwrap().plan.steps.is_empty());
    }
}

#[tokio::test]
async fn what_depends_on_a_target_is_destroyed_with_it() {
    let (_folder, mut project) = project(THREE);
    project.apply(false).await.unwrap();
    project.options.targets = vec!["terraform_data.b".parse().unwrap()];
    let made = project.plan(true).await.unwrap();
    let gone = [("terraform_data.b".to_owned(), Action::Delete), ("terraform_data.c".to_owned(), Action::Delete)];
    assert_eq!(steps(&made), gone);
    project.apply(true).await.unwrap();
    assert_eq!(names(&state(&project).await), ["terraform_data.a[0]", "terraform_data.a[1]"]);
}

#[tokio::test]
async fn what_is_excluded_is_left_out_with_what_depends_on_it() {
    let (_folder, mut project) = project(THREE);
    project.options.exclude = vec!["terraform_data.b".parse().unwrap()];
    let made = project.plan(false).await.unwrap();
    let chosen: Vec<String> = steps(&made).into_iter().map(|(name, _)| name).collect();
    assert_eq!(chosen, ["terraform_data.a[0]", "terraform_data.a[1]"]);
    assert_eq!(made.plan.outputs.iter().map(|output| &*output.name).collect::<Vec<_>>(), ["fixed"]);
    project.options.exclude = vec!["terraform_data.a[1]".parse().unwrap()];
    assert_eq!(steps(&project.plan(false).await.unwrap()), [("terraform_data.a[0]".to_owned(), Action::Create)]);

    project.options.exclude = vec![];
    project.apply(false).await.unwrap();
    // What an object needs cannot be destroyed without it, be it that everything goes or its own block alone.
    project.options.exclude = vec!["terraform_data.b".parse().unwrap()];
    assert_eq!(steps(&project.plan(true).await.unwrap()), [("terraform_data.c".to_owned(), Action::Delete)]);
    let without_a = THREE.replace("resource \"terraform_data\" \"a\" {\n      count = 2\n      input = 1\n    }", "");
    project.write("main.tf", &without_a.replace("terraform_data.a[0].output", "1"));
    assert_eq!(steps(&project.plan(false).await.unwrap()), []);
    project.options.exclude = vec![];
    assert_eq!(steps(&project.plan(false).await.unwrap()).len(), 2);
}

#[tokio::test]
async fn a_target_must_not_leave_out_what_moves() {
    let (_folder, mut project) = project("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}");
    project.apply(false).await.unwrap();
    let text = "resource \"terraform_data\" \"c\" {}\nresource \"terraform_data\" \"b\" {}\nmoved {\n from = terraform_data.a\n to = terraform_data.c\n}";
    project.write("main.tf", text);
    project.options.targets = vec!["terraform_data.b".parse().unwrap()];
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems.iter().any(|problem| problem.starts_with("Moved resource instances excluded by targeting")));
    project.options.targets = vec![];
    project.options.exclude = vec!["terraform_data.c".parse().unwrap()];
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems.iter().any(|problem| problem.starts_with("Moved resource instances excluded by targeting")));
    project.options.exclude = vec![];
    project.options.targets = vec!["terraform_data.a".parse().unwrap(), "terraform_data.c".parse().unwrap()];
    assert_eq!(moved(&project.plan(false).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn one_instance_is_replaced_because_it_is_asked_for() {
    let (_folder, mut project) = project(THREE);
    project.apply(false).await.unwrap();
    project.options.replace = vec!["terraform_data.a[1]".parse().unwrap()];
    let made = project.plan(false).await.unwrap();
    assert_eq!(steps(&made), [("terraform_data.a[1]".to_owned(), Action::Replace)]);
    assert_eq!(made.plan.steps[0].reason.name(), Some("replace_by_request"));
    project.options.replace = vec!["terraform_data.a".parse().unwrap()];
    assert!(project.plan(false).await.unwrap().plan.is_empty());
    let warnings = project.warnings(false).await;
    assert!(warnings[0].starts_with("Incompletely-matched force-replace resource instance"), "{warnings:?}");
    assert!(warnings[0].contains("`terraform_data.a[1]`"), "{warnings:?}");
}

#[tokio::test]
async fn each_reason_for_a_deletion_is_told_apart() {
    let before = r#"
        resource "terraform_data" "none" {}
        resource "terraform_data" "count" { count = 2 }
        resource "terraform_data" "each" { for_each = toset(["a"]) }
        resource "terraform_data" "other" { count = 1 }
        module "m" {
          source = "./m"
          count  = 1
        }
        module "n" { source = "./m" }
    "#;
    let after = r#"
        resource "terraform_data" "count" { count = 1 }
        resource "terraform_data" "each" { for_each = toset([]) }
        resource "terraform_data" "other" { for_each = toset([]) }
        module "m" {
          source = "./m"
          count  = 0
        }
    "#;
    let (_folder, project) = project(before);
    project.write("m/main.tf", PART);
    project.apply(false).await.unwrap();
    project.write("main.tf", after);
    let made = project.plan(false).await.unwrap();
    let mut reasons: Vec<_> =
        made.plan.steps.iter().map(|step| (step.address.to_string(), step.reason.name().unwrap())).collect();
    reasons.sort();
    let expected = [
        ("module.m[0].terraform_data.part", "delete_because_no_module"),
        ("module.n.terraform_data.part", "delete_because_no_resource_config"),
        ("terraform_data.count[1]", "delete_because_count_index"),
        ("terraform_data.each[\"a\"]", "delete_because_each_key"),
        ("terraform_data.none", "delete_because_no_resource_config"),
        ("terraform_data.other[0]", "delete_because_wrong_repetition"),
    ];
    let expected: Vec<_> = expected.iter().map(|(address, reason)| (address.to_string(), *reason)).collect();
    assert_eq!(reasons, expected);
}
