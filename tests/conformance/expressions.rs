//! Every expression of the corpus has the result that Terraform has for it, but for the exceptions listed here.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recon::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use recon::language::config::Config;
use recon::language::references::Subject;
use recon::language::{LocalOnly, Scope, check_expression, eval, load, parse_expression};
use recon::schema::{Schema, Schemas};
use recon::value::{Data, Marks, Value};
use serde_json::Value as Json;

/// The expressions with another result, by id. `docs/compatibility.md` has the reasons.
const EXCEPTIONS: &[&str] = &[];

struct NoTypes;

impl Schemas for NoTypes {
    fn resource_schema(&self, _: &str) -> Option<&Schema> {
        None
    }
    fn data_schema(&self, _: &str) -> Option<&Schema> {
        None
    }
    fn resource_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
    fn data_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// The root module of the corpus: variables have their defaults, locals are evaluated when first asked for.
struct Fixtures {
    config: Config,
    folder: PathBuf,
    locals: RefCell<HashMap<Arc<str>, Value>>,
}

impl Scope for Fixtures {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let found = match subject {
            Subject::Variable(name) => self.config.root.variables.get(name).and_then(|variable| {
                let value = variable.default.clone()?;
                Some(if variable.sensitive { value.marked(Marks::SENSITIVE) } else { value })
            }),
            Subject::Local(name) => self.local(name),
            Subject::Path(name) if &**name == "cwd" => {
                std::path::absolute(&self.folder).ok().map(|folder| Value::string(folder.to_string_lossy()))
            }
            Subject::Path(_) => Some(Value::string(".")),
            Subject::Terraform(_) => Some(Value::string("default")),
            _ => None,
        };
        found.ok_or_else(|| {
            Box::new(Diagnostic::error(format!("Undeclared {subject}")).with(|p| {
                p.at(span);
            }))
        })
    }

    fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Fixtures {
    fn local(&self, name: &Arc<str>) -> Option<Value> {
        if let Some(value) = self.locals.borrow().get(name) {
            return Some(value.clone());
        }
        let value = eval(&self.config.root.locals.get(name)?.expr, self, &mut Diagnostics::new());
        self.locals.borrow_mut().insert(name.clone(), value.clone());
        Some(value)
    }
}

/// An expression whose result is not the recorded one.
struct Failure {
    id: String,
    expr: String,
    wanted: String,
    got: String,
}

struct Outcome {
    /// Passed and total of each family.
    families: BTreeMap<String, (usize, usize)>,
    failures: Vec<Failure>,
}

/// The corpus of this repository, or the one in the folder that `RECON_CONFORMANCE` names.
fn corpus() -> PathBuf {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/corpus");
    std::env::var_os("RECON_CONFORMANCE").map_or_else(ours, PathBuf::from)
}

fn run(corpus: &Path) -> Outcome {
    let folder = corpus.join("fixtures");
    let mut problems = Diagnostics::new();
    let config = load(&folder, &NoTypes, &LocalOnly, &mut SourceMap::new(), &mut problems)
        .unwrap_or_else(|| panic!("the fixtures do not load: {problems:?}"));
    let fixtures = Fixtures { config, folder, locals: RefCell::default() };
    let text = std::fs::read_to_string(corpus.join("expressions.jsonl")).expect("the corpus has its expressions");
    let mut outcome = Outcome { families: BTreeMap::new(), failures: Vec::new() };
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).expect("each line is a JSON object");
        let field = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let (id, expr) = (field("id"), field("expr"));
        let counts = outcome.families.entry(field("family")).or_default();
        counts.1 += 1;
        let mut problems = Diagnostics::new();
        let source = SourceMap::new().add("case", expr.as_str());
        let value = parse_expression(source, &expr, &mut problems).and_then(|expr| {
            check_expression(&expr, &fixtures.config.root, &NoTypes, &mut problems);
            (!problems.has_errors()).then(|| eval(&expr, &fixtures, &mut problems))
        });
        let told: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.summary, p.detail)).collect();
        let (right, got) = match value.filter(|_| !problems.has_errors()) {
            None => (case["error"] == true, told.join("; ")),
            Some(value) => {
                let shown = value.unmark_deep().0;
                let right =
                    case["error"] != true && shown.ty().to_string() == field("type") && same(&shown, &case["value"]);
                (right, format!("{shown:?} of type {}", shown.ty()))
            }
        };
        if right {
            counts.0 += 1;
        } else {
            let wanted = match case["error"] == true {
                true => format!("error: {}", field("message")),
                false => format!("{} of type {}", case["value"], field("type")),
            };
            outcome.failures.push(Failure { id, expr, wanted, got });
        }
    }
    outcome
}

fn same(value: &Value, json: &Json) -> bool {
    match (value.data(), json) {
        (Data::Null(_), Json::Null) => true,
        (Data::Bool(a), Json::Bool(b)) => a == b,
        (Data::String(a), Json::String(b)) => **a == **b,
        (Data::Number(a), Json::Number(b)) => match b.to_string().parse::<recon::value::Number>() {
            Ok(b) if a.is_whole() && b.is_whole() => *a == b,
            Ok(b) => (a.to_f64() - b.to_f64()).abs() <= 1e-15 * b.to_f64().abs(),
            Err(_) => false,
        },
        (Data::Set(_, items), Json::Array(wanted)) => {
            items.len() == wanted.len() && wanted.iter().all(|json| items.iter().any(|item| same(item, json)))
        }
        (Data::List(_, items) | Data::Tuple(items), Json::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, json)| same(item, json))
        }
        (Data::Map(_, entries) | Data::Object(entries), Json::Object(wanted)) => {
            entries.len() == wanted.len()
                && entries.iter().all(|(key, value)| wanted.get(&**key).is_some_and(|json| same(value, json)))
        }
        _ => false,
    }
}

/// A table of the families, and what went wrong.
fn table(outcome: &Outcome) -> String {
    let mut text = String::from("family                   passed  of\n");
    let mut row = |name: &str, passed: usize, total: usize| {
        text.push_str(&format!("{name:<24} {passed:>6} {total:>4}\n"));
    };
    for (family, (passed, total)) in &outcome.families {
        row(family, *passed, *total);
    }
    let sum = |of: fn(&(usize, usize)) -> usize| outcome.families.values().map(of).sum();
    row("all", sum(|(passed, _)| *passed), sum(|(_, total)| *total));
    for Failure { id, expr, wanted, got } in &outcome.failures {
        text.push_str(&format!("{id}: {expr:?}\n    wanted {wanted}\n    got    {got}\n"));
    }
    text
}

#[test]
fn expressions_have_the_recorded_results() {
    let outcome = run(&corpus());
    let table = table(&outcome);
    println!("{table}");
    let failed: Vec<&str> = outcome.failures.iter().map(|failure| failure.id.as_str()).collect();
    assert_eq!(failed, EXCEPTIONS, "\n{table}");
    let known = include_str!("../../docs/compatibility.md");
    for id in EXCEPTIONS {
        assert!(known.contains(&format!("`{id}`")), "{id} is not explained in docs/compatibility.md");
    }
}
