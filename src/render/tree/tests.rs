use indexmap::IndexMap;

use super::*;
use crate::render::items::{created, named, updated};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, same_json};
use crate::value::{Marks, Path, Type, Value};

fn block() -> Block {
    let computed = |ty| Attribute { optional: false, computed: true, ..Attribute::optional(ty) };
    let inner = Block {
        attributes: IndexMap::from([("variables", Attribute::optional(Type::map(Type::String)))]),
        blocks: IndexMap::new(),
    };
    Block {
        attributes: IndexMap::from([
            ("arn", computed(Type::String)),
            ("name", Attribute { replace: true, ..Attribute::optional(Type::String) }),
            ("memory", Attribute::optional(Type::Number)),
            ("layers", Attribute::optional(Type::list(Type::String))),
            ("policy", Attribute { same: same_json, ..Attribute::optional(Type::String) }),
            ("schema", Attribute::optional(Type::String)),
            ("secret", Attribute { sensitive: true, ..Attribute::optional(Type::String) }),
        ]),
        blocks: IndexMap::from([(
            "environment",
            NestedBlock {
                nesting: Nesting::List,
                min: 0,
                max: Some(1),
                computed: false,
                replace: false,
                key: None,
                block: inner,
                doc: "",
            },
        )]),
    }
}

fn environment(entries: &[(&str, &str)]) -> Value {
    let map = entries.iter().map(|(name, value)| ((*name).into(), Value::from(*value))).collect();
    let variables = Value::object_of([("variables", Value::map(Type::String, map))]);
    Value::list(variables.ty(), vec![variables])
}

fn object(entries: Vec<(&str, Value)>) -> Value {
    let block = block();
    let empty = block.attributes.iter().map(|(name, a)| (*name, Value::null(a.ty.clone())));
    let none = block.blocks.iter().map(|(name, nested)| (*name, Value::list(nested.block.ty(), vec![])));
    let start = Value::object_of(empty.chain(none));
    block.mark_sensitive(&entries.into_iter().fold(start, |value, (name, given)| value.with(name, given)))
}

fn update(before: Vec<(&str, Value)>, after: Vec<(&str, Value)>) -> String {
    let (found, later) = updated(&block(), &object(before), &object(after), &|_| true, &[Path::from("name")]);
    format!(
        "{}{}",
        items(&found, 4, Look::PLAIN),
        later.iter().map(|name| format!("    later: {name}\n")).collect::<String>()
    )
}

const SCHEMA: &str = "type Post {\n  id: ID!\n  title: String\n}\n\ntype Query {\n  listPosts: [Post]\n}\n";

#[test]
fn an_object_is_made_of_what_is_known_and_names_what_is_not() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b","a"],"Resource":"*"}]}"#;
    let planned = object(vec![
        ("arn", Value::unknown(Type::String)),
        ("name", "blog".into()),
        ("memory", 1024.into()),
        ("layers", Value::list(Type::String, vec!["one".into(), Value::unknown(Type::String)])),
        ("policy", policy.into()),
        ("schema", SCHEMA.into()),
        ("secret", "hush".into()),
        ("environment", environment(&[("TABLE", "posts")])),
    ]);
    let (found, later) = created(&block(), &planned, &|_| true);
    assert_eq!(later, ["arn"]);
    insta::assert_snapshot!(items(&found, 4, Look::PLAIN), @r#"
    + name   = "blog"
    + memory = 1024
    + layers = ["one", (known after apply)]
    + policy = jsonencode({
        + Statement = [{ Action = ["a", "b"], Effect = "Allow", Resource = "*" }]
        + Version   = "2012-10-17"
      })
    + schema = <<-EOT
        + type Post {
        +   id: ID!
        +   title: String
        + }
        +
        + type Query {
        +   listPosts: [Post]
        + }
      EOT
    + secret = (sensitive value)
    + environment {
        + variables = { "TABLE" = "posts" }
      }
    "#);
}

#[test]
fn only_what_changes_is_shown_and_what_forces_a_new_object_is_named() {
    let shown = update(
        vec![
            ("arn", "arn:1".into()),
            ("name", "blog".into()),
            ("memory", 512.into()),
            ("layers", Value::list(Type::String, vec!["a".into(), "b".into(), "c".into()])),
            ("environment", environment(&[("A", "1"), ("B", "2"), ("C", "3")])),
        ],
        vec![
            ("arn", Value::unknown(Type::String)),
            ("name", "news".into()),
            ("memory", 1024.into()),
            ("layers", Value::list(Type::String, vec!["a".into(), "x".into(), "c".into()])),
            ("environment", environment(&[("A", "1"), ("B", "20"), ("D", "4")])),
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    ~ name   = "blog" -> "news"  # this change needs a new object
    ~ memory = 512 -> 1024
    ~ layers = [
        - "b",
        + "x",
          # (2 unchanged elements)
      ]
    ~ environment {
        ~ variables = {
            ~ "B" = "2" -> "20"
            - "C" = "3"
            + "D" = "4"
              # (1 unchanged member)
          }
      }
    later: arn
    "#);
}

#[test]
fn texts_change_by_line_and_policies_by_meaning() {
    let policy = |action: &str, order: bool| {
        let effect = r#""Effect":"Allow""#;
        let action = format!(r#""Action":{action}"#);
        let (a, b) = if order { (effect, action.as_str()) } else { (action.as_str(), effect) };
        Value::from(format!(r#"{{"Version":"2012-10-17","Statement":[{{{a},{b}}}]}}"#))
    };
    let shown = update(
        vec![("schema", SCHEMA.into()), ("policy", policy(r#"["b","a"]"#, true))],
        vec![
            ("schema", SCHEMA.replace("title: String", "title: String!").into()),
            ("policy", policy(r#"["a","c","b"]"#, false)),
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    ~ policy = jsonencode({
        ~ Statement = [
            ~ {
                ~ Action = [
                    + "c",
                      # (2 unchanged elements)
                  ]
                  # (1 unchanged member)
              },
          ]
          # (1 unchanged member)
      })
    ~ schema = <<-EOT
          type Post {
            id: ID!
        -   title: String
        +   title: String!
          }

          # (3 unchanged lines)
      EOT
    "#);
}

#[test]
fn a_secret_is_never_shown_whichever_side_it_is_on() {
    let secret = Value::string("hush").marked(Marks::SENSITIVE);
    let shown = [
        update(vec![("secret", "old".into())], vec![("secret", "new".into())]),
        items(&[named("key", Some(&"old".into()), Some(&secret))], 0, Look::PLAIN),
        items(&[named("key", Some(&secret), Some(&secret.clone().unmarked()))], 0, Look::PLAIN),
        items(&[named("key", None, Some(&Value::object_of([("a", secret)])))], 0, Look::PLAIN),
    ]
    .concat();
    insta::assert_snapshot!(shown, @"
        ~ secret = (sensitive value) -> (sensitive value) (another one)
    ~ key = (sensitive value) -> (sensitive value) (another one)
    ~ key = (sensitive value)
    + key = { a = (sensitive value) }
    ");
}

#[test]
fn of_a_long_text_only_what_differs_is_shown() {
    let long = |middle: &str| format!("{}{middle}{}", "a".repeat(300), "z".repeat(300));
    let shown = update(vec![("schema", long("old").as_str().into())], vec![("schema", long("new").as_str().into())]);
    let part = |middle: &str| format!("...\"{}{middle}{}\"... (603 characters)", "a".repeat(20), "z".repeat(77));
    assert_eq!(shown, format!("      ~ schema = {} -> {}\n", part("old"), part("new")).replacen("  ", "", 1));
}

#[test]
fn what_differs_in_a_line_stands_out_only_by_colour() {
    let lines = |text: &str| Value::from(text);
    let (before, after) = (lines("same\n  id: $ctx.args.id\n"), lines("same\n  id: $ctx.source.id\n"));
    let (found, _) =
        updated(&block(), &object(vec![("schema", before)]), &object(vec![("schema", after)]), &|_| true, &[]);
    let coloured = items(&found, 4, Look { colour: true, width: 100 });
    assert!(coloured.contains("\u{1b}[1margs\u{1b}[0m"), "{coloured:?}");
    assert!(coloured.contains("\u{1b}[1msource\u{1b}[0m"), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), items(&found, 4, Look::PLAIN));
}

#[test]
fn what_a_change_means_stands_before_it_and_is_counted() {
    let meaning = |breaking, dangerous, text: &str| Meaning { breaking, dangerous, text: text.into() };
    let meanings = vec![
        meaning(true, false, "removed Post.rating: Int"),
        meaning(false, true, "added Order.BEST"),
        meaning(false, false, "added Post.author: String"),
    ];
    let content = Content::Explained(meanings, Box::new(Content::Change(Shown::Number("1".into()), Shown::Null)));
    let label = Label::Attribute("schema".into());
    let part = Item { symbol: Symbol::Change, label, content, replaces: false };
    insta::assert_snapshot!(items(&[part], 0, Look::PLAIN), @r"
      # schema: 3 changes, 1 breaking, 1 dangerous
      #   breaking: removed Post.rating: Int
      #   dangerous: added Order.BEST
      #   added Post.author: String
    ~ schema = 1 -> null
    ");
}
