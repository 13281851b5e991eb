//! A picture in Mermaid, which GitHub and GitLab draw in Markdown.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, Picture, escaped};
use crate::render::report::Verb;

/// What Mermaid draws without being asked for more: its settings `maxEdges` (500) and `maxTextSize` (50,000 characters).
const MOST_EDGES: usize = 490;
const MOST_TEXT: usize = 48_000;

/// The resources by module. What is too much for one drawing is folded: resources of a type in a module are one box, or whole
/// modules are.
pub fn mermaid(picture: &Picture) -> String {
    for fold in [Fold::Nothing, Fold::Types, Fold::Modules] {
        let text = drawn(picture, fold);
        if text.len() <= MOST_TEXT && text.matches(" --> ").count() <= MOST_EDGES {
            return text;
        }
    }
    let mut counts: BTreeMap<Verb, usize> = BTreeMap::new();
    picture.nodes.iter().filter_map(|node| node.verbs.first()).for_each(|verb| *counts.entry(*verb).or_default() += 1);
    let counts: String = counts.iter().map(|(verb, count)| format!("; {}: {count}", verb.heading())).collect();
    let text = format!("{} resources: too many to draw{counts}", picture.nodes.len());
    format!("flowchart LR\n  all[\"{}\"]\n", escaped(&text))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Nothing,
    Types,
    Modules,
}

struct Folded {
    module: String,
    label: String,
    verbs: BTreeSet<Verb>,
    count: usize,
}

fn drawn(picture: &Picture, fold: Fold) -> String {
    let key = |node: &Node| match fold {
        Fold::Nothing => (node.module.clone(), node.name.clone()),
        Fold::Types => (node.module.clone(), node.name.rsplit_once('.').map_or("", |(ty, _)| ty).to_owned()),
        Fold::Modules => (String::new(), if node.module.is_empty() { "root module" } else { &node.module }.to_owned()),
    };
    let mut boxes: BTreeMap<(String, String), Folded> = BTreeMap::new();
    for node in &picture.nodes {
        let (module, label) = key(node);
        let new = Folded { module: module.clone(), label: label.clone(), verbs: BTreeSet::new(), count: 0 };
        let folded = boxes.entry((module, label)).or_insert(new);
        folded.verbs.extend(&node.verbs);
        folded.count += 1;
    }
    let position: BTreeMap<&(String, String), usize> = boxes.keys().zip(0..).collect();
    let mut out = String::from("flowchart LR\n");
    match fold {
        Fold::Nothing => {}
        Fold::Types => out.push_str("  %% Resources of one type are one box: there are too many to draw each.\n"),
        Fold::Modules => out.push_str("  %% Modules are one box: there are too many resources to draw each.\n"),
    }
    let mut module = "";
    for (at, folded) in boxes.values().enumerate() {
        if folded.module != module {
            if !module.is_empty() {
                out.push_str("  end\n");
            }
            if !folded.module.is_empty() {
                out.push_str(&format!("  subgraph m{at}[\"{}\"]\n", escaped(&folded.module)));
            }
            module = &folded.module;
        }
        out.push_str(&format!("  n{at}[\"{}\"]{}\n", escaped(&label(folded)), class(folded)));
    }
    if !module.is_empty() {
        out.push_str("  end\n");
    }
    let edges: BTreeSet<(usize, usize)> = (picture.edges.iter())
        .map(|(from, to)| (position[&key(&picture.nodes[*to])], position[&key(&picture.nodes[*from])]))
        .filter(|(first, then)| first != then)
        .collect();
    for (first, then) in edges {
        out.push_str(&format!("  n{first} --> n{then}\n"));
    }
    if boxes.values().any(|folded| !folded.verbs.is_empty()) {
        out.push_str(
            "  classDef create stroke:#067647,stroke-width:2px\n  classDef change stroke:#b54708,stroke-width:2px\n  \
             classDef destroy stroke:#b42318,stroke-width:3px\n  classDef read stroke:#175cd3\n",
        );
    }
    out
}

fn label(folded: &Folded) -> String {
    let symbol = folded.verbs.first().map_or(String::new(), |verb| format!("{} ", verb.symbol()));
    let count = if folded.count > 1 { format!(" ({})", folded.count) } else { String::new() };
    format!("{symbol}{}{count}", folded.label)
}

fn class(folded: &Folded) -> String {
    folded.verbs.first().map_or(String::new(), |verb| format!(":::{}", verb.class()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::picture;
    use super::*;

    #[test]
    fn what_comes_first_points_to_what_waits_for_it() {
        let mut found = picture(&["t.a", "t.b", "module.m.t.c"], &[(1, 0), (2, 1)]);
        found.nodes[1].verbs.insert(Verb::Read);
        insta::assert_snapshot!(mermaid(&found), @r#"
        flowchart LR
          n0["t.a"]
          n1["&lt;= t.b"]:::read
          subgraph m2["module.m"]
          n2["t.c"]
          end
          n0 --> n1
          n1 --> n2
          classDef create stroke:#067647,stroke-width:2px
          classDef change stroke:#b54708,stroke-width:2px
          classDef destroy stroke:#b42318,stroke-width:3px
          classDef read stroke:#175cd3
        "#);
    }

    #[test]
    fn what_is_too_much_is_folded_by_type_and_then_by_module() {
        let names: Vec<String> = (0..600).map(|i| format!("t.r{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).chain(["u.x"]).collect();
        let edges: Vec<(usize, usize)> = (0..600).map(|i| (i, 600)).collect();
        let text = mermaid(&picture(&names, &edges));
        assert!(text.contains("n0[\"t (600)\"]") && text.contains("n1 --> n0"), "{text}");
        let names: Vec<String> = (0..3000).map(|i| format!("type_{i}.r")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = mermaid(&picture(&names, &[]));
        assert!(text.contains("root module (3000)"), "{}", &text[..200]);
    }
}
