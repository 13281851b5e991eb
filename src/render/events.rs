//! What happens, as events for programs: the lines of `terraform plan -json` and `terraform apply -json`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::diagnostics_json;
use super::state_json::index;
use crate::address::{Address, Mode};
use crate::apply::event::{Doing, Event};
use crate::diagnostic::{Diagnostic, Severity, SourceMap};
use crate::plan::step::{Action, Counts, Plan};
use crate::plan::watch::Read;
use crate::state::TERRAFORM_VERSION;
use crate::value::Value;
use crate::value::json::{to_json, type_to_json};

/// An event: its type, one line for people, how grave it is, and what belongs to the type.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    ty: &'static str,
    message: String,
    level: &'static str,
    members: Map<String, Json>,
}

fn told(ty: &'static str, message: String, name: &str, member: Json) -> Told {
    Told { ty, message, level: "info", members: Map::from_iter([(name.to_owned(), member)]) }
}

/// An event as one line.
pub fn line(event: &Told, now: Timestamp) -> String {
    let mut out = Map::new();
    out.insert("@level".into(), event.level.into());
    out.insert("@message".into(), event.message.as_str().into());
    out.insert("@module".into(), "terraform.ui".into());
    out.insert("@timestamp".into(), now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into());
    out.extend(event.members.clone());
    out.insert("type".into(), event.ty.into());
    format!("{}\n", Json::from(out))
}

/// The first event: which program speaks, and in which form.
pub fn version() -> Told {
    let own = env!("CARGO_PKG_VERSION");
    let mut event = told("version", format!("recon {own}"), "terraform", TERRAFORM_VERSION.into());
    event.members.insert("recon".into(), own.into());
    event.members.insert("ui".into(), "1.2".into());
    event
}

/// A problem.
pub fn diagnostic(problem: &Diagnostic, sources: &SourceMap) -> Told {
    let message = format!("{}: {}", problem.severity, problem.summary);
    let member = diagnostics_json::diagnostic(problem, sources);
    let level = if problem.severity == Severity::Error { "error" } else { "warn" };
    Told { level, ..told("diagnostic", message, "diagnostic", member) }
}

/// A plan: what others changed, what is done with each object, how many of each, and the outputs.
pub fn plan(plan: &Plan) -> Vec<Told> {
    let mut events = Vec::new();
    for drift in &plan.drift {
        let action = if drift.gone { "delete" } else { "update" };
        let change = json!({"resource": resource(&drift.address), "action": action});
        events.push(told("resource_drift", format!("{}: Drift detected ({action})", drift.address), "change", change));
    }
    let stored = plan.steps.iter().filter(|step| step.address.resource.mode != Mode::Ephemeral);
    let steps = stored.map(|step| (&step.address, action_of(step.action), step.reason.name()));
    let others = plan.imports.keys().map(|address| (address, "import", None));
    let others = others.chain(plan.moved.keys().map(|address| (address, "move", None)));
    let mut planned: BTreeMap<&Address, (&str, Option<&str>)> = others.map(|(a, b, c)| (a, (b, c))).collect();
    let mut deposed = Vec::new();
    for (address, action, reason) in steps {
        if let Some(before) = planned.insert(address, (action, reason))
            && !matches!(before.0, "import" | "move")
        {
            deposed.push((address, before));
        }
    }
    let all = planned.into_iter().chain(deposed);
    events.extend(all.map(|(address, (action, reason))| planned_change(plan, address, action, reason)));
    events.push(summary(plan.counts(), "plan"));
    let changed = plan.outputs.iter().map(|change| {
        let action = match (&change.before, &change.after) {
            (None, _) => "create",
            (_, None) => "delete",
            _ => "update",
        };
        let flag = [&change.after, &change.before].into_iter().flatten().next().is_some_and(Value::is_sensitive);
        (change.name.to_string(), json!({"sensitive": flag, "action": action}))
    });
    let mut outputs: Map<String, Json> = changed.collect();
    for (name, value) in &plan.output_values {
        outputs.entry(name.to_string()).or_insert_with(|| json!({"sensitive": value.is_sensitive(), "action": "noop"}));
    }
    outputs.sort_keys();
    if !outputs.is_empty() {
        events.push(told("outputs", format!("Outputs: {}", outputs.len()), "outputs", outputs.into()));
    }
    events
}

fn action_of(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Read => "read",
        Action::Forget => "remove",
    }
}

fn planned_change(plan: &Plan, address: &Address, action: &str, reason: Option<&str>) -> Told {
    let mut change = json!({"resource": resource(address), "action": action});
    if let Some(before) = plan.moved.get(address) {
        change["previous_resource"] = resource(before);
    }
    if let Some(import) = plan.imports.get(address) {
        change["importing"] = json!({"id": &*import.id});
    }
    if let Some(reason) = reason {
        // Replacements have shorter names here than in a plan.
        let name = match reason {
            "replace_by_request" => "requested",
            "replace_by_triggers" => "replace_triggered_by",
            other => other.strip_prefix("replace_because_").unwrap_or(other),
        };
        change["reason"] = name.into();
    }
    told("planned_change", format!("{address}: Plan to {action}"), "change", change)
}

/// How many of each are planned, or were done.
pub fn summary(counts: Counts, operation: &str) -> Told {
    let Counts { import, add, change, destroy, .. } = counts;
    let imports = |word: &str| if import > 0 { format!("{import} {word}, ") } else { String::new() };
    let message = match operation {
        "plan" => format!("Plan: {}{add} to add, {change} to change, {destroy} to destroy.", imports("to import")),
        "destroy" => format!("Destroy complete! Resources: {destroy} destroyed."),
        _ => format!(
            "Apply complete! Resources: {}{add} added, {change} changed, {destroy} destroyed.",
            imports("imported")
        ),
    };
    let changes = json!({"add": add, "change": change, "import": import, "remove": destroy, "operation": operation});
    told("change_summary", message, "changes", changes)
}

/// The outputs after an apply. Sensitive ones are named without their values.
pub fn outputs(values: &[(std::sync::Arc<str>, Value)]) -> Told {
    let output = |value: &Value| {
        let mut out = json!({"sensitive": value.is_sensitive(), "type": type_to_json(&value.ty())});
        if !value.is_sensitive() {
            out["value"] = to_json(value);
        }
        out
    };
    let mut all: Map<String, Json> = values.iter().map(|(name, value)| (name.to_string(), output(value))).collect();
    all.sort_keys();
    told("outputs", format!("Outputs: {}", all.len()), "outputs", all.into())
}

/// Something that happened during apply. What has no form of its own, such as a wait, is a line of the log.
pub fn progress(event: &Event) -> Told {
    let hook = |address: &Address, doing: Doing, id: Option<&String>| {
        let mut hook = json!({"resource": resource(address), "action": action(doing)});
        if let Some(id) = id {
            hook["id_key"] = "id".into();
            hook["id_value"] = id.as_str().into();
        }
        hook
    };
    let with_id = |id: Option<&String>| id.map_or_else(String::new, |id| format!(" [id={id}]"));
    match event {
        Event::Started { address, doing, id } => {
            let message = format!("{address}: {}...{}", gerund(*doing), with_id(id.as_ref()));
            told("apply_start", message, "hook", hook(address, *doing, id.as_ref()))
        }
        Event::Finished { address, doing, took, id } => {
            let seconds = took.as_secs();
            let message =
                format!("{address}: {} complete after {}{}", noun(*doing), time(seconds), with_id(id.as_ref()));
            let mut hook = hook(address, *doing, id.as_ref());
            hook["elapsed_seconds"] = seconds.into();
            told("apply_complete", message, "hook", hook)
        }
        // The problem itself is told as a diagnostic when the run ends.
        Event::Failed { address, doing, took, problem: _ } => {
            let seconds = took.as_secs();
            let mut hook = hook(address, *doing, None);
            hook["elapsed_seconds"] = seconds.into();
            let message = format!("{address}: {} errored after {}", noun(*doing), time(seconds));
            told("apply_errored", message, "hook", hook)
        }
        Event::Note { address, text } => {
            told("log", format!("{address}: {text}"), "address", address.to_string().into())
        }
        Event::Provisioning { address, name } => {
            let hook = json!({"resource": resource(address), "provisioner": name});
            told("provision_start", format!("{address}: Provisioning with '{name}'..."), "hook", hook)
        }
        Event::Provisioned { address, name, succeeded } => {
            let (ty, what) =
                if *succeeded { ("provision_complete", "complete") } else { ("provision_errored", "errored") };
            let hook = json!({"resource": resource(address), "provisioner": name});
            told(ty, format!("{address}: ({name}) Provisioning {what}"), "hook", hook)
        }
        Event::Said { address, name, line } => {
            let hook = json!({"resource": resource(address), "provisioner": name, "output": line});
            told("provision_progress", format!("{address}: ({name}): {line}"), "hook", hook)
        }
        Event::Stopping { under_way } => {
            told("log", "Stopping: nothing new is begun.".into(), "under_way", (*under_way).into())
        }
    }
}

/// An operation that goes on.
pub fn still(address: &Address, doing: Doing, elapsed: Duration) -> Told {
    let seconds = elapsed.as_secs();
    let message = format!("{address}: Still {}... [{} elapsed]", gerund(doing).to_lowercase(), time(seconds));
    let hook = json!({"resource": resource(address), "action": action(doing), "elapsed_seconds": seconds});
    told("apply_progress", message, "hook", hook)
}

/// What is asked about an object that state knows.
pub fn read(read: &Read<'_>) -> Option<Told> {
    let (ty, what, address, id) = match read {
        Read::Asked(_) => return None,
        Read::Begun { address, id } => ("refresh_start", "Refreshing state...", address, id),
        Read::Ended { address, id } => ("refresh_complete", "Refresh complete", address, id),
    };
    let mut hook = json!({"resource": resource(address)});
    if let Some(id) = id {
        hook["id_key"] = "id".into();
        hook["id_value"] = (*id).into();
    }
    let id = id.map_or_else(String::new, |id| format!(" [id={id}]"));
    Some(told(ty, format!("{address}: {what}{id}"), "hook", hook))
}

/// A time as Go writes it.
fn time(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds {
        0..60 => format!("{rest}s"),
        60..3600 => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

fn action(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "create",
        Doing::Updating => "update",
        Doing::Destroying => "delete",
        Doing::Reading => "read",
    }
}

fn gerund(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "Creating",
        Doing::Updating => "Modifying",
        Doing::Destroying => "Destroying",
        Doing::Reading => "Reading",
    }
}

fn noun(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "Creation",
        Doing::Updating => "Modifications",
        Doing::Destroying => "Destruction",
        Doing::Reading => "Read",
    }
}

fn resource(address: &Address) -> Json {
    let own = &address.resource;
    let full = address.to_string();
    let module = own.module.to_string();
    let within = full.strip_prefix(&format!("{module}.")).unwrap_or(&full).to_owned();
    json!({
        "addr": full,
        "module": module,
        "resource": within,
        "implied_provider": own.ty.split('_').next().unwrap_or(&own.ty),
        "resource_type": &*own.ty,
        "resource_name": &*own.name,
        "resource_key": index(&address.key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_in_terraforms_form() {
        let event = summary(Counts { add: 1, change: 2, ..Counts::default() }, "plan");
        let now = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        insta::assert_snapshot!(line(&event, now), @r#"{"@level":"info","@message":"Plan: 1 to add, 2 to change, 0 to destroy.","@module":"terraform.ui","@timestamp":"2026-01-02T03:04:05.678901Z","changes":{"add":1,"change":2,"import":0,"remove":0,"operation":"plan"},"type":"change_summary"}"#);
    }

    #[test]
    fn a_resource_is_named_as_a_whole_and_within_its_module() {
        let told = resource(&r#"module.m[0].aws_x.y["k"]"#.parse().unwrap());
        assert_eq!(told["module"], "module.m[0]");
        assert_eq!(told["resource"], r#"aws_x.y["k"]"#);
        assert_eq!(told["resource_key"], "k");
        assert_eq!(told["implied_provider"], "aws");
    }

    #[test]
    fn long_operations_and_reads_are_told() {
        let address: Address = "terraform_data.slow".parse().unwrap();
        let event = still(&address, Doing::Updating, Duration::from_millis(60_400));
        assert_eq!(event.message, "terraform_data.slow: Still modifying... [1m0s elapsed]");
        assert_eq!((event.ty, &event.members["hook"]["elapsed_seconds"]), ("apply_progress", &json!(60)));
        assert_eq!(event.members["hook"]["action"], "update");
        let secret = read(&Read::Begun { address: &address, id: None }).unwrap();
        assert_eq!((secret.ty, &*secret.message), ("refresh_start", "terraform_data.slow: Refreshing state..."));
        assert_eq!(read(&Read::Asked(3)), None);
    }

    #[test]
    fn a_secret_output_has_no_value() {
        let secret = Value::string("hush").marked(crate::value::Marks::SENSITIVE);
        let text = line(&outputs(&[("s".into(), secret), ("n".into(), 1.into())]), Timestamp::UNIX_EPOCH);
        assert!(
            !text.contains("hush") && text.contains(r#""n":{"sensitive":false,"type":"number","value":1}"#),
            "{text}"
        );
    }
}
