//! One step of a case: the commands in turn, and what each must answer.

use serde_json::Value as Json;

use super::case::{Case, Step};
use super::compare;
use super::process::{Answer, Workplace};

/// What is not as recorded.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) core: Vec<String>,
    pub(super) detail: Vec<String>,
}

const PLAN: &str = "recon.plan";

/// Runs the steps of a case. What follows a step that went wrong would only repeat that it did.
pub(super) fn run(case: &Case) -> Findings {
    let folder = tempfile::tempdir().unwrap();
    let mut findings = Findings::default();
    for (i, step) in case.steps.iter().enumerate() {
        step.set_up(folder.path());
        let place = Workplace { folder: folder.path(), step };
        let mut found = Findings::default();
        match step.expect["error"] == true {
            true => fails(&place, &mut found),
            false => succeeds(&place, &mut found),
        }
        let name = |text: String| format!("step {}: {text}", i + 1);
        let failed = !found.core.is_empty();
        findings.core.extend(found.core.into_iter().map(name));
        findings.detail.extend(found.detail.into_iter().map(name));
        if failed {
            break;
        }
    }
    findings
}

fn plan(place: &Workplace<'_>) -> Answer {
    let out = format!("-out={PLAN}");
    let mut first = vec!["-json", "-input=false", &out];
    if place.step.command == "destroy" {
        first.push("-destroy");
    }
    first.extend(place.step.options.iter().map(String::as_str));
    place.run("plan", &place.with_variables(&first))
}

fn apply(place: &Workplace<'_>) -> Answer {
    place.run("apply", &place.with_variables(&["-json", "-input=false", PLAN]))
}

fn succeeds(place: &Workplace<'_>, findings: &mut Findings) {
    let Step { expect, command, .. } = place.step;
    let planned = plan(place);
    if !planned.succeeded {
        findings.core.push(format!("plan failed: {}", planned.said()));
        return;
    }
    compare_plan(place, &planned, findings);
    if command == "plan" || !findings.core.is_empty() {
        return;
    }
    let applied = apply(place);
    if !applied.succeeded {
        findings.core.push(format!("apply failed: {}", applied.said()));
        return;
    }
    match place.run("output", &["-json"]).json() {
        Ok(json) => compare::outputs(&expect["outputs"], &json, findings),
        Err(why) => findings.core.push(format!("output -json {why}")),
    }
    match place.run("show", &["-json"]).json() {
        Ok(json) => {
            compare::resources(&expect["resources"], &json, findings);
            compare::checks(&expect["checks"], &json["checks"], findings);
        }
        Err(why) => findings.core.push(format!("show -json {why}")),
    }
}

fn compare_plan(place: &Workplace<'_>, planned: &Answer, findings: &mut Findings) {
    let expect = &place.step.expect["plan"];
    match place.run("show", &place.with_variables(&["-json", PLAN])).json() {
        Ok(json) => compare::plan(expect, &json, findings),
        Err(why) => findings.core.push(format!("show -json FILE {why}")),
    }
    let warnings = planned.diagnostics().into_iter().filter(|problem| problem["severity"] == "warning");
    compare::warnings(&expect["warnings"], &warnings.collect::<Vec<Json>>(), findings);
}

/// A step whose command must fail: with the command that notices first, or with an earlier one.
fn fails(place: &Workplace<'_>, findings: &mut Findings) {
    let expect = &place.step.expect;
    if expect["phase"] == "validate" {
        let validated = place.run("validate", &["-json"]);
        if !validated.succeeded {
            compare::errors(expect, &validated, findings);
            return;
        }
        findings.detail.push("validate finds nothing".into());
    }
    let planned = plan(place);
    if !planned.succeeded {
        compare::errors(expect, &planned, findings);
        return;
    }
    if !expect["plan"].is_null() {
        compare_plan(place, &planned, findings);
    }
    if place.step.command != "plan" {
        let applied = apply(place);
        if !applied.succeeded {
            compare::errors(expect, &applied, findings);
            return;
        }
    }
    findings.core.push(format!("nothing fails; recorded is: {}", expect["summary"].as_str().unwrap_or_default()));
}
