//! Addresses written as expressions, as in `from = module.a.aws_iam_role.api["x"]`.

use std::sync::Arc;

use super::Compiler;
use crate::address::{Key, Target};
use crate::diagnostic::Span;
use crate::language::ast::{Attribute, Expr, ExprKind};

/// A name of an address, with what stands in brackets behind it.
pub(super) struct Segment {
    pub(super) name: Arc<str>,
    pub(super) key: Option<Expr>,
    span: Span,
}

const RESERVED: [&str; 10] =
    ["var", "local", "each", "count", "path", "self", "terraform", "ephemeral", "provider", "output"];

impl Compiler<'_> {
    /// The address that an argument names; its keys are constants.
    pub(super) fn target(&mut self, attribute: &Attribute) -> Option<Target> {
        let segments = self.segments(&attribute.expr)?;
        let mut keyed = Vec::with_capacity(segments.len());
        for segment in &segments {
            let key = match &segment.key {
                None => Key::None,
                Some(expr) => match constant_key(expr) {
                    Some(key) => key,
                    None => {
                        self.not_static(attribute.expr.span);
                        return None;
                    }
                },
            };
            keyed.push((segment.name.clone(), key));
        }
        self.assemble(&segments, &keyed)
    }

    /// What the names and keys of an address name.
    pub(super) fn assemble(&mut self, segments: &[Segment], keyed: &[(Arc<str>, Key)]) -> Option<Target> {
        match Target::from_segments(keyed) {
            Ok(target) => Some(target),
            Err((at, why)) => {
                let detail = format!("This is no address of a module or resource: {why}.");
                let span = segments.get(at).or(segments.last()).map(|segment| segment.span);
                self.problems.error("Invalid address").at(span).detail(detail);
                None
            }
        }
    }

    /// The names of an address, each with what stands in brackets behind it.
    pub(super) fn segments(&mut self, expr: &Expr) -> Option<Vec<Segment>> {
        let mut segments = Vec::new();
        if !split(expr, &mut segments) {
            self.not_static(expr.span);
            return None;
        }
        let modules = segments.iter().step_by(2).take_while(|segment| &*segment.name == "module").count() * 2;
        if let Some(first) = segments.get(modules)
            && RESERVED.contains(&&*first.name)
        {
            let detail = format!("The word \"{}\" does not begin the address of a resource or module.", first.name);
            let help = format!("A resource type of that name is written `resource.{}`.", first.name);
            self.problems.error("Invalid address").at(first.span).detail(detail).help(help);
            return None;
        }
        Some(segments)
    }

    fn not_static(&mut self, span: Span) {
        let detail = "The address of a module or resource is required here, without quotes: names with dots between them, \
                      and keys in brackets that are constants.";
        self.problems.error("Invalid expression").at(span).detail(detail);
    }
}

/// The key that a constant in brackets is.
pub(super) fn constant_key(expr: &Expr) -> Option<Key> {
    match &expr.kind {
        ExprKind::String(text) => Some(Key::Name(text.clone())),
        ExprKind::Number(number) => number.to_usize().map(|index| Key::Index(index as u64)),
        _ => None,
    }
}

fn split(expr: &Expr, segments: &mut Vec<Segment>) -> bool {
    match &expr.kind {
        ExprKind::Variable(name) => {
            segments.push(Segment { name: name.clone(), key: None, span: expr.span });
            true
        }
        ExprKind::GetAttr(source, name) => {
            let found = split(source, segments);
            segments.push(Segment { name: name.text.clone(), key: None, span: name.span });
            found
        }
        ExprKind::Index(source, key) => {
            let found = split(source, segments);
            match segments.last_mut() {
                Some(last) if last.key.is_none() => {
                    last.key = Some(Expr::clone(key));
                    found
                }
                _ => false,
            }
        }
        _ => false,
    }
}
