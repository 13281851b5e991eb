//! Conditions and checks, from plan to state.

use recon::plan::checks::{CheckResults, Status};

use super::{assert_settled, project};

/// The status of each object with conditions.
fn statuses(results: &CheckResults) -> Vec<(String, Status)> {
    let all = results.iter().flat_map(|(checked, instances)| {
        instances.iter().map(move |(at, found)| (CheckResults::address(checked, at), found.status))
    });
    all.collect()
}

fn named(expected: &[(&str, Status)]) -> Vec<(String, Status)> {
    expected.iter().map(|(name, status)| ((*name).to_owned(), *status)).collect()
}

const LATER: &str = r#"
    resource "terraform_data" "x" {
      input = "ready"
      lifecycle {
        postcondition {
          condition     = self.id != "ready"
          error_message = "Not ready."
        }
      }
    }
    check "later" {
      assert {
        condition     = terraform_data.x.id != "ready"
        error_message = "It has ${length(terraform_data.x.id)} characters."
      }
    }
"#;

#[tokio::test]
async fn what_a_plan_cannot_tell_apply_tells_and_state_keeps() {
    let (_folder, project) = project(LATER);
    let made = project.plan(false).await.unwrap();
    let expected = [("terraform_data.x", Status::Unknown), ("check.later", Status::Unknown)];
    assert_eq!(statuses(&made.plan.checks), named(&expected));
    let summary = project.apply(false).await.unwrap();
    let expected = [("terraform_data.x", Status::Pass), ("check.later", Status::Pass)];
    assert_eq!(statuses(&summary.checks), named(&expected));
    let state = project.state().await.unwrap();
    assert_eq!(state.check_results, summary.checks.to_state());
    assert_eq!(state.check_results[1]["objects"][0]["object_addr"], "check.later");
    assert_settled(&project).await;
    assert_eq!(statuses(&project.plan(false).await.unwrap().plan.checks), named(&expected));
    project.apply(true).await.unwrap();
    assert!(project.state().await.unwrap().check_results.is_null());
}

#[tokio::test]
async fn a_failed_check_stops_nothing_and_is_recorded_with_its_message() {
    let (_folder, project) = project(&LATER.replace("terraform_data.x.id != ", "terraform_data.x.id == "));
    let summary = project.apply(false).await.unwrap();
    assert_eq!(statuses(&summary.checks)[1], ("check.later".to_owned(), Status::Fail));
    let state = project.state().await.unwrap();
    assert_eq!(state.check_results[1]["objects"][0]["failure_messages"][0], "It has 36 characters.");
}

#[tokio::test]
async fn a_condition_of_an_object_that_stays_is_settled_by_apply() {
    let text = |size: u8, limit: u8| {
        format!(
            r#"
            resource "terraform_data" "size" {{ triggers_replace = {size} }}
            resource "terraform_data" "stays" {{
              lifecycle {{
                precondition {{
                  condition     = length(terraform_data.size.id) < {limit}
                  error_message = "Too large."
                }}
              }}
            }}
        "#
        )
    };
    let (_folder, project) = project(&text(1, 40));
    project.apply(false).await.unwrap();
    project.write("main.tf", &text(2, 40));
    let made = project.plan(false).await.unwrap();
    assert_eq!(made.plan.steps.len(), 1);
    assert_eq!(statuses(&made.plan.checks), named(&[("terraform_data.stays", Status::Unknown)]));
    let summary = project.apply(false).await.unwrap();
    assert_eq!(statuses(&summary.checks), named(&[("terraform_data.stays", Status::Pass)]));
    project.write("main.tf", &text(3, 3));
    let problems = project.apply(false).await.err().unwrap();
    assert_eq!(problems, ["Resource precondition failed: Too large."]);
}

#[tokio::test]
async fn conditions_are_known_by_instance() {
    let text = r#"
        module "m" {
          source   = "./m"
          for_each = { good = 1, bad = 0 }
          v        = each.value
        }
        module "none" {
          source = "./m"
          count  = 0
          v      = 1
        }
    "#;
    let inner = r#"
        variable "v" {
          validation {
            condition     = var.v < 5
            error_message = "Too large."
          }
        }
        check "nonzero" {
          assert {
            condition     = var.v != 0
            error_message = "Zero."
          }
        }
        output "v" {
          value = var.v
          precondition {
            condition     = var.v >= 0
            error_message = "Negative."
          }
        }
    "#;
    let (_folder, project) = project(text);
    project.write("m/main.tf", inner);
    let made = project.plan(false).await.unwrap();
    let expected = [
        ("module.m[\"bad\"].output.v", Status::Pass),
        ("module.m[\"good\"].output.v", Status::Pass),
        ("module.m[\"bad\"].check.nonzero", Status::Fail),
        ("module.m[\"good\"].check.nonzero", Status::Pass),
        ("module.m[\"bad\"].var.v", Status::Pass),
        ("module.m[\"good\"].var.v", Status::Pass),
    ];
    assert_eq!(statuses(&made.plan.checks), named(&expected));
    let stored = made.plan.checks.to_state();
    let none = stored.as_array().unwrap().iter().find(|it| it["config_addr"] == "module.none.check.nonzero");
    assert!(none.is_some_and(|it| it["status"] == "pass" && it["objects"].is_null()), "{stored}");
    project.write("main.tf", &text.replace("bad = 0", "bad = 9"));
    assert_eq!(project.plan(false).await.err().unwrap(), ["Invalid value for variable: Too large."]);
}

#[tokio::test]
async fn a_validation_may_refer_to_what_depends_on_its_variable() {
    let text = r#"
        variable "size" {
          default = 2
          validation {
            condition     = var.size < local.limit
            error_message = "At most ${local.limit}."
          }
        }
        locals { limit = var.size * 0 + 3 }
        resource "terraform_data" "x" { input = var.size }
    "#;
    let (_folder, project) = project(text);
    project.apply(false).await.unwrap();
    project.write("main.tf", &text.replace("default = 2", "default = 4"));
    assert_eq!(project.plan(false).await.err().unwrap(), ["Invalid value for variable: At most 3."]);
}

#[tokio::test]
async fn ephemeral_values_pass_through_and_are_refused_where_they_would_be_stored() {
    let text = r#"
        variable "token" {
          default   = "t0ken"
          ephemeral = true
        }
        module "m" {
          source = "./m"
          token  = "${var.token}-x"
        }
        output "seen" { value = ephemeralasnull(module.m.token) == null }
    "#;
    let inner =
        "variable \"token\" { ephemeral = true }\noutput \"token\" {\n  value = var.token\n  ephemeral = true\n}\n";
    let (_folder, project) = project(text);
    project.write("m/main.tf", inner);
    project.apply(false).await.unwrap();
    let refused = [
        ("resource \"terraform_data\" \"x\" {\n input = [var.token]\n }", "Invalid use of ephemeral value"),
        ("resource \"terraform_data\" \"x\" {\n count = length(var.token)\n }", "Invalid count argument"),
        ("resource \"terraform_data\" \"x\" {\n for_each = toset([var.token])\n }", "Invalid for_each argument"),
        ("output \"o\" {\n value = var.token\n }", "Ephemeral value not allowed"),
        ("output \"o\" {\n value = module.m.token\n }", "Ephemeral value not allowed"),
        ("module \"n\" {\n source = \"./n\"\n plain = var.token\n }", "Ephemeral value not allowed"),
        (
            "ephemeral \"random_password\" \"p\" {}\n locals {\n p = ephemeral.random_password.p.result\n }",
            "Invalid ephemeral resource",
        ),
    ];
    project.write("n/main.tf", "variable \"plain\" {}\n");
    for (more, summary) in refused {
        project.write("main.tf", &format!("{text}\n{more}\n"));
        let problems = project.plan(false).await.err().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{more}: {problems:?}");
        assert!(problems[0].starts_with(summary), "{more}: {problems:?}");
        assert!(!problems[0].contains("t0ken"), "{problems:?}");
    }
    project.write("main.tf", &format!("{text}\nephemeral \"random_password\" \"p\" {{\n count = 0\n }}\n"));
    assert_settled(&project).await;
}

#[tokio::test]
async fn a_value_that_becomes_sensitive_is_an_update() {
    let text = "resource \"terraform_data\" \"s\" { input = \"v\" }\n";
    let (_folder, project) = project(text);
    project.apply(false).await.unwrap();
    for text in [text.replace("\"v\"", "sensitive(\"v\")"), text.to_owned()] {
        project.write("main.tf", &text);
        let summary = project.apply(false).await.unwrap();
        assert_eq!((summary.counts.add, summary.counts.change), (0, 1), "{text}");
        let state = project.state().await.unwrap();
        let instance = &state.instances[&"terraform_data.s".parse().unwrap()];
        assert_eq!(instance.has_secrets(), text.contains("sensitive"));
        assert_settled(&project).await;
    }
}

#[tokio::test]
async fn a_replaced_object_takes_up_what_was_ignored() {
    let text = |input: u8, trigger: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n input = {input}\n triggers_replace = {trigger}\n lifecycle {{\n \
             ignore_changes = [input]\n }}\n}}\noutput \"o\" {{ value = terraform_data.a.output }}\n"
        )
    };
    let (_folder, project) = project(&text(1, 1));
    project.apply(false).await.unwrap();
    project.write("main.tf", &text(2, 1));
    assert_settled(&project).await;
    project.write("main.tf", &text(2, 2));
    project.apply(false).await.unwrap();
    assert_eq!(format!("{:?}", project.state().await.unwrap().outputs["o"].value), "2");
    assert_settled(&project).await;
}

#[cfg(unix)]
#[tokio::test]
async fn provisioners_of_a_removed_block_run_before_the_object_goes() {
    let (folder, project) = project("resource \"terraform_data\" \"x\" { input = \"last words\" }\n");
    project.apply(false).await.unwrap();
    let text = "removed {\n from = terraform_data.x\n provisioner \"local-exec\" {\n when = destroy\n command = \"echo \
                ${self.input} > said\"\n }\n}\n";
    project.write("main.tf", &text.replace(" when = destroy\n", ""));
    let problems = project.plan(false).await.err().unwrap();
    assert!(problems[0].starts_with("Invalid provisioner block"), "{problems:?}");
    project.write("main.tf", text);
    project.apply(false).await.unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("said")).unwrap(), "last words\n");
    assert!(project.state().await.unwrap().is_empty());
}
