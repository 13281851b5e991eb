//! What an expression refers to, found without evaluating it.

use std::fmt;
use std::sync::Arc;

use super::ast::{Body, Expr, ExprKind, TemplatePart};
use super::config::ResourceKey;
use super::functions;
use crate::address::Mode;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// The thing that a reference starts at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// `var.name`
    Variable(Arc<str>),
    /// `local.name`
    Local(Arc<str>),
    /// `module.name`
    Module(Arc<str>),
    /// `type.name`, `data.type.name` or `ephemeral.type.name`
    Resource(ResourceKey),
    /// `each.key` or `each.value`
    Each(Arc<str>),
    /// `count.index`
    CountIndex,
    /// `path.module`, `path.root` or `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace` and its like
    Terraform(Arc<str>),
    /// `self`
    ThisObject,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Module(name) => write!(f, "module.{name}"),
            Self::Resource(key) => write!(f, "{}{}.{}", key.mode.prefix(), key.ty, key.name),
            Self::Each(name) => write!(f, "each.{name}"),
            Self::CountIndex => f.write_str("count.index"),
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Terraform(name) => write!(f, "terraform.{name}"),
            Self::ThisObject => f.write_str("self"),
        }
    }
}

/// One reference in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it starts at.
    pub subject: Subject,
    /// The attribute names and literal keys behind the subject, as far as they stand in the text.
    pub rest: Vec<Access>,
    /// The whole reference.
    pub span: Span,
}

/// A step behind a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `.name`
    Attribute(Arc<str>),
    /// `["key"]`
    Key(Arc<str>),
    /// `[0]`
    Index(u64),
    /// `[expression]`, or a splat: any.
    Any,
}

/// What an expression begins with.
pub(super) enum Root {
    /// The expression names a subject, no more and no less.
    Subject(Subject),
    /// The expression looks like a reference but is none.
    Invalid(String),
    /// The expression is something else, or leads further into something.
    None,
}

/// What an expression begins with. Names for which `bound` is true belong to an enclosing `for` or its like.
pub(super) fn root_of(expr: &Expr, bound: &dyn Fn(&str) -> bool) -> Root {
    match &expr.kind {
        ExprKind::Variable(name) => match &**name {
            name if bound(name) => Root::None,
            "self" => Root::Subject(Subject::ThisObject),
            "var" | "local" | "module" | "each" | "count" | "path" | "terraform" => {
                Root::Invalid(format!("The \"{name}\" object cannot be used by itself; name one of its attributes."))
            }
            "data" | "resource" | "ephemeral" => {
                Root::Invalid(format!("The word \"{name}\" must be followed by a resource type and a resource name."))
            }
            _ => Root::Invalid(
                "A reference to a resource type must be followed by at least one attribute access, specifying the \
                 resource name. A text is written in quotes."
                    .into(),
            ),
        },
        ExprKind::GetAttr(source, name) => match &source.kind {
            ExprKind::Variable(root) if !bound(root) => attribute_of_root(root, &name.text),
            ExprKind::GetAttr(inner, ty) => match &inner.kind {
                ExprKind::Variable(root) if !bound(root) => match &**root {
                    "data" => Root::Subject(resource(Mode::Data, &ty.text, &name.text)),
                    "resource" => Root::Subject(resource(Mode::Managed, &ty.text, &name.text)),
                    "ephemeral" => Root::Subject(resource(Mode::Ephemeral, &ty.text, &name.text)),
                    _ => Root::None,
                },
                _ => Root::None,
            },
            _ => Root::None,
        },
        ExprKind::Index(source, _) => match &source.kind {
            ExprKind::Variable(root) if !bound(root) => match root_of(source, bound) {
                Root::Invalid(_) => Root::Invalid(format!(
                    "The \"{root}\" object must be followed by an attribute name, not by an index."
                )),
                _ => Root::None,
            },
            _ => Root::None,
        },
        _ => Root::None,
    }
}

fn resource(mode: Mode, ty: &Arc<str>, name: &Arc<str>) -> Subject {
    Subject::Resource(ResourceKey { mode, ty: ty.clone(), name: name.clone() })
}

fn attribute_of_root(root: &Arc<str>, name: &Arc<str>) -> Root {
    let no_attribute = |known: &str| {
        Root::Invalid(format!("The \"{root}\" object does not have an attribute named \"{name}\". It has {known}."))
    };
    Root::Subject(match &**root {
        "var" => Subject::Variable(name.clone()),
        "local" => Subject::Local(name.clone()),
        "module" => Subject::Module(name.clone()),
        "count" => match &**name {
            "index" => Subject::CountIndex,
            _ => return no_attribute("\"index\" alone"),
        },
        "each" => match &**name {
            "key" | "value" => Subject::Each(name.clone()),
            _ => return no_attribute("\"key\" and \"value\""),
        },
        "path" => match &**name {
            "module" | "root" | "cwd" => Subject::Path(name.clone()),
            _ => return no_attribute("\"module\", \"root\" and \"cwd\""),
        },
        "terraform" => match &**name {
            "workspace" | "applying" => Subject::Terraform(name.clone()),
            _ => return no_attribute("\"workspace\" and \"applying\""),
        },
        "self" => return Root::None,
        "data" | "resource" | "ephemeral" => {
            return Root::Invalid(format!("\"{root}.{name}\" must be followed by a resource name."));
        }
        _ => resource(Mode::Managed, root, name),
    })
}

/// What an expression refers to. What looks like a reference and is none is reported, and so are functions that do not exist.
pub fn of_expr(expr: &Expr, problems: &mut Diagnostics) -> Vec<Reference> {
    let mut found = Vec::new();
    Collector { bound: Vec::new(), found: &mut found, tried: 0, problems }.expr(expr);
    found
}

/// What the expressions of a body and the blocks in it refer to, `dynamic` blocks included.
pub fn of_body(body: &Body, problems: &mut Diagnostics) -> Vec<Reference> {
    let mut found = Vec::new();
    Collector { bound: Vec::new(), found: &mut found, tried: 0, problems }.body(body);
    found
}

struct Collector<'a> {
    bound: Vec<Arc<str>>,
    found: &'a mut Vec<Reference>,
    /// Calls of `try` and `can` around the place: there a function that does not exist is no mistake.
    tried: usize,
    problems: &'a mut Diagnostics,
}

impl Collector<'_> {
    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.expr(&attribute.expr);
        }
        for block in &body.blocks {
            if &*block.ty.text == "dynamic" && block.labels.len() == 1 {
                self.dynamic(&block.labels[0].text, &block.body);
            } else {
                self.body(&block.body);
            }
        }
    }

    fn dynamic(&mut self, label: &Arc<str>, body: &Body) {
        if let Some(source) = body.attribute("for_each") {
            self.expr(&source.expr);
        }
        let iterator = match body.attribute("iterator").map(|attribute| &attribute.expr.kind) {
            Some(ExprKind::Variable(name)) => name.clone(),
            _ => label.clone(),
        };
        self.bound.push(iterator);
        if let Some(labels) = body.attribute("labels") {
            self.expr(&labels.expr);
        }
        for content in body.blocks_of("content") {
            self.body(&content.body);
        }
        self.bound.pop();
    }

    /// The reference that a chain of accesses makes, if it begins with a subject.
    fn chain(&mut self, expr: &Expr) -> Option<Reference> {
        let bound = &self.bound;
        match root_of(expr, &|name| bound.iter().any(|b| &**b == name)) {
            Root::Subject(subject) => return Some(Reference { subject, rest: Vec::new(), span: expr.span }),
            Root::Invalid(detail) => {
                self.problems.error("Invalid reference").at(expr.span).detail(detail);
                return None;
            }
            Root::None => {}
        }
        let mut reference = match &expr.kind {
            ExprKind::GetAttr(source, name) => {
                let mut reference = self.chain(source)?;
                reference.rest.push(access_of(&name.text));
                reference
            }
            ExprKind::Index(source, key) => {
                let reference = self.chain(source);
                self.expr(key);
                let mut reference = reference?;
                reference.rest.push(match &key.kind {
                    ExprKind::String(text) => Access::Key(text.clone()),
                    ExprKind::Number(number) => {
                        number.to_usize().map_or(Access::Any, |index| Access::Index(index as u64))
                    }
                    _ => Access::Any,
                });
                reference
            }
            ExprKind::Splat { source, each } => {
                let reference = self.chain(source);
                let mut rest = Vec::new();
                self.splat_rest(each, &mut rest);
                let mut reference = reference?;
                reference.rest.push(Access::Any);
                reference.rest.extend(rest);
                reference
            }
            ExprKind::Variable(_) | ExprKind::SplatItem => return None,
            _ => {
                self.children(expr);
                return None;
            }
        };
        reference.span = expr.span;
        Some(reference)
    }

    /// The accesses that a splat makes on each element, up to the first that is more than a name or key.
    fn splat_rest(&mut self, each: &Expr, rest: &mut Vec<Access>) {
        match &each.kind {
            ExprKind::GetAttr(source, name) => {
                self.splat_rest(source, rest);
                rest.push(access_of(&name.text));
            }
            ExprKind::Index(source, key) => {
                self.splat_rest(source, rest);
                self.expr(key);
                rest.push(Access::Any);
            }
            ExprKind::Splat { source, each } => {
                self.splat_rest(source, rest);
                rest.push(Access::Any);
                self.splat_rest(each, rest);
            }
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) | ExprKind::Splat { .. } => {
                if let Some(reference) = self.chain(expr) {
                    self.found.push(reference);
                }
            }
            _ => self.children(expr),
        }
    }

    fn children(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Invalid
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Variable(_)
            | ExprKind::SplatItem => {}
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Interpolation(inner) | ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::GetAttr(source, _) => self.expr(source),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Splat { source: a, each: b } => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call { name, args, .. } => {
                let tries = usize::from(matches!(&*name.text, "try" | "can"));
                if self.tried == 0 {
                    functions::check_name(name, self.problems);
                }
                self.tried += tries;
                args.iter().for_each(|arg| self.expr(arg));
                self.tried -= tries;
            }
            ExprKind::Conditional(condition, yes, no) => {
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for (key, value) in items {
                    self.problems.extend(ambiguous_key(key));
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::For(inner) => {
                self.expr(&inner.source);
                let depth = self.bound.len();
                self.bound.extend(inner.key.iter().map(|name| name.text.clone()));
                self.bound.push(inner.value.text.clone());
                if let Some(key) = &inner.result_key {
                    self.expr(key);
                }
                self.expr(&inner.result);
                if let Some(condition) = &inner.condition {
                    self.expr(condition);
                }
                self.bound.truncate(depth);
            }
        }
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(..) => {}
                TemplatePart::Interpolation(expr) => self.expr(expr),
                TemplatePart::If { condition, yes, no, .. } => {
                    self.expr(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                TemplatePart::For { key, value, source, body, .. } => {
                    self.expr(source);
                    let depth = self.bound.len();
                    self.bound.extend(key.iter().map(|name| name.text.clone()));
                    self.bound.push(value.text.clone());
                    self.parts(body);
                    self.bound.truncate(depth);
                }
            }
        }
    }
}

/// Reports a reference as a key of an object: it means the name of something only where configurations of providers are
/// passed to a module.
pub(super) fn ambiguous_key(key: &Expr) -> Option<Diagnostic> {
    matches!(key.kind, ExprKind::GetAttr(..) | ExprKind::Index(..)).then(|| {
        Diagnostic::error("Ambiguous attribute key").with(|d| {
            d.at(key.span).detail(
                "A reference as a key must be put in parentheses. To use the literal name as a key, put it in quotes.",
            );
        })
    })
}

fn access_of(name: &Arc<str>) -> Access {
    name.parse().map_or_else(|_| Access::Attribute(name.clone()), Access::Index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceMap;
    use crate::language::{parse_body, parse_expression};

    fn show(reference: &Reference) -> String {
        format!("{} {}", reference.subject, reference.rest.len())
    }

    fn found(text: &str) -> Vec<String> {
        let mut problems = Diagnostics::new();
        let id = SourceMap::new().add("x", text);
        let expr = parse_expression(id, text, &mut problems).unwrap();
        let references = of_expr(&expr, &mut problems);
        references.iter().map(show).chain(problems.iter().map(|p| p.detail.clone())).collect()
    }

    #[test]
    fn references_are_found_wherever_they_stand_and_iterators_are_not_references() {
        assert_eq!(
            found("[for k, v in var.m : \"${v.x}-${local.y[k]}-${aws_a.b[0].arn}\" if data.t.n.ok]"),
            ["var.m 0", "local.y 1", "aws_a.b 2", "data.t.n 1"]
        );
        assert_eq!(found("module.m[*].out.x"), ["module.m 3"]);
        assert_eq!(found("var[\"x\"]"), ["The \"var\" object must be followed by an attribute name, not by an index."]);
    }

    #[test]
    fn iterators_of_dynamic_blocks_are_not_references() {
        let text = "dynamic \"rule\" {\n for_each = var.rules\n iterator = it\n content {\n a = it.value.a\n b = each.key\n }\n}\n";
        let mut problems = Diagnostics::new();
        let id = SourceMap::new().add("x", text);
        let body = parse_body(id, text, &mut problems);
        let references = of_body(&body, &mut problems);
        assert!(problems.is_empty());
        assert_eq!(references.iter().map(show).collect::<Vec<_>>(), ["var.rules 0", "each.key 0"]);
    }

    #[test]
    fn a_reference_is_no_key() {
        let told =
            "A reference as a key must be put in parentheses. To use the literal name as a key, put it in quotes.";
        assert_eq!(found("{ var.a = 1, (var.b) = 2, c = 3 }"), ["var.a 0", "var.b 0", told]);
    }
}
