//! Drift for people: each attribute that differs, with what state holds and what there is.

use crate::render::items::{Around, Content, Item, Label, Shown, Symbol};
use crate::render::report::Outside;
use crate::render::tree::{items, one_line};
use crate::render::{Look, Tone};

/// The text of a drift report.
pub fn text(outside: &[&Outside], checked: usize, look: Look) -> String {
    let objects = |count: usize| format!("{count} object{}", if count == 1 { "" } else { "s" });
    if outside.is_empty() {
        return format!("No drift. AWS and state agree on {}.\n", objects(checked));
    }
    let mut out = String::new();
    for object in outside {
        let id = object.id.as_ref().map_or_else(String::new, |id| look.paint(Tone::Faint, format!(" [id={id}]")));
        let address = look.paint(Tone::Strong, &object.address);
        if object.gone {
            out.push_str(&format!("{address}{id} {}\n\n", look.paint(Tone::Remove, "is gone")));
            continue;
        }
        out.push_str(&format!("{address}{id} {}\n", look.paint(Tone::Change, "differs")));
        for item in &object.items {
            part(item, "", look, &mut out);
        }
        out.push('\n');
    }
    let count = outside.len();
    let verb = if count == 1 { "has" } else { "have" };
    out.push_str(&format!("Drift: {} of {} {verb} changed outside recon.\n", objects(count), checked));
    out
}

fn part(item: &Item, path: &str, look: Look, out: &mut String) {
    let path = match &item.label {
        Label::Attribute(name) | Label::Block(name) if path.is_empty() => name.clone(),
        Label::Attribute(name) | Label::Block(name) => format!("{path}.{name}"),
        Label::Key(key) => format!("{path}[{}]", one_line(&Shown::Text(key.clone()))),
        Label::Element => path.to_owned(),
    };
    content(item, &item.content, &path, look, out);
}

fn content(item: &Item, inner: &Content, path: &str, look: Look, out: &mut String) {
    match inner {
        Content::Change(state, live) if is_short(state) && is_short(live) => {
            pair(path, &one_line(state), &one_line(live), look, out);
        }
        Content::Value(value) if is_short(value) && item.symbol == Symbol::Add => {
            pair(path, "(nothing)", &one_line(value), look, out);
        }
        Content::Value(value) if is_short(value) => pair(path, &one_line(value), "(nothing)", look, out),
        Content::Explained(_, inner) => content(item, inner, path, look, out),
        Content::Group(Around::Block | Around::Braces, parts, _) if item.symbol == Symbol::Change => {
            parts.iter().for_each(|inner| part(inner, path, look, out));
        }
        _ => {
            out.push_str(&format!("    {path} (- in state, + live)\n"));
            out.push_str(&items(std::slice::from_ref(item), 6, look));
        }
    }
}

fn is_short(value: &Shown) -> bool {
    one_line(value).len() <= 100
}

fn pair(path: &str, state: &str, live: &str, look: Look, out: &mut String) {
    let (state, live) = (look.paint(Tone::Remove, state), look.paint(Tone::Add, live));
    out.push_str(&format!("    {path}\n      state: {state}\n      live:  {live}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(symbol: Symbol, label: Label, content: Content) -> Item {
        Item { symbol, label, content, replaces: false }
    }

    #[test]
    fn each_attribute_is_named_with_both_values() {
        let text = |text: &str| Shown::Text(text.into());
        let table =
            item(Symbol::Change, Label::Key("POST_TABLE".into()), Content::Change(text("posts"), text("elsewhere")));
        let variables =
            item(Symbol::Change, Label::Attribute("variables".into()), Content::Group(Around::Braces, vec![table], 2));
        let environment =
            item(Symbol::Change, Label::Block("environment".into()), Content::Group(Around::Block, vec![variables], 0));
        let secret =
            item(Symbol::Change, Label::Attribute("key".into()), Content::Change(Shown::Sensitive, Shown::Sensitive));
        let object = |gone, items| Outside {
            address: "aws_lambda_function.posts".into(),
            id: Some("posts".into()),
            gone,
            items,
        };
        let shown = super::text(&[&object(false, vec![environment, secret]), &object(true, vec![])], 3, Look::PLAIN);
        insta::assert_snapshot!(shown, @r#"
        aws_lambda_function.posts [id=posts] differs
            environment.variables["POST_TABLE"]
              state: "posts"
              live:  "elsewhere"
            key
              state: (sensitive value)
              live:  (sensitive value)

        aws_lambda_function.posts [id=posts] is gone

        Drift: 2 objects of 3 have changed outside recon.
        "#);
        assert_eq!(super::text(&[], 1, Look::PLAIN), "No drift. AWS and state agree on 1 object.\n");
    }
}
