//! Drift as a JUnit report: each object is a test, which fails where it differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Finding, Findings, sentence};
use crate::diagnostic::Diagnostic;

/// The findings as XML, in the form that GitLab, Jenkins and others read.
pub fn junit(findings: &Findings) -> String {
    let differs: BTreeMap<&str, &Finding> =
        findings.objects.iter().map(|object| (object.outside.address.as_str(), object)).collect();
    let (named, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        findings.problems.iter().partition(|problem| problem.address.is_some());
    let unread: BTreeMap<&str, &Diagnostic> =
        named.into_iter().filter_map(|problem| Some((problem.address.as_deref()?, problem))).collect();
    let mut all: BTreeSet<&str> = findings.asked.iter().map(String::as_str).collect();
    all.extend(differs.keys());
    all.extend(unread.keys());
    let (tests, failures, errors) = (all.len() + others.len(), differs.len(), unread.len() + others.len());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"recon drift\" {counts}>\n  \
         <testsuite name=\"recon drift\" {counts} skipped=\"0\" time=\"0\">\n"
    );
    for address in all {
        let place = differs.get(address).and_then(|object| object.place.as_ref()).map_or(String::new(), |place| {
            format!(" file=\"{}\" line=\"{}\"", escaped(&place.file.display().to_string()), place.line)
        });
        let case = format!("    <testcase classname=\"recon.drift\" name=\"{}\"{place} time=\"0\"", escaped(address));
        match (differs.get(address), unread.get(address)) {
            (Some(object), _) => {
                let (message, text) = (object.phrase(), object.lines().join("\n"));
                out.push_str(&case);
                element("failure", "drift", &message, &text, &mut out);
            }
            (None, Some(problem)) => {
                out.push_str(&case);
                element("error", "unread", &sentence(problem), "", &mut out);
            }
            (None, None) => {
                // Writing to a text cannot fail.
                let _ = writeln!(out, "{case}/>");
            }
        }
    }
    for problem in others {
        out.push_str("    <testcase classname=\"recon.drift\" name=\"reading\" time=\"0\"");
        element("error", "unread", &sentence(problem), "", &mut out);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn element(name: &str, ty: &str, message: &str, text: &str, out: &mut String) {
    let (message, text) = (escaped(message), escaped(text));
    out.push_str(&format!(">\n      <{name} type=\"{ty}\" message=\"{message}\">{text}</{name}>\n    </testcase>\n"));
}

/// Text in XML 1.0, which has no control characters but these three.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn each_object_is_a_test() {
        insta::assert_snapshot!(junit(&findings()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="recon drift" tests="4" failures="2" errors="1">
          <testsuite name="recon drift" tests="4" failures="2" errors="1" skipped="0" time="0">
            <testcase classname="recon.drift" name="aws_iam_role.r" time="0">
              <failure type="drift" message="is gone: it was deleted outside recon"></failure>
            </testcase>
            <testcase classname="recon.drift" name="aws_iam_role.s" time="0">
              <error type="unread" message="Access denied: Not allowed: 100% no."></error>
            </testcase>
            <testcase classname="recon.drift" name="aws_iam_role.t" time="0"/>
            <testcase classname="recon.drift" name="module.m[&quot;&lt;a&gt;&quot;].aws_lambda_function.posts" file="m/main.tf" line="7" time="0">
              <failure type="drift" message="was changed outside recon: `memory_size`">memory_size: state has 512, there is 128</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
