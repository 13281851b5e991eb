//! Type constraints: `list(object({ name = string, size = optional(number, 10) }))`.

use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::language::ast::{Expr, ExprKind};
use crate::language::eval::{NoScope, eval};
use crate::value::{ObjectType, Type, TypeDefaults, convert};

/// The type that an expression names, and the defaults in it; `None` if it names none, which is reported.
pub(super) fn type_constraint(expr: &Expr, problems: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let mut fail = |span: Span, detail: String, help: String| {
        problems.error("Invalid type specification").at(span).detail(detail).help(help);
        None
    };
    match &expr.kind {
        ExprKind::Paren(inner) => type_constraint(inner, problems),
        ExprKind::Variable(name) => match &**name {
            "string" => Some((Type::String, TypeDefaults::default())),
            "number" => Some((Type::Number, TypeDefaults::default())),
            "bool" => Some((Type::Bool, TypeDefaults::default())),
            "any" => Some((Type::Dynamic, TypeDefaults::default())),
            // The short forms of old, which mean collections of anything.
            "list" => Some((Type::list(Type::Dynamic), TypeDefaults::default())),
            "map" => Some((Type::map(Type::Dynamic), TypeDefaults::default())),
            "set" | "object" | "tuple" => fail(
                expr.span,
                format!("The {name} type constructor requires one argument, in parentheses."),
                String::new(),
            ),
            other => fail(
                expr.span,
                format!("The keyword \"{other}\" is not a valid type specification."),
                did_you_mean(other, ["string", "number", "bool", "any", "list", "set", "map", "object", "tuple"]),
            ),
        },
        ExprKind::Call { name, args, .. } => constructor(&name.text, args, expr.span, problems),
        ExprKind::String(text) => {
            fail(expr.span, "A type is written without quotes.".into(), format!("Write `type = {text}`."))
        }
        _ => fail(
            expr.span,
            "A type specification is either a primitive type keyword (bool, number, string), or a call of a type \
             constructor such as list(string)."
                .into(),
            String::new(),
        ),
    }
}

fn constructor(name: &str, args: &[Expr], span: Span, problems: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let [arg] = args else {
        let detail = if name == "optional" {
            "The modifier optional(type, default) is valid for attributes of an object type only.".to_owned()
        } else {
            format!("The {name} type constructor requires one argument.")
        };
        problems.error("Invalid type specification").at(span).detail(detail);
        return None;
    };
    match name {
        "list" | "set" | "map" => {
            let (element, inner) = type_constraint(arg, problems)?;
            let ty = match name {
                "list" => Type::list(element),
                "set" => Type::set(element),
                _ => Type::map(element),
            };
            let mut defaults = TypeDefaults::default();
            if !inner.is_empty() {
                defaults.children.insert(Arc::from(""), inner);
            }
            Some((ty, defaults))
        }
        "tuple" => {
            let ExprKind::Tuple(items) = &arg.kind else {
                let detail = "Tuple type constructor requires a list of element types in brackets.";
                problems.error("Invalid type specification").at(arg.span).detail(detail);
                return None;
            };
            let mut defaults = TypeDefaults::default();
            let mut types = Vec::new();
            for (i, item) in items.iter().enumerate() {
                let (ty, inner) = type_constraint(item, problems)?;
                types.push(ty);
                if !inner.is_empty() {
                    defaults.children.insert(Arc::from(i.to_string()), inner);
                }
            }
            Some((Type::Tuple(types.into()), defaults))
        }
        "object" => {
            let ExprKind::Object(items) = &arg.kind else {
                let detail = "Object type constructor requires a map whose keys are attribute names and whose values are \
                              the corresponding attribute types.";
                problems.error("Invalid type specification").at(arg.span).detail(detail);
                return None;
            };
            object(items, problems)
        }
        other => {
            let detail = format!("Keyword \"{other}\" is not a valid type constructor.");
            let help = did_you_mean(other, ["list", "set", "map", "object", "tuple"]);
            problems.error("Invalid type specification").at(span).detail(detail).help(help);
            None
        }
    }
}

fn object(items: &[(Expr, Expr)], problems: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let mut object = ObjectType::default();
    let mut defaults = TypeDefaults::default();
    for (key, item) in items {
        let ExprKind::String(name) = &key.kind else {
            let detail = "Object constructor map keys must be attribute names.";
            problems.error("Invalid type specification").at(key.span).detail(detail);
            return None;
        };
        let (ty, default) = match &item.kind {
            ExprKind::Call { name: modifier, args, .. } if &*modifier.text == "optional" => {
                object.optional.insert(name.clone());
                match args.as_slice() {
                    [ty] => (ty, None),
                    [ty, default] => (ty, Some(default)),
                    _ => {
                        let detail = "Optional attribute modifier requires the attribute type and may have a default.";
                        problems.error("Invalid type specification").at(item.span).detail(detail);
                        return None;
                    }
                }
            }
            _ => (item, None),
        };
        let (ty, inner) = type_constraint(ty, problems)?;
        if let Some(default) = default {
            let value = eval(default, &NoScope, problems);
            match convert(&inner.apply(&value), &ty) {
                Ok(_) => {
                    defaults.values.insert(name.clone(), value);
                }
                Err(error) => {
                    let detail =
                        format!("This default value is not compatible with the attribute's type constraint: {error}.");
                    problems.error("Invalid default value for optional attribute").at(default.span).detail(detail);
                }
            }
        }
        if !inner.is_empty() {
            defaults.children.insert(name.clone(), inner);
        }
        object.attributes.insert(name.clone(), ty);
    }
    Some((Type::Object(Arc::new(object)), defaults))
}
