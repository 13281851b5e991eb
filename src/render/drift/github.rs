//! Drift as commands of a GitHub workflow, which become marks beside the lines of the configuration.

use super::{Findings, sentence};

/// A command for each object that differs or could not be read.
pub fn github(findings: &Findings) -> String {
    let mut out = String::new();
    for object in &findings.objects {
        let place = object.place.as_ref().map_or(String::new(), |place| {
            format!("file={},line={},", property(&place.file.display().to_string()), place.line)
        });
        let address = &object.outside.address;
        let title = property(&format!("Drift: {address}"));
        let mut text = format!("{address} {}", object.phrase());
        object.lines().iter().for_each(|line| text.push_str(&format!("\n{line}")));
        out.push_str(&format!("::error {place}title={title}::{}\n", data(&text)));
    }
    for problem in &findings.problems {
        let title = property(&format!("Not read: {}", problem.address.as_deref().unwrap_or("an object")));
        out.push_str(&format!("::error title={title}::{}\n", data(&sentence(problem))));
    }
    if out.is_empty() {
        out.push_str(&format!("::notice title=No drift::AWS and state agree on {} objects\n", findings.asked.len()));
    }
    out
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn nothing_in_a_name_or_message_ends_a_command() {
        insta::assert_snapshot!(github(&findings()), @r#"
        ::error title=Drift%3A aws_iam_role.r::aws_iam_role.r is gone: it was deleted outside recon
        ::error file=m/main.tf,line=7,title=Drift%3A module.m["<a>"].aws_lambda_function.posts::module.m["<a>"].aws_lambda_function.posts was changed outside recon: `memory_size`%0Amemory_size: state has 512, there is 128
        ::error title=Not read%3A aws_iam_role.s::Access denied: Not allowed: 100%25 no.
        "#);
        assert_eq!(github(&Findings::default()), "::notice title=No drift::AWS and state agree on 0 objects\n");
    }
}
