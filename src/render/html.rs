//! A plan as one page for a browser: the graph, the changes, and what differs in each. The page loads nothing and needs nobody.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::Look;
use super::graph::{Picture, layout};
use super::report::{Change, Report};
use super::terminal::{self, object, outside_object};
use super::tree::items;
use crate::diagnostic::Diagnostics;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The page of a plan. Everything that comes from a user is data in it, which the script shows as text.
pub fn page(picture: &Picture, report: &Report, problems: &Diagnostics, now: Timestamp) -> String {
    let data = data(picture, report, problems, now).to_string();
    // The end of a script element is the only thing that could end it; JSON may be written without its first character.
    let data = data.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    // The data comes last, so that nothing in it is taken for a place to fill.
    let page = PAGE.replace("{{policy}}", &policy).replace("{{style}}", STYLE).replace("{{script}}", SCRIPT);
    page.replacen("{{data}}", &data, 1)
}

/// What a policy of the page names a script or style by.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn data(picture: &Picture, report: &Report, problems: &Diagnostics, now: Timestamp) -> Json {
    let layout = layout(picture);
    let nodes: Vec<Json> = picture
        .nodes
        .iter()
        .zip(&layout.places)
        .map(|(node, place)| {
            let (ty, name) = node.name.rsplit_once('.').unwrap_or(("", &node.name));
            json!({
                "address": node.address, "module": node.module, "type": ty, "name": name,
                "class": node.verbs.first().map_or("same", |verb| verb.class()),
                "symbol": node.verbs.first().map_or("", |verb| verb.symbol()),
                "changes": node.changes,
                "x": place.x.round(), "y": place.y.round(), "w": place.width.round(),
            })
        })
        .collect();
    json!({
        "total": terminal::total(report, Look::PLAIN).trim_end(),
        "time": now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "width": layout.width, "height": layout.height,
        "nodes": nodes,
        "edges": picture.edges,
        "changes": report.changes.iter().map(change).collect::<Vec<_>>(),
        "outputs": lines(&items(&report.outputs, 2, Look::PLAIN)),
        "outside": report.outside.iter().flat_map(|o| lines(&outside_object(o, Look::PLAIN))).collect::<Vec<_>>(),
        "problems": problems.iter().map(|problem| json!({
            "severity": problem.severity.to_string(), "summary": problem.summary, "detail": problem.detail,
            "address": problem.address,
        })).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Json {
    json!({
        "address": change.address,
        "verb": change.verb.heading(),
        "class": change.verb.class(),
        "symbol": change.symbol(),
        "phrase": change.phrase(),
        "dear": change.dear,
        "breaking": change.breaking(),
        "lines": lines(&object(change, Look::PLAIN)).split_off(1),
    })
}

/// Lines with the class of their symbol, so that the script need not look at texts.
fn lines(text: &str) -> Vec<Json> {
    let class = |line: &str| match line.trim_start().split(' ').next() {
        Some("+") => "create",
        Some("-") => "destroy",
        Some("~") => "change",
        Some("#") => "note",
        _ => "same",
    };
    text.lines().map(|line| json!([class(line), line])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::items::{Content, Item, Label, Shown, Symbol};
    use crate::render::report::Verb;

    #[test]
    fn no_text_can_end_the_data_or_fill_a_place() {
        let evil = "</script><img src=x onerror=alert(1)>{{script}}";
        let item = Item {
            symbol: Symbol::Add,
            label: Label::Attribute("input".into()),
            content: Content::Value(Shown::Text(evil.into())),
            replaces: false,
        };
        let change = Change {
            address: "t.a".into(),
            verb: Verb::Create,
            id: None,
            moved_from: None,
            import_id: None,
            why: String::new(),
            items: vec![item],
            later: Vec::new(),
            dear: false,
            create_first: false,
        };
        let report = Report { changes: vec![change], ..Report::default() };
        let text = page(&Picture::default().with_plan(&report), &report, &Diagnostics::new(), Timestamp::UNIX_EPOCH);
        assert!(!text.contains("<img"), "markup of a value is data");
        assert_eq!(text.matches("</script>").count(), 2, "the data and the script end once each");
        let (_, rest) = text.split_once("type=\"application/json\">").unwrap();
        let data: Json = serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap();
        assert!(data["changes"][0]["lines"][0][1].as_str().unwrap().contains(evil), "{data}");
    }

    #[test]
    fn the_policy_names_what_is_in_the_page() {
        let text = page(&Picture::default(), &Report::default(), &Diagnostics::new(), Timestamp::UNIX_EPOCH);
        assert!(text.contains(&format!("script-src '{}'", hash(SCRIPT))), "{text}");
        assert!(
            text.contains(&format!("<script>{SCRIPT}</script>")) && text.contains(&format!("<style>{STYLE}</style>"))
        );
    }
}
