//! Writes the first inputs of the fuzz targets.

use std::path::Path;

/// The expressions of the specification's cases.
fn expressions() -> Vec<String> {
    let mut found = vec![String::new()];
    for line in include_str!("../../src/language/parse/tests/spec.txt").lines() {
        if line.starts_with("=> ") || line.starts_with("!! ") {
            found.push(String::new());
        } else if !(line.starts_with("## ") || line.starts_with("# ")) {
            let last = found.len() - 1;
            found[last] += &format!("{line}\n");
        }
    }
    found.retain(|text| !text.trim().is_empty());
    found
}

#[test]
#[ignore = "writes files"]
fn seeds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: String, text: &str| {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    };
    for (nth, expr) in expressions().iter().enumerate() {
        let name = format!("spec{nth}");
        let string = serde_json::to_string(&format!("${{{}}}", expr.trim_end())).unwrap();
        write("expression", name.clone(), expr);
        write(
            "parser",
            name.clone(),
            &format!("locals {{\n  a = {expr}}}\nresource \"a_thing\" \"b\" {{\n  name = {expr}}}\n"),
        );
        write(
            "tf_json",
            name.clone(),
            &format!(
                "{{\"locals\": {{\"a\": {string}}}, \"resource\": {{\"a_thing\": {{\"b\": {{\"name\": {string}, \"rule\": [{{}}]}}}}}}}}"
            ),
        );
        write("tfvars", format!("{name}.json"), &format!("{{\"a\": {string}, \"b\": [1, {{\"c\": null}}]}}"));
        write("tfvars", name, &format!("a = {expr}\nb = [1, {{ c = null }}]\n"));
    }
}
