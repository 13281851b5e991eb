//! A plan as Markdown, for a comment on a pull request. It is always short enough to be posted, and what goes is never folded
//! away.

use std::collections::BTreeMap;

use super::Look;
use super::report::{Change, Outside, Report, Verb};
use super::terminal;
use super::tree::items;
use crate::diagnostic::{Diagnostics, Severity};

/// The most bytes of a text. GitHub takes 65,536 characters, GitLab more; a byte is never more than a character.
pub const MOST: usize = 65_000;
/// What is left for the parts behind a list that had to be cut.
const RESERVE: usize = 2_000;
/// The most bytes of the list of what goes. What does not fit is counted by resource, and then by type.
const MOST_GONE: usize = 40_000;
/// The most bytes of problems.
const MOST_PROBLEMS: usize = 12_000;

/// Stands at the top, so that a workflow finds its own comment again.
pub const MARKER: &str = "<!-- recon plan -->";

/// The comment: what the plan does, what goes in full, and the rest folded by what is done. `problems` are those of the run;
/// without a plan there is nothing but them.
pub fn plan(report: Option<&Report>, problems: &Diagnostics) -> String {
    let mut page = Page { text: format!("{MARKER}\n") };
    match report {
        None => page.add("### recon: the plan failed\n\n"),
        Some(report) => page.add(&format!("### recon: {}\n\n", headline(report))),
    }
    tell(problems, &mut page);
    if let Some(report) = report {
        gone(report, &mut page);
        breaking(report, &mut page);
        for verb in FOLDED {
            folded(report, verb, &mut page);
        }
        outputs(report, &mut page);
        outside(&report.outside, &mut page);
    }
    page.text
}

/// In the order of what one wants to know first.
const FOLDED: [Verb; 8] =
    [Verb::Replace, Verb::Change, Verb::Create, Verb::Destroy, Verb::Import, Verb::Move, Verb::Forget, Verb::Read];

struct Page {
    text: String,
}

impl Page {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Whether so many more bytes leave room for what must still come.
    fn has_room(&self, bytes: usize) -> bool {
        self.text.len() + bytes + RESERVE <= MOST
    }
}

fn headline(report: &Report) -> String {
    terminal::total(report, Look::PLAIN).lines().next().unwrap_or_default().trim_start_matches("Plan: ").to_owned()
}

fn tell(problems: &Diagnostics, page: &mut Page) {
    for problem in problems {
        let icon = if problem.severity == Severity::Error { "\u{274c}" } else { "\u{26a0}\u{fe0f}" };
        let address = problem.address.as_ref().map_or(String::new(), |address| format!(" {}", code(address)));
        let text = format!(
            "{icon} **{}: {}**{address}\n{}\n",
            problem.severity,
            plain(&problem.summary),
            fence("", &problem.detail)
        );
        if page.text.len() + text.len() > MOST_PROBLEMS {
            page.add(&format!("There are {} problems in all; the log of the run has the rest.\n\n", problems.len()));
            return;
        }
        page.add(&text);
    }
}

/// What is deleted and replaced: each object by name, as long as that is possible.
fn gone(report: &Report, page: &mut Page) {
    let dear = report.dear().len();
    if dear > 0 {
        let what = if dear == 1 { "1 object".to_owned() } else { format!("{dear} objects") };
        page.add(&format!("\u{1f6d1} **What users stored is lost for good** in {what}.\n\n"));
    }
    for verb in [Verb::Destroy, Verb::Replace] {
        let mut changes: Vec<&Change> = report.changes.iter().filter(|change| change.verb == verb).collect();
        if changes.is_empty() {
            continue;
        }
        // What is dear stands first, so that it is the last to be cut.
        changes.sort_by_key(|change| !change.dear);
        page.add(&format!("**{} ({})**\n\n", verb.heading(), changes.len()));
        let room = (MOST_GONE / 2).saturating_sub(page.text.len().saturating_sub(MOST_PROBLEMS));
        page.add(&listed(&changes, room));
        page.add("\n");
    }
}

/// A line for each object, or as few as fit: without reasons, by resource, by type, and at last the first ones and a number.
fn listed(changes: &[&Change], room: usize) -> String {
    let full: Vec<String> = changes.iter().map(|change| line(change)).collect();
    let names: Vec<String> = changes.iter().map(|change| format!("- {}\n", code(&change.address))).collect();
    let resources = counted(changes, |address| address.split('[').next().unwrap_or_default().to_owned());
    let types = counted(changes, |address| {
        let parts: Vec<&str> = address.split('[').next().unwrap_or_default().rsplit('.').collect();
        parts.get(1).copied().unwrap_or_default().to_owned()
    });
    let fits = |lines: &&Vec<String>| lines.iter().map(String::len).sum::<usize>() <= room;
    if let Some(lines) = [&full, &names, &resources, &types].into_iter().find(fits) {
        return lines.concat();
    }
    let mut out = String::new();
    let first = names.iter().take_while(|name| {
        let takes = out.len() + name.len() <= room;
        if takes {
            out.push_str(name);
        }
        takes
    });
    let more = names.len() - first.count();
    out.push_str(&format!("- \u{2026} and {more} more\n"));
    out
}

/// Addresses under a name that they share, with their number.
fn counted(changes: &[&Change], name: impl Fn(&str) -> String) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    changes.iter().for_each(|change| *counts.entry(name(&change.address)).or_default() += 1);
    counts.into_iter().map(|(name, count)| format!("- {} ({count})\n", code(&name))).collect()
}

fn line(change: &Change) -> String {
    let why = if change.why.is_empty() { String::new() } else { format!(": {}", plain(&change.why)) };
    let dear = if change.dear { " **(what users stored in it is lost)**" } else { "" };
    format!("- {}{dear}{why}\n", code(&change.address))
}

fn breaking(report: &Report, page: &mut Page) {
    let count: usize = report.changes.iter().map(Change::breaking).sum();
    if count > 0 {
        let what = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
        page.add(&format!(
            "\u{26a0}\u{fe0f} **{what} may break those who use these objects**, marked \"breaking\" below.\n\n"
        ));
    }
}

/// The changes of one kind, in detail as far as there is room, then by name, then by number.
fn folded(report: &Report, verb: Verb, page: &mut Page) {
    let changes: Vec<&Change> = report.changes.iter().filter(|change| change.verb == verb).collect();
    // What goes is listed above already; what there is to say of it in detail is folded.
    let changes: Vec<&Change> = changes.into_iter().filter(|c| verb != Verb::Destroy || !c.items.is_empty()).collect();
    if changes.is_empty() {
        return;
    }
    let summary = format!("<details><summary>{} ({})</summary>\n\n", verb.heading(), changes.len());
    if !page.has_room(summary.len() + 200) {
        page.add(&format!(
            "{} ({}): no room for them here; the log of the run has them.\n\n",
            verb.heading(),
            changes.len()
        ));
        return;
    }
    page.add(&summary);
    let mut cut = 0;
    for change in &changes {
        let detail = fence("diff", &as_diff(&terminal::object(change, Look::PLAIN)));
        let name = line(change);
        if cut == 0 && page.has_room(detail.len()) {
            page.add(&detail);
        } else if page.has_room(name.len() + 100) {
            page.add(&name);
            cut = cut.max(1);
        } else {
            cut += 1;
        }
    }
    if cut > 1 {
        page.add(&format!("\n\u{2026} and {} more, for which there is no room here.\n", cut - 1));
    }
    page.add("\n</details>\n\n");
}

fn outputs(report: &Report, page: &mut Page) {
    if report.outputs.is_empty() {
        return;
    }
    let detail = fence("diff", &as_diff(&items(&report.outputs, 2, Look::PLAIN)));
    let summary = format!("<details><summary>Outputs ({})</summary>\n\n", report.outputs.len());
    if page.has_room(detail.len() + summary.len()) {
        page.add(&format!("{summary}{detail}\n</details>\n\n"));
    } else {
        page.add(&format!("{} outputs change.\n\n", report.outputs.len()));
    }
}

fn outside(objects: &[Outside], page: &mut Page) {
    if objects.is_empty() {
        return;
    }
    let summary = format!("<details><summary>Changed outside recon ({})</summary>\n\n", objects.len());
    let texts: Vec<String> = objects.iter().map(|object| terminal::outside_object(object, Look::PLAIN)).collect();
    let detail = fence("diff", &as_diff(&texts.concat()));
    if page.has_room(detail.len() + summary.len()) {
        page.add(&format!("{summary}{detail}\n</details>\n\n"));
    } else {
        page.add(&format!("{} objects were changed outside recon; `recon drift` shows them.\n\n", objects.len()));
    }
}

/// Lines with their symbols in the first column, where GitHub colours them.
pub(super) fn as_diff(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let (space, rest) = line.split_at(indent);
        let (symbol, rest) = match rest.split_once(' ') {
            Some(("-/+" | "+/-", rest)) => ("!", rest),
            Some(("+", rest)) => ("+", rest),
            Some(("-", rest)) => ("-", rest),
            Some(("~", rest)) => ("!", rest),
            _ if rest == "+" || rest == "-" => (rest, ""),
            _ => (" ", rest),
        };
        out.push_str(format!("{symbol} {space}{rest}").trim_end());
        out.push('\n');
    }
    out
}

/// A block of text that nothing in it can end.
pub(super) fn fence(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// A name in a line, whatever characters it has.
pub(super) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.contains('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A sentence of ours that may quote a name: nothing in it is markup, nobody is mentioned.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{200b}"),
            '*' | '_' | '[' | ']' | '#' | '!' | '|' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::items::{Content, Item, Label, Shown, Symbol};
    use crate::render::report::Totals;

    fn change(address: String, verb: Verb, text: &str) -> Change {
        let item = Item {
            symbol: Symbol::Add,
            label: Label::Attribute("input".into()),
            content: Content::Value(Shown::Text(text.into())),
            replaces: false,
        };
        Change {
            address,
            verb,
            id: None,
            moved_from: None,
            import_id: None,
            why: String::new(),
            items: vec![item],
            later: Vec::new(),
            dear: verb == Verb::Destroy,
            create_first: false,
        }
    }

    fn report(changes: Vec<Change>) -> Report {
        let destroy = changes.iter().filter(|change| change.verb == Verb::Destroy).count();
        Report { changes, totals: Totals { add: 1, destroy, ..Totals::default() }, ..Report::default() }
    }

    #[test]
    fn what_goes_stands_open_and_the_rest_is_folded() {
        let found = report(vec![
            change("aws_iam_role.new".into(), Verb::Create, "a"),
            change("aws_dynamodb_table.old".into(), Verb::Destroy, "b"),
        ]);
        insta::assert_snapshot!(plan(Some(&found), &Diagnostics::new()), @r#"
        <!-- recon plan -->
        ### recon: 1 to add, 0 to change, 1 to destroy.

        🛑 **What users stored is lost for good** in 1 object.

        **Destroy (1)**

        - `aws_dynamodb_table.old` **(what users stored in it is lost)**

        <details><summary>Create (1)</summary>

        ```diff
        +   aws_iam_role.new will be created
        +       input = "a"
        ```

        </details>

        <details><summary>Destroy (1)</summary>

        ```diff
        -   aws_dynamodb_table.old will be destroyed
              # What users stored in it is lost for good.
        +       input = "b"
        ```

        </details>
        "#);
    }

    #[test]
    fn a_failed_plan_tells_its_problems() {
        let mut problems = Diagnostics::new();
        problems.error("Unsupported argument").detail("`a` has no argument `b`.");
        insta::assert_snapshot!(plan(None, &problems), @r"
        <!-- recon plan -->
        ### recon: the plan failed

        ❌ **Error: Unsupported argument**
        ```
        `a` has no argument `b`.
        ```
        ");
    }

    #[test]
    fn nobody_can_break_out_of_a_block_or_a_name() {
        let found = report(vec![change("t.x[\"`</details>@all\"]".into(), Verb::Destroy, "```\n</details> @team")]);
        let text = plan(Some(&found), &Diagnostics::new());
        assert!(text.contains("- `` t.x[\"`</details>@all\"] `` **("), "{text}");
        assert!(text.contains("````diff\n"), "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn it_can_always_be_posted_and_names_what_goes(
            creates in 0..3000_usize, destroys in 0..8000_usize, width in 1..400_usize, named in 0..2_usize
        ) {
            let text = "x".repeat(width);
            let name = |i: usize| if named == 0 { format!("t.r[{i}]") } else { format!("module.m{i}.type_{i}.r") };
            let changes = (0..creates).map(|i| change(format!("t.c[{i}]"), Verb::Create, &text));
            let goes = (0..destroys).map(|i| change(name(i), Verb::Destroy, &text));
            let page = plan(Some(&report(changes.chain(goes).collect())), &Diagnostics::new());
            prop_assert!(page.len() <= MOST, "{}", page.len());
            let heading = format!("**Destroy ({destroys})**");
            prop_assert!(destroys == 0 || page.contains(&heading));
            prop_assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
            let listed = page.split("<details>").next().unwrap_or_default();
            prop_assert!(destroys == 0 || listed.contains("- `"), "something names what goes: {}", listed);
        }
    }
}
