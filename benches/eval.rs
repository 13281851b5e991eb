//! How fast expressions are evaluated: `cargo bench --bench eval`.

use std::path::Path;
use std::sync::Arc;

use recon::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use recon::language::ast::Expr;
use recon::language::references::Subject;
use recon::language::{Scope, eval, parse_expression};
use recon::value::{Entries, Value};

fn main() {
    divan::main();
}

/// Variables, locals, and resources with a number of instances.
struct Names {
    size: Value,
    name: Value,
    map: Value,
    by_name: Value,
    by_position: Value,
}

impl Names {
    fn new(instances: usize) -> Self {
        let instance = |i: usize| {
            let tags = Value::object_of([("Name", Value::string(format!("n{i}"))), ("Stage", "prod".into())]);
            Value::object_of([("id", Value::string(format!("id-{i}"))), ("output", Value::number(i)), ("tags", tags)])
        };
        let named = |i: usize| (Arc::from(format!("k{i:05}")), instance(i));
        Self {
            size: 3.into(),
            name: "posts".into(),
            map: Value::object_of([("k", "v".into()), ("l", "w".into())]),
            by_name: Value::object((0..instances).map(named).collect::<Entries>()),
            by_position: Value::tuple((0..instances).map(instance).collect()),
        }
    }
}

impl Scope for Names {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let found = match subject {
            Subject::Variable(name) => match &**name {
                "a" => &self.size,
                _ => &self.name,
            },
            Subject::Local(_) => &self.map,
            Subject::Resource(key) => match &*key.name {
                "named" => &self.by_name,
                _ => &self.by_position,
            },
            _ => {
                let mut problem = Diagnostic::error("Unknown name");
                problem.at(span);
                return Err(Box::new(problem));
            }
        };
        Ok(found.clone())
    }

    fn folder(&self) -> &Path {
        Path::new(".")
    }
}

fn parsed(text: &str) -> Expr {
    let mut problems = Diagnostics::new();
    let source = SourceMap::new().add("bench", text);
    parse_expression(source, text, &mut problems).expect("the expression is well-formed")
}

fn value(expr: &Expr, names: &Names) -> Value {
    let mut problems = Diagnostics::new();
    let value = eval(expr, names, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    value
}

/// Expressions as most arguments have them. One iteration is one evaluation.
#[divan::bench(args = [
    "1",
    "var.a",
    "var.a + 1",
    "\"${var.name}-x\"",
    "local.m[\"k\"]",
    "local.m.k",
    "var.a > 2 ? var.name : \"x\"",
    "upper(var.name)",
    "{ name = var.name, size = var.a }",
    "aws_x.named[\"k00003\"].id",
])]
fn simple(bencher: divan::Bencher<'_, '_>, text: &str) {
    let (names, expr) = (Names::new(1000), parsed(text));
    bencher.counter(1_usize).bench_local(|| value(&expr, &names));
}

/// Whole collections: the time an instance takes must not grow with their number.
#[divan::bench(args = [500, 5_000, 50_000], consts = [0, 1, 2, 3])]
fn whole<const FORM: usize>(bencher: divan::Bencher<'_, '_>, instances: usize) {
    const FORMS: [&str; 4] = [
        "[for k, v in aws_x.named : v.id]",
        "aws_x.listed[*].output",
        "{ for k, v in aws_x.named : k => v.tags.Name if v.output > 1 }",
        "[for i in range(1000) : aws_x.listed[i].output]",
    ];
    let (names, expr) = (Names::new(instances), parsed(FORMS[FORM]));
    let counted = if FORM == 3 { 1000 } else { instances };
    if instances >= 1000 || FORM < 3 {
        bencher.counter(counted).bench_local(|| value(&expr, &names));
    }
}

/// A chain in which each instance takes its value from the one of the same key before it.
#[divan::bench(args = [500, 5_000])]
fn chained(bencher: divan::Bencher<'_, '_>, instances: usize) {
    let names = Names::new(instances);
    let keys: Vec<Expr> = (0..instances).map(|i| parsed(&format!("aws_x.named[\"k{i:05}\"].output"))).collect();
    bencher.counter(instances).bench_local(|| {
        for key in &keys {
            divan::black_box(value(key, &names));
        }
    });
}
