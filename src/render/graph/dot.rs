//! A picture in the DOT language, as `terraform graph` prints it.

use std::collections::BTreeMap;

use super::{Node, Picture};

/// The resources by module, and what each waits for.
pub fn dot(picture: &Picture) -> String {
    let mut out = String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
    let mut modules: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
    for node in &picture.nodes {
        modules.entry(&node.module).or_default().push(node);
    }
    for (module, nodes) in modules {
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            out.push_str(&format!(
                "  subgraph {} {{\n    label = {}\n    fontname = \"sans-serif\"\n",
                quoted(&format!("cluster_{module}")),
                quoted(module)
            ));
        }
        for node in nodes {
            out.push_str(&format!("{indent}{} [label={}{}];\n", quoted(&node.address), label(node), colour(node)));
        }
        if !module.is_empty() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in &picture.edges {
        let (from, to) = (&picture.nodes[*from].address, &picture.nodes[*to].address);
        out.push_str(&format!("  {} -> {};\n", quoted(from), quoted(to)));
    }
    out.push_str("}\n");
    out
}

/// Every part of a configuration that is evaluated, by name, and what each refers to.
pub fn evaluation(names: &[String], edges: &[(usize, usize)]) -> String {
    let mut out = String::from("digraph {\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {\n");
    let node = |at: usize| quoted(&format!("[root] {}", names[at]));
    for (at, name) in names.iter().enumerate() {
        out.push_str(&format!("\t\t{} [label = {}, shape = \"box\"]\n", node(at), quoted(name)));
    }
    for (from, to) in edges {
        out.push_str(&format!("\t\t{} -> {}\n", node(*from), node(*to)));
    }
    out.push_str("\t}\n}\n");
    out
}

fn label(node: &Node) -> String {
    match node.verbs.first() {
        None => quoted(&node.name),
        // The symbol says it without colour.
        Some(verb) => quoted(&format!("{} {}", verb.symbol(), node.name)),
    }
}

fn colour(node: &Node) -> &'static str {
    match node.verbs.first().map(|verb| verb.class()) {
        Some("destroy") => ", color=\"#b42318\", penwidth=2",
        Some("change") => ", color=\"#b54708\", penwidth=2",
        Some("create") => ", color=\"#067647\", penwidth=2",
        Some(_) => ", color=\"#175cd3\"",
        None => "",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::tests::picture;
    use super::*;

    #[test]
    fn resources_stand_in_their_modules_as_terraform_writes_them() {
        let found = picture(&["t.a", "t.b", "module.m.t.c"], &[(1, 0), (2, 1)]);
        insta::assert_snapshot!(dot(&found), @r#"
        digraph G {
          rankdir = "RL";
          node [shape = rect, fontname = "sans-serif"];
          "t.a" [label="t.a"];
          "t.b" [label="t.b"];
          subgraph "cluster_module.m" {
            label = "module.m"
            fontname = "sans-serif"
            "module.m.t.c" [label="t.c"];
          }
          "t.b" -> "t.a";
          "module.m.t.c" -> "t.b";
        }
        "#);
    }
}
