//! Warnings for those who know them: one line for what each is, one for where.

use super::Look;
use super::diagnostics::{line_of, sorted};
use crate::diagnostic::{Diagnostics, Severity, SourceMap};

/// The warnings by their summaries, with the place of the first of each; empty where there are none.
pub fn compact_warnings(problems: &Diagnostics, sources: &SourceMap, look: Look) -> String {
    let mut kinds: Vec<(&str, Option<String>, usize)> = Vec::new();
    for problem in sorted(problems, sources).into_iter().filter(|problem| problem.severity == Severity::Warning) {
        match kinds.iter_mut().find(|(summary, ..)| *summary == problem.summary) {
            Some((_, _, more)) => *more += 1,
            None => {
                let place = problem.span.and_then(|span| line_of(span, sources));
                let place = place.map(|(path, line)| format!("on {path} line {line}"));
                let place = place.or_else(|| problem.address.as_ref().map(|address| format!("with {address}")));
                kinds.push((&problem.summary, place, 0));
            }
        }
    }
    if kinds.is_empty() {
        return String::new();
    }
    let mut out = "Warnings:\n\n".to_owned();
    for (summary, place, more) in kinds {
        out.push_str(&look.wrap_hanging(&format!("- {summary}"), "  "));
        out.push('\n');
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        match place {
            Some(place) => out.push_str(&format!("  {place}{more}\n")),
            None if more.is_empty() => {}
            None => out.push_str(&format!(" {more}\n")),
        }
    }
    out.push_str("\nTo see the warnings in full, run recon without -compact-warnings.\n\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn warnings_of_one_kind_share_a_line() {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf", "a = 1\nb = 2\n");
        let mut problems = Diagnostics::new();
        problems.error("Wrong");
        assert_eq!(compact_warnings(&problems, &sources, Look::PLAIN), "");
        problems.warning("Old argument").at(Span::new(id, 0, 1));
        problems.warning("Old argument").at(Span::new(id, 6, 7));
        problems.warning("Slow").of("terraform_data.x");
        insta::assert_snapshot!(compact_warnings(&problems, &sources, Look::PLAIN), @r"
        Warnings:

        - Old argument
          on main.tf line 1 (and 1 more)
        - Slow
          with terraform_data.x

        To see the warnings in full, run recon without -compact-warnings.
        ");
    }
}
