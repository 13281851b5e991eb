//! Drift for programs: one JSON object, whose form `docs/drift.md` describes.

use serde_json::{Value as Json, json};

use super::{Findings, sentence};
use crate::render::items::Shown;

/// The version of the form; the number behind the dot grows with additions.
const FORMAT: &str = "1.0";

/// The findings as one JSON object.
pub fn json(findings: &Findings) -> String {
    let objects: Vec<Json> = findings
        .objects
        .iter()
        .map(|object| {
            let differences: Vec<Json> = object
                .differences
                .iter()
                .map(|d| {
                    let sensitive = d.state.has_secrets() || d.live.has_secrets();
                    json!({"path": d.path.to_string(), "state": value(&d.state), "live": value(&d.live), "sensitive": sensitive})
                })
                .collect();
            json!({
                "address": object.outside.address,
                "id": object.outside.id,
                "change": if object.outside.gone { "deleted" } else { "updated" },
                "file": object.place.as_ref().map(|place| place.file.display().to_string()),
                "line": object.place.as_ref().map(|place| place.line),
                "differences": differences,
            })
        })
        .collect();
    let errors: Vec<Json> =
        findings.problems.iter().map(|p| json!({"address": p.address, "message": sentence(p)})).collect();
    let all = json!({
        "format_version": FORMAT,
        "drift": !findings.objects.is_empty(),
        "checked": findings.asked.len(),
        "objects": objects,
        "errors": errors,
    });
    format!("{all:#}\n")
}

/// A value without secrets: what is hidden is null.
fn value(shown: &Shown) -> Json {
    let named = |entries: &[(String, Shown)]| entries.iter().map(|(name, v)| (name.clone(), value(v))).collect();
    match shown {
        Shown::Sensitive | Shown::Unknown | Shown::Null => Json::Null,
        Shown::Bool(value) => (*value).into(),
        Shown::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Shown::Text(text) => text.as_str().into(),
        Shown::Document(inner) => value(inner),
        Shown::List(items) => items.iter().map(value).collect(),
        Shown::Object(entries) | Shown::Map(entries) => Json::Object(named(entries)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn each_object_has_its_place_and_both_values() {
        insta::assert_snapshot!(json(&findings()), @r#"
        {
          "format_version": "1.0",
          "drift": true,
          "checked": 4,
          "objects": [
            {
              "address": "aws_iam_role.r",
              "id": null,
              "change": "deleted",
              "file": null,
              "line": null,
              "differences": []
            },
            {
              "address": "module.m[\"<a>\"].aws_lambda_function.posts",
              "id": "posts",
              "change": "updated",
              "file": "m/main.tf",
              "line": 7,
              "differences": [
                {
                  "path": "memory_size",
                  "state": 512,
                  "live": 128,
                  "sensitive": false
                }
              ]
            }
          ],
          "errors": [
            {
              "address": "aws_iam_role.s",
              "message": "Access denied: Not allowed: 100% no."
            }
          ]
        }
        "#);
    }
}
