//! The formats: a file name, and how the binary makes what is in it.

use serde_json::Value as Json;

use crate::cli::{Answer, Folder};

/// One form that a project is shown in.
pub(super) struct Format {
    /// The file in `expected/`.
    pub(super) file: &'static str,
    /// Makes the text, or says why it cannot.
    pub(super) make: fn(&Folder, &[&str]) -> Result<String, String>,
}

/// Every form. A new output format is one row here.
pub(super) const FORMATS: &[Format] = &[
    Format { file: "plan.txt", make: plan_text },
    Format { file: "events.jsonl", make: events },
    Format { file: "plan.json", make: plan_json },
    Format { file: "plan.md", make: markdown },
    Format { file: "page.json", make: page },
    Format { file: "permissions.json", make: permissions },
    Format { file: "graph.dot", make: dot },
    Format { file: "graph.mmd", make: mermaid },
    Format { file: "graph.svg", make: svg },
    Format { file: "state.txt", make: state_text },
    Format { file: "state.json", make: state_json },
];

/// Runs a command with credentials that nobody takes and an endpoint where nobody listens.
fn run(folder: &Folder, arguments: &[&str]) -> Result<Answer, String> {
    let mut command = folder.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "none").env("AWS_SECRET_ACCESS_KEY", "none");
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("COLUMNS", "100");
    let answer = Answer::from(command.output().map_err(|error| error.to_string())?);
    if answer.code == Some(0) { Ok(answer) } else { Err(format!("{answer:#?}")) }
}

fn plan(folder: &Folder, own: &[&str], given: &[&str]) -> Result<Answer, String> {
    run(folder, &[&["plan", "-refresh=false", "-input=false"], own, given].concat())
}

/// The plan for people, and what is warned of.
fn plan_text(folder: &Folder, given: &[&str]) -> Result<String, String> {
    let answer = plan(folder, &[], given)?;
    Ok(format!("{}{}", answer.stdout, answer.stderr))
}

fn events(folder: &Folder, given: &[&str]) -> Result<String, String> {
    let mut out = String::new();
    for line in plan(folder, &["-json"], given)?.stdout.lines() {
        let mut event: Json = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        event["@timestamp"] = "(time)".into();
        out.push_str(&format!("{event}\n"));
    }
    Ok(out.replace(env!("CARGO_PKG_VERSION"), "(version)"))
}

fn plan_json(folder: &Folder, given: &[&str]) -> Result<String, String> {
    plan(folder, &["-out=saved.plan"], given)?;
    let shown = run(folder, &["show", "-json", "saved.plan"]);
    std::fs::remove_file(folder.path().join("saved.plan")).map_err(|error| error.to_string())?;
    pretty(&shown?.stdout)
}

fn markdown(folder: &Folder, given: &[&str]) -> Result<String, String> {
    plan(folder, &["-markdown=plan.md"], given)?;
    Ok(folder.read("plan.md"))
}

/// What the page for a browser shows; how it shows it is the same for every project.
fn page(folder: &Folder, given: &[&str]) -> Result<String, String> {
    plan(folder, &["-html=plan.html"], given)?;
    let page = folder.read("plan.html");
    let (_, rest) = page.split_once("type=\"application/json\">").ok_or("the page has no data")?;
    let data = rest.split("</script>").next().unwrap_or_default();
    let mut data: Json = serde_json::from_str(data).map_err(|error| error.to_string())?;
    data["time"] = "(time)".into();
    data["version"] = "(version)".into();
    Ok(format!("{data:#}\n"))
}

fn permissions(folder: &Folder, given: &[&str]) -> Result<String, String> {
    // Without credentials nobody is asked for the account.
    let arguments = [&["plan", "-refresh=false", "-input=false", "-permissions"], given].concat();
    let mut command = folder.command(&arguments);
    command.env_remove("AWS_SECRET_ACCESS_KEY").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder.path());
    let answer = Answer::from(command.output().map_err(|error| error.to_string())?);
    if answer.code == Some(0) { Ok(answer.stdout) } else { Err(format!("{answer:#?}")) }
}

fn dot(folder: &Folder, _: &[&str]) -> Result<String, String> {
    Ok(run(folder, &["graph"])?.stdout)
}

fn mermaid(folder: &Folder, _: &[&str]) -> Result<String, String> {
    Ok(run(folder, &["graph", "-format=mermaid"])?.stdout)
}

fn svg(folder: &Folder, _: &[&str]) -> Result<String, String> {
    Ok(run(folder, &["graph", "-format=svg"])?.stdout)
}

fn state_text(folder: &Folder, _: &[&str]) -> Result<String, String> {
    Ok(run(folder, &["show"])?.stdout)
}

fn state_json(folder: &Folder, _: &[&str]) -> Result<String, String> {
    pretty(&run(folder, &["show", "-json"])?.stdout)
}

/// JSON with a member on each line, and without what is another one in every run.
fn pretty(text: &str) -> Result<String, String> {
    let mut json: Json = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
    if json.get("timestamp").is_some() {
        json["timestamp"] = "(time)".into();
    }
    Ok(format!("{json:#}\n"))
}
