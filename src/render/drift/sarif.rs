//! Drift as SARIF 2.1.0, which code scanning of GitHub and others take.

use serde_json::{Value as Json, json};

use super::{Finding, Findings, sentence};

/// The rules: id, name, what they say.
const RULES: [(&str, &str, &str); 3] = [
    ("drift/updated", "ChangedOutside", "An object was changed outside recon."),
    ("drift/deleted", "DeletedOutside", "An object was deleted outside recon."),
    ("drift/unread", "NotRead", "An object could not be read, so that it is not known whether it agrees."),
];

/// The findings as one SARIF log.
pub fn sarif(findings: &Findings) -> String {
    let rules: Vec<Json> = RULES
        .iter()
        .map(|(id, name, text)| {
            json!({"id": id, "name": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "error"}})
        })
        .collect();
    let mut results: Vec<Json> = findings.objects.iter().map(of_object).collect();
    results.extend(findings.problems.iter().map(|problem| {
        let address = problem.address.as_deref().unwrap_or("an object");
        result(2, address, &format!("{address} could not be read. {}", sentence(problem)), None)
    }));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "recon", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn of_object(object: &Finding) -> Json {
    let rule = usize::from(object.outside.gone);
    let mut text = format!("{} {}.", object.outside.address, object.phrase());
    object.lines().iter().for_each(|line| text.push_str(&format!("\n{line}")));
    result(rule, &object.outside.address, &text, object.place.as_ref())
}

fn result(rule: usize, address: &str, text: &str, place: Option<&super::Place>) -> Json {
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}]});
    // Code scanning shows nothing without a file; what has no block is shown at the folder's main file.
    let (file, line) = place.map_or_else(|| ("main.tf".to_owned(), 1), |p| (p.file.display().to_string(), p.line));
    let uri = file.replace('\\', "/").replace('%', "%25").replace(' ', "%20");
    location["physicalLocation"] = json!({"artifactLocation": {"uri": uri}, "region": {"startLine": line}});
    json!({
        "ruleId": RULES[rule].0,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [location],
        // The same object is the same alert in the next run, wherever its block has moved.
        "partialFingerprints": {"reconAddress/v1": address},
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn each_result_has_its_rule_and_place() {
        let log: Json = serde_json::from_str(&sarif(&findings())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let rules: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
        assert_eq!(rules, ["drift/deleted", "drift/updated", "drift/unread"]);
        let place = &results[1]["locations"][0]["physicalLocation"];
        assert_eq!(
            (place["artifactLocation"]["uri"].as_str(), place["region"]["startLine"].as_u64()),
            (Some("m/main.tf"), Some(7))
        );
        for (result, rule) in results.iter().zip([1, 0, 2]) {
            assert_eq!(result["ruleIndex"], rule);
        }
    }
}
