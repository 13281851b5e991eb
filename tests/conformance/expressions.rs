//! The conformance corpus of the language, where it lies beside the project: every expression must have the recorded result.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recon::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use recon::language::config::Config;
use recon::language::references::Subject;
use recon::language::{LocalOnly, Scope, check_expression, eval, load, parse_expression};
use recon::schema::{Schema, Schemas};
use recon::value::{Data, Marks, Value};
use serde_json::Value as Json;

/// At least this many expressions have the recorded result; raise it when more do.
const PASSING: usize = 5485;

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

/// Where the corpus lies: beside the checkout, or where `RECON_CONFORMANCE` says.
fn corpus() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    std::env::var_os("RECON_CONFORMANCE").map_or_else(beside, PathBuf::from)
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

#[test]
#[ignore = "needs the conformance corpus beside the checkout"]
fn expressions_have_the_recorded_results() {
    let corpus = corpus();
    let mut out = std::io::stderr();
    let outcome = run(&corpus);
    for failure in &outcome.failures {
        let Failure { id, expr, wanted, got } = failure;
        writeln!(out, "{id}: {expr:?}\n    wanted {wanted}\n    got    {got}").unwrap();
    }
    for (family, (passed, total)) in &outcome.families {
        writeln!(out, "{family}: {passed} of {total}").unwrap();
    }
    let passed: usize = outcome.families.values().map(|(passed, _)| passed).sum();
    let total: usize = outcome.families.values().map(|(_, total)| total).sum();
    writeln!(out, "all: {passed} of {total}").unwrap();
    assert!(passed >= PASSING, "only {passed} of {total} expressions have the recorded result");
}
