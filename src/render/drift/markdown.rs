//! Drift as Markdown, for an issue or a summary.

use super::{Findings, sentence};
use crate::render::markdown::{MOST, as_diff, code, fence};
use crate::render::{Look, tree::items};

/// Stands at the top, so that a workflow finds its own issue or comment again.
const MARKER: &str = "<!-- recon drift -->";
/// What is left for the end of the text.
const RESERVE: usize = 1_000;

/// The findings, each object with what differs, as far as there is room.
pub fn markdown(findings: &Findings) -> String {
    let (count, checked) = (findings.objects.len(), findings.asked.len());
    let mut out = format!("{MARKER}\n");
    out.push_str(&match count {
        0 if findings.problems.is_empty() => {
            format!("### recon: no drift\n\nAWS and state agree on {checked} objects.\n")
        }
        0 => "### recon: not everything could be read\n\n".to_owned(),
        _ => format!("### recon: {count} of {checked} objects were changed outside recon\n\n"),
    });
    for problem in &findings.problems {
        let address = problem.address.as_deref().map_or(String::new(), |address| format!(" {}", code(address)));
        let text = format!("\u{274c} **Not read**{address}\n{}\n", fence("", &sentence(problem)));
        if out.len() + text.len() + RESERVE > MOST / 2 {
            break;
        }
        out.push_str(&text);
    }
    let mut cut = 0;
    for object in &findings.objects {
        let place = object.place.as_ref().map_or(String::new(), |place| {
            format!(" at {}", code(&format!("{}:{}", place.file.display(), place.line)))
        });
        let what = if object.outside.gone { "**is gone**" } else { "differs" };
        let head = format!("- {} {what}{place}\n", code(&object.outside.address));
        let detail = match object.outside.items.as_slice() {
            [] => String::new(),
            parts => format!("{}\n", fence("diff", &as_diff(&items(parts, 2, Look::PLAIN)))),
        };
        if out.len() + head.len() + detail.len() + RESERVE <= MOST {
            out.push_str(&head);
            out.push_str(&detail);
        } else if out.len() + head.len() + RESERVE / 2 <= MOST {
            out.push_str(&head);
        } else {
            cut += 1;
        }
    }
    if cut > 0 {
        out.push_str(&format!("- \u{2026} and {cut} more\n"));
    }
    if count > 0 {
        out.push_str(
            "\n`recon apply` sets them back; `recon drift -accept` takes the live values into state and shows what to \
             write in the configuration.\n",
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn each_object_is_an_entry_with_what_differs() {
        insta::assert_snapshot!(markdown(&findings()), @r#"
        <!-- recon drift -->
        ### recon: 2 of 4 objects were changed outside recon

        ❌ **Not read** `aws_iam_role.s`
        ```
        Access denied: Not allowed: 100% no.
        ```

        - `aws_iam_role.r` **is gone**
        - `module.m["<a>"].aws_lambda_function.posts` differs at `m/main.tf:7`
        ```diff
        !   memory_size = 512 -> 128
        ```


        `recon apply` sets them back; `recon drift -accept` takes the live values into state and shows what to write in the configuration.
        "#);
        assert!(markdown(&Findings::default()).contains("no drift"));
    }
}
