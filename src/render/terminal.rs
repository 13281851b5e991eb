//! A plan for people: what goes first, then what changes, then what comes, and one line that counts it all.

use super::report::{Change, Outside, Report, Verb};
use super::tree::items;
use super::{Look, Tone};

const VERBS: [Verb; 8] =
    [Verb::Destroy, Verb::Forget, Verb::Replace, Verb::Change, Verb::Create, Verb::Import, Verb::Move, Verb::Read];

/// The text of a plan.
pub fn plan(report: &Report, look: Look) -> String {
    let mut out = String::new();
    if !report.outside.is_empty() {
        out.push_str(&outside(report, look));
    }
    for verb in VERBS {
        let mut group: Vec<&Change> = report.changes.iter().filter(|change| change.verb == verb).collect();
        if group.is_empty() {
            continue;
        }
        let heading = format!("{} ({})", verb.heading(), group.len());
        out.push_str(&format!("{}\n\n", look.paint(tone(verb), look.paint(Tone::Strong, heading))));
        group.sort_by(|a, b| a.module().cmp(b.module()));
        let modules = group.chunk_by(|a, b| a.module() == b.module());
        modules.for_each(|changes| of_module(changes, look, &mut out));
    }
    if !report.outputs.is_empty() {
        out.push_str(&format!("{}\n\n{}\n", look.paint(Tone::Strong, "Outputs"), items(&report.outputs, 2, look)));
    }
    out.push_str(&total(report, look));
    out
}

/// The changes of one kind in one module; a module that is not the root is named before them.
fn of_module(changes: &[&Change], look: Look, out: &mut String) {
    let module = changes.first().map_or("", |change| change.module());
    if !module.is_empty() {
        let count = if changes.len() > 1 { format!(" ({})", changes.len()) } else { String::new() };
        out.push_str(&format!("  {}\n\n", look.paint(Tone::Faint, format!("in {module}{count}:"))));
    }
    // Objects of which there is only a line to say stand close together.
    let texts: Vec<String> = changes.iter().map(|change| object(change, look)).collect();
    let short = texts.iter().all(|text| text.lines().count() == 1);
    for text in texts {
        out.push_str(&text);
        if !short {
            out.push('\n');
        }
    }
    if short {
        out.push('\n');
    }
}

/// The line that counts what is done.
pub fn total(report: &Report, look: Look) -> String {
    let totals = report.totals;
    if report.is_empty() && report.destroys_all {
        return "No changes. There is nothing to destroy.\n".into();
    }
    if report.refresh_only {
        return match (report.is_empty(), report.outside.is_empty()) {
            (true, _) => "No changes. What there is matches what state holds.\n".into(),
            (false, true) => "Plan: state changes, and nothing else does.\n".into(),
            (false, false) => "Plan: state takes over what was changed outside recon. Nothing else changes.\n".into(),
        };
    }
    if report.is_empty() {
        let waiting = report.changes.len();
        let reads = if waiting == 0 { String::new() } else { format!(" {waiting} to be read during apply.") };
        return format!("No changes. What there is matches the configuration.{reads}\n");
    }
    let import = if totals.import > 0 { format!("{} to import, ", totals.import) } else { String::new() };
    let forget = if totals.forget > 0 { format!(", {} to forget", totals.forget) } else { String::new() };
    let (add, change, destroy) = (totals.add, totals.change, totals.destroy);
    let counts = format!("{import}{add} to add, {change} to change, {destroy} to destroy{forget}.");
    let mut line = format!("{} {counts}", look.paint(Tone::Strong, "Plan:"));
    if totals == super::report::Totals::default() {
        let moves = report.changes.iter().any(|change| change.verb == Verb::Move);
        line.push_str(match (moves, report.outputs.is_empty()) {
            (true, true) => " Only addresses change.",
            (true, false) => " Only addresses and outputs change.",
            (false, _) => " Only outputs change.",
        });
    }
    line.push('\n');
    let breaking: usize = report.changes.iter().map(Change::breaking).sum();
    if breaking > 0 {
        let (what, are) = match breaking {
            1 => ("1 change".to_owned(), "it is"),
            _ => (format!("{breaking} changes"), "they are"),
        };
        let text = format!("{what} may break those who use these objects; {are} marked \"breaking\" above.");
        line.push_str(&look.paint(Tone::Remove, text));
        line.push('\n');
    }
    line
}

fn tone(verb: Verb) -> Tone {
    match verb {
        Verb::Destroy | Verb::Replace => Tone::Remove,
        Verb::Change => Tone::Change,
        Verb::Create => Tone::Add,
        Verb::Read => Tone::Read,
        Verb::Import => Tone::Add,
        Verb::Move | Verb::Forget => Tone::Change,
    }
}

/// A change as lines. The first one says in words what is done, for those who do not see the symbol.
pub(super) fn object(change: &Change, look: Look) -> String {
    let symbol = look.paint(tone(change.verb), format!("{:>3}", change.symbol()));
    let address = look.paint(Tone::Strong, &change.address);
    let mut out = format!("{symbol} {address}{} {}\n", id(change.id.as_deref(), look), change.phrase());
    if let Some(before) = &change.moved_from {
        let text = format!("    # {before} has moved to {}", change.address);
        out.push_str(&look.paint(Tone::Faint, text));
        out.push('\n');
    }
    if let Some(id) = &change.import_id {
        out.push_str(&look.paint(Tone::Faint, format!("    # will be imported from {id:?}")));
        out.push('\n');
    }
    if !change.why.is_empty() {
        out.push_str(&look.paint(Tone::Faint, format!("    # {}", change.why)));
        out.push('\n');
    }
    if change.dear {
        out.push_str(&look.paint(Tone::Remove, "    # What users stored in it is lost for good."));
        out.push('\n');
    }
    out.push_str(&items(&change.items, 6, look));
    if !change.later.is_empty() {
        let names = format!("# known after apply: {}", change.later.join(", "));
        let narrower = Look { width: look.width.saturating_sub(6).max(40), ..look };
        let names = narrower.wrap_hanging(&names, "      #   ");
        out.push_str(&look.paint(Tone::Faint, format!("      {names}")));
        out.push('\n');
    }
    out
}

fn id(id: Option<&str>, look: Look) -> String {
    id.map_or_else(String::new, |id| look.paint(Tone::Faint, format!(" [id={id}]")))
}

fn outside(report: &Report, look: Look) -> String {
    let count = report.outside.len();
    let heading = look.paint(Tone::Strong, format!("Changed outside recon since the last apply ({count})"));
    let mut out = format!("{heading}\n\n");
    for object in &report.outside {
        out.push_str(&outside_object(object, look));
        out.push('\n');
    }
    out
}

pub(super) fn outside_object(object: &Outside, look: Look) -> String {
    let symbol = if object.gone { look.paint(Tone::Remove, "  -") } else { look.paint(Tone::Change, "  ~") };
    let gone = if object.gone { " is gone" } else { "" };
    let address = look.paint(Tone::Strong, &object.address);
    format!("{symbol} {address}{}{gone}\n{}", id(object.id.as_deref(), look), items(&object.items, 6, look))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::items::{Content, Item, Label, Shown, Symbol};
    use crate::render::report::Totals;

    fn item(symbol: Symbol, name: &str, content: Content, replaces: bool) -> Item {
        Item { symbol, label: Label::Attribute(name.into()), content, replaces }
    }

    fn change(address: &str, verb: Verb, why: &str, items: Vec<Item>) -> Change {
        let id = matches!(verb, Verb::Destroy | Verb::Replace | Verb::Change).then(|| "cdk-blog".to_owned());
        let dear = verb == Verb::Replace;
        let (moved_from, import_id) = (None, None);
        let (address, why) = (address.into(), why.into());
        let create_first = false;
        Change { address, verb, id, moved_from, import_id, why, items, later: Vec::new(), dear, create_first }
    }

    fn text(text: &str) -> Shown {
        Shown::Text(text.into())
    }

    #[test]
    fn what_goes_stands_first_and_everything_is_counted() {
        let key = item(Symbol::Change, "hash_key", Content::Change(text("id"), text("pk")), true);
        let memory = Content::Change(Shown::Number("512".into()), Shown::Number("128".into()));
        let mut new = change(
            "aws_iam_role.api",
            Verb::Create,
            "",
            vec![item(Symbol::Add, "name", Content::Value(text("api")), false)],
        );
        new.later = vec!["arn".into(), "unique_id".into()];
        let report = Report {
            outside: vec![Outside {
                address: "aws_lambda_function.posts".into(),
                id: Some("posts".into()),
                gone: false,
                items: vec![item(Symbol::Change, "memory_size", memory, false)],
            }],
            changes: vec![
                new,
                change(
                    "aws_lambda_permission.old",
                    Verb::Destroy,
                    "its block is not in the configuration any more",
                    vec![],
                ),
                change("aws_dynamodb_table.posts", Verb::Replace, "`hash_key` cannot be changed in place", vec![key]),
            ],
            outputs: vec![item(Symbol::Add, "key", Content::Value(Shown::Sensitive), false)],
            totals: Totals { add: 2, destroy: 2, ..Totals::default() },
            ..Report::default()
        };
        insta::assert_snapshot!(plan(&report, Look::PLAIN), @r#"
        Changed outside recon since the last apply (1)

          ~ aws_lambda_function.posts [id=posts]
              ~ memory_size = 512 -> 128

        Destroy (1)

          - aws_lambda_permission.old [id=cdk-blog] will be destroyed
            # its block is not in the configuration any more

        Replace (1)

        -/+ aws_dynamodb_table.posts [id=cdk-blog] must be replaced
            # `hash_key` cannot be changed in place
            # What users stored in it is lost for good.
              ~ hash_key = "id" -> "pk"  # this change needs a new object

        Create (1)

          + aws_iam_role.api will be created
              + name = "api"
              # known after apply: arn, unique_id

        Outputs

          + key = (sensitive value)

        Plan: 2 to add, 0 to change, 2 to destroy.
        "#);
    }

    #[test]
    fn nothing_to_do_is_said_in_words() {
        assert_eq!(plan(&Report::default(), Look::PLAIN), "No changes. What there is matches the configuration.\n");
    }

    #[test]
    fn colour_only_repeats_what_is_there_without_it() {
        let report = Report {
            changes: vec![change("a.b", Verb::Destroy, "why", vec![])],
            totals: Totals { destroy: 1, ..Totals::default() },
            ..Report::default()
        };
        let coloured = plan(&report, Look { colour: true, width: 100 });
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plan(&report, Look::PLAIN));
    }
}
