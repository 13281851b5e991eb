//! Exports that are program text: Amplify's JavaScript file and a TypeScript module.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{Outputs, plain, pretty};

const NOTE: &str = "Written by recon from the outputs of its configuration; edits are lost with the next apply.";

/// What Amplify's `aws-exports.js` looks like, with the outputs under their own names.
pub(super) fn aws_exports(outputs: &Outputs) -> String {
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, PrettyFormatter::with_indent(b"    "));
    plain(outputs).serialize(&mut serializer).expect("JSON in memory can always be written");
    let json = escaped(&String::from_utf8_lossy(&json));
    format!("/* eslint-disable */\n// {NOTE}\n\nconst awsmobile = {json};\n\nexport default awsmobile;\n")
}

/// A module whose types are the exact values.
pub(super) fn typescript(outputs: &Outputs) -> String {
    let json = pretty(&plain(outputs));
    let json = escaped(json.trim_end());
    format!(
        "// {NOTE}\n\nexport const outputs = {json} as const;\n\nexport type Outputs = typeof outputs;\n\n\
        export default outputs;\n"
    )
}

/// JSON as part of a script: older JavaScript took these two for line ends inside texts.
fn escaped(json: &str) -> String {
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
