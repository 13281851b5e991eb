//! What holds for every input, and a small world for configurations to be read in.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::language::Scope;
use crate::language::ast::{Body, ExprKind};
use crate::language::references::Subject;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema, Schemas};
use crate::value::{Type, Value};

/// Every problem stands at a place in the text.
pub fn problems(found: &Diagnostics, text: &str) {
    for problem in found {
        assert!(!problem.summary.is_empty() && !problem.detail.is_empty(), "{problem:?}");
        for span in [problem.span, problem.context].into_iter().flatten() {
            assert!(text.get(span.range()).is_some(), "{problem:?}");
        }
    }
}

/// Every node of a tree stands at a place in the text, inside the node around it, and what is invalid was reported.
pub fn body(body: &Body, text: &str, reported: bool) {
    let inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?}");
    inside(body.span);
    assert!(reported || body.gaps.is_empty());
    for attribute in &body.attributes {
        inside(attribute.name.span);
        inside(attribute.expr.span);
        inside(attribute.span);
        assert!(reported || !matches!(attribute.expr.kind, ExprKind::Invalid));
    }
    for block in &body.blocks {
        inside(block.header);
        inside(block.span);
        self::body(&block.body, text, reported);
    }
}

/// Variables of every kind.
#[derive(Debug)]
pub struct SmallScope {
    folder: PathBuf,
}

impl SmallScope {
    /// A scope whose files are in a folder that does not exist.
    pub fn new() -> Self {
        Self { folder: PathBuf::from("/nonexistent") }
    }
}

impl Default for SmallScope {
    fn default() -> Self {
        Self::new()
    }
}

impl Scope for SmallScope {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let name = subject.to_string();
        Ok(match name.rsplit('.').next().unwrap_or_default() {
            "n" => 7.into(),
            "s" => "text".into(),
            "b" => Value::bool(true),
            "null" => Value::null(Type::String),
            "l" => Value::list(Type::Number, vec![1.into(), 2.into(), 3.into()]),
            "m" => Value::object_of([("a", 1.into()), ("b", "two".into())]),
            "set" => Value::set(Type::String, vec!["x".into(), "y".into()]),
            "u" => Value::unknown(Type::Dynamic),
            "us" => Value::unknown(Type::String),
            "ul" => Value::unknown(Type::list(Type::String)),
            "o" => Value::object_of([
                ("list", Value::tuple(vec![1.into(), "a".into()])),
                ("none", Value::null(Type::Dynamic)),
            ]),
            _ => {
                let problem = Diagnostic::error("Unknown name").with(|p| {
                    p.at(span).detail("There is no such thing.");
                });
                return Err(Box::new(problem));
            }
        })
    }

    fn folder(&self) -> &Path {
        &self.folder
    }
}

/// One resource type with arguments and nested blocks.
#[derive(Debug)]
pub struct SmallSchemas(Schema);

impl SmallSchemas {
    /// The type `a_thing`.
    pub fn new() -> Self {
        let nested = |block| NestedBlock {
            nesting: Nesting::List,
            min: 0,
            max: None,
            computed: false,
            replace: false,
            key: None,
            block,
            doc: "",
        };
        let part = nested(Block::default());
        let rule = nested(Block { blocks: [("part", part)].into_iter().collect(), ..Block::default() });
        let block = Block {
            attributes: [("name", Attribute::optional(Type::String))].into_iter().collect(),
            blocks: [("rule", rule)].into_iter().collect(),
        };
        Self(Schema::new("a_thing", "", block))
    }
}

impl Default for SmallSchemas {
    fn default() -> Self {
        Self::new()
    }
}

impl Schemas for SmallSchemas {
    fn resource_schema(&self, name: &str) -> Option<&Schema> {
        (name == self.0.name).then_some(&self.0)
    }
    fn data_schema(&self, name: &str) -> Option<&Schema> {
        self.resource_schema(name)
    }
    fn resource_names(&self) -> Vec<&'static str> {
        vec![self.0.name]
    }
    fn data_names(&self) -> Vec<&'static str> {
        vec![self.0.name]
    }
}
