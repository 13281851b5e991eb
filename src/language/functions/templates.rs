//! Templates from files and from texts.

use std::path::Path;
use std::sync::Arc;

use super::files::read_text;
use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span, did_you_mean};
use crate::language::ast::{Expr, ExprKind};
use crate::language::eval::{Env, Evaluator, Scope};
use crate::language::parse::parse_template;
use crate::language::references::Subject;
use crate::value::{Type, Value, convert};

pub(super) static TABLE: &[Function] = &[
    Function::new("templatefile", &[Param::new("path", Want::Text), VARS], Want::Any, |given, args| {
        let template = read_text(given, args, 0)?;
        Ok(render(given, text(args, 0), &template, &args[1])?.marked(args[1].marks_deep()))
    }),
    Function::new("templatestring", &[Param::new("template", Want::JustText), VARS], Want::Text, |given, args| {
        let rendered = render(given, "the template", text(args, 0), &args[1])?.marked(args[1].marks_deep());
        convert(&rendered, &Type::String).map_err(|error| Fault::Call(format!("the template gives no string: {error}")))
    }),
];

const VARS: Param = Param::new("vars", Want::Any).partly_unknown().marked();

/// Whether an expression names a value that is defined elsewhere: a template written in place would be evaluated twice.
pub(super) fn is_reference(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Variable(_) => true,
        ExprKind::GetAttr(source, _) | ExprKind::Index(source, _) => is_reference(source),
        _ => false,
    }
}

/// Nothing but the template's own variables, and the files of the configuration around it.
struct Inside<'a> {
    around: &'a dyn Scope,
    names: Vec<&'a str>,
}

impl Scope for Inside<'_> {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let problem = Diagnostic::error("Invalid reference");
        Err(Box::new(problem.with(|p| {
            p.at(span).detail(format!("The vars map has no key for {subject}; a template sees only what it is given."));
        })))
    }

    fn unbound(&self, name: &str, span: Span) -> Option<Box<Diagnostic>> {
        let near = did_you_mean(name, self.names.iter().copied());
        let problem = Diagnostic::error("Missing template variable");
        Some(Box::new(problem.with(|p| {
            p.at(span).detail(format!("The vars map has no key \"{name}\". {near}").trim_end());
        })))
    }

    fn folder(&self) -> &Path {
        self.around.folder()
    }

    fn now(&self) -> Option<jiff::Timestamp> {
        self.around.now()
    }

    fn planned(&self) -> Option<jiff::Timestamp> {
        self.around.planned()
    }
}

fn render(given: &Given<'_>, name: &str, template: &str, vars: &Value) -> Result<Value, Fault> {
    if given.evaluator.depth > 0 {
        return Err(Fault::Call("cannot recursively render a template from inside another template".into()));
    }
    let Some(entries) = vars.entries() else {
        return Err(Fault::arg(1, "invalid vars value: must be a map"));
    };
    for key in entries.keys() {
        if !crate::language::parse::is_identifier(key) {
            return Err(Fault::arg(
                1,
                format!(
                    "invalid template variable name {key:?}: must start with a letter, followed by zero or more letters, digits, and underscores"
                ),
            ));
        }
    }
    let mut sources = SourceMap::new();
    let source = sources.add(name, template);
    let mut problems = Diagnostics::new();
    let value = parse_template(source, template, &mut problems).map(|expr| {
        let inside = Inside { around: given.scope(), names: entries.keys().map(|name| &**name).collect() };
        let evaluator = Evaluator { scope: &inside, depth: given.evaluator.depth + 1 };
        let mut entries: Vec<(&Arc<str>, Value)> =
            entries.iter().map(|(k, v)| (k, v.clone().marked(vars.marks()))).collect();
        bind(&evaluator, &expr, &mut entries, None, &mut problems)
    });
    // The text of the template is in no source map of the caller, so its mistakes are told in words.
    let told: Vec<String> = problems
        .iter()
        .map(|p| {
            let (line, column) = p.span.and_then(|span| sources.line_column(span)).unwrap_or((1, 1));
            format!("{name}:{line},{column}: {}; {}", p.summary, p.detail)
        })
        .collect();
    match value {
        Some(value) if told.is_empty() => Ok(value),
        _ => Err(Fault::Call(told.join(" "))),
    }
}

fn bind(
    evaluator: &Evaluator<'_>,
    expr: &Expr,
    entries: &mut Vec<(&Arc<str>, Value)>,
    outer: Option<&Env<'_>>,
    problems: &mut Diagnostics,
) -> Value {
    match entries.pop() {
        Some((name, value)) => {
            let env = Env { outer, name: Some(name), value };
            bind(evaluator, expr, entries, Some(&env), problems)
        }
        None => evaluator.eval(expr, outer, problems),
    }
}
