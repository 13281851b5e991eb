//! `recon output`

use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value as Json, json};

use super::args::StatePlace;
use super::change;
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;
use crate::diagnostic::did_you_mean;
use crate::state::OutputState;
use crate::value::json::{to_json, type_to_json};
use crate::value::{Data, Marks, Value};

/// Print the outputs of the last apply
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon output -raw aws_appsync_graphqlEndpoint")]
pub(crate) struct OutputArgs {
    /// Only this output; it is printed even if it is sensitive and asked for with -raw or -json
    name: Option<String>,
    /// Print JSON, with sensitive values
    #[arg(long)]
    json: bool,
    /// Print a text, number or truth value as it is, without quotes and without a line end
    #[arg(long, requires = "name", conflicts_with = "json")]
    raw: bool,
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &OutputArgs, cx: &mut Context) -> Option<Exit> {
    let snapshot = Setup::state_of_folder(cx, &args.place).await?;
    let outputs: Vec<(Arc<str>, OutputState)> = snapshot.outputs.into_iter().collect();
    let Some(name) = &args.name else {
        cx.output.result(&all(&outputs, args.json, cx));
        return Some(Exit::Success);
    };
    let Some((_, output)) = outputs.iter().find(|(known, _)| **known == **name) else {
        let help = did_you_mean(name, outputs.iter().map(|(name, _)| &**name));
        let help = if help.is_empty() { "Outputs are stored by `recon apply`.".to_owned() } else { help };
        cx.problems.error("Output not found").detail(format!("State has no output `{name}`.")).help(help);
        return None;
    };
    let text = match (args.raw, args.json) {
        (true, _) => raw(name, &output.value, cx)?,
        (_, true) => format!("{}\n", to_json(&output.value)),
        _ => format!("{}\n", crate::render::tree::one_line(&crate::render::items::shown(&marked(output)))),
    };
    cx.output.result(&text);
    Some(Exit::Success)
}

fn all(outputs: &[(Arc<str>, OutputState)], as_json: bool, cx: &Context) -> String {
    if as_json {
        let entry = |output: &OutputState| {
            let ty = type_to_json(&output.value.ty());
            json!({"sensitive": output.sensitive, "type": ty, "value": to_json(&output.value)})
        };
        let entries: Map<String, Json> = outputs.iter().map(|(name, o)| (name.to_string(), entry(o))).collect();
        return format!("{:#}\n", Json::Object(entries));
    }
    if outputs.is_empty() {
        return "There are no outputs; `recon apply` stores them.\n".to_owned();
    }
    change::outputs(&outputs.iter().map(|(name, output)| (name.clone(), marked(output))).collect(), cx.output.look())
}

fn marked(output: &OutputState) -> Value {
    if output.sensitive { output.value.clone().marked(Marks::SENSITIVE) } else { output.value.clone() }
}

fn raw(name: &str, value: &Value, cx: &mut Context) -> Option<String> {
    match value.data() {
        Data::String(text) => Some(text.to_string()),
        Data::Number(number) => Some(number.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        _ => {
            let kind = value.ty().friendly();
            cx.problems
                .error("Output is no text")
                .detail(format!("`-raw` prints texts, numbers and truth values, and `{name}` is of the type {kind}."))
                .help("Use `-json`.");
            None
        }
    }
}
