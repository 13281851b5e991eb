//! Bodies to a module: every block understood, or reported at its place.
//!
//! `declare` reads what one module's files say by themselves; `check` then compares references and calls with what there
//! is. Both report all they find.

mod body;
mod call;
mod check;
mod check_block;
mod foreign;
mod import;
mod moved;
mod providers;
mod provisioner;
mod removed;
mod resource;
mod settings;
mod target;
mod type_constraint;
mod variable;
mod version;
mod wiring;

pub(super) use call::PendingCall;
pub use call::Whence;
pub use check::check_expression;
pub(super) use check::{check, check_inputs};
pub use foreign::{schema_of, unknown_type};
pub use provisioner::local_exec;
pub use version::{Constraints, Version};
pub(super) use wiring::wire;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Name};
use super::config::{Backend, Condition, Local, Module, Output};
use super::eval::{NoScope, eval};
use super::parse::is_identifier;
use super::references::{Reference, Subject, of_body, of_expr};
use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::schema::Schemas;
use crate::value::{Type, Value, convert};

/// What the files of a module say, before the modules it calls are loaded.
pub(super) struct Declared {
    /// The module, without its calls.
    pub(super) module: Module,
    /// The calls, whose modules are still to be loaded.
    pub(super) calls: Vec<PendingCall>,
    /// The `backend` block.
    pub(super) backend: Option<Backend>,
}

/// Reads the bodies of a module's files.
pub(super) fn declare(
    bodies: Vec<Body>,
    path: Vec<Arc<str>>,
    folder: PathBuf,
    schemas: &dyn Schemas,
    problems: &mut Diagnostics,
) -> Declared {
    let module = Module {
        path,
        folder,
        variables: IndexMap::new(),
        locals: IndexMap::new(),
        outputs: IndexMap::new(),
        resources: IndexMap::new(),
        calls: IndexMap::new(),
        requirements: IndexMap::new(),
        providers: Vec::new(),
        checks: IndexMap::new(),
        moved: Vec::new(),
        removed: Vec::new(),
        imports: Vec::new(),
    };
    let mut compiler = Compiler {
        schemas,
        problems,
        declared: Declared { module, calls: Vec::new(), backend: None },
        seen: HashMap::new(),
    };
    compiler.requirements(&bodies);
    for body in bodies {
        compiler.file(body);
    }
    compiler.declared
}

struct Compiler<'a> {
    schemas: &'a dyn Schemas,
    problems: &'a mut Diagnostics,
    declared: Declared,
    /// Kinds and names of blocks that may stand only once.
    seen: HashMap<(&'static str, Arc<str>), Span>,
}

/// Which of the names that depend on the place may be used in an expression.
#[derive(Clone, Copy, Default)]
struct Allowed {
    each: bool,
    count: bool,
    this: bool,
}

/// The types of blocks that a module has.
pub(super) const BLOCKS: [&str; 13] = [
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "resource",
    "data",
    "module",
    "moved",
    "import",
    "removed",
    "check",
    "ephemeral",
];

impl Compiler<'_> {
    fn file(&mut self, body: Body) {
        for attribute in &body.attributes {
            self.problems.error("Unsupported argument").at(attribute.name.span).detail(format!(
                "An argument named \"{}\" is not expected here: a configuration file holds blocks only.",
                attribute.name.text
            ));
        }
        for block in body.blocks {
            match &*block.ty.text {
                "terraform" => self.terraform(block),
                "provider" => self.provider(block),
                "variable" => self.variable(&block),
                "locals" => self.locals(block),
                "output" => self.output(block),
                "resource" => self.resource(block, crate::address::Mode::Managed),
                "data" => self.resource(block, crate::address::Mode::Data),
                "module" => self.call(block),
                "moved" => self.moved(&block),
                "removed" => self.removed(block),
                "import" => self.import(&block),
                "ephemeral" => self.resource(block, crate::address::Mode::Ephemeral),
                "check" => self.check(block),
                other => {
                    let detail = format!("Blocks of type \"{other}\" are not expected here.");
                    let help = did_you_mean(other, BLOCKS);
                    self.problems.error("Unsupported block type").at(block.ty.span).detail(detail).help(help);
                }
            }
        }
    }

    fn not_yet(&mut self, summary: &str, span: Span, detail: impl Into<String>) {
        self.problems.error(summary).at(span).detail(detail);
    }

    fn locals(&mut self, block: Block) {
        let [] = self.labels(&block, []).unwrap_or_default();
        self.only(&block.body, None, &[], "a locals block");
        for attribute in block.body.attributes {
            let name = attribute.name;
            if !self.valid_name(&name, "local value") {
                continue;
            }
            if let Some(first) = self.declared.module.locals.get(&name.text) {
                let first = first.name.span;
                let detail = format!(
                    "A local value named \"{}\" was already defined. Names must be unique in a module.",
                    name.text
                );
                self.problems.error("Duplicate local value definition").at(name.span).first_at(first).detail(detail);
                continue;
            }
            let references = self.references(&attribute.expr, Allowed::default());
            self.declared.module.locals.insert(name.text.clone(), Local { name, expr: attribute.expr, references });
        }
    }

    fn output(&mut self, mut block: Block) {
        let Some([name]) = self.labels(&block, ["name"]) else { return };
        if !self.valid_name(&name, "output") || !self.once("output", &name) {
            return;
        }
        let known = ["value", "description", "sensitive", "ephemeral", "depends_on", "deprecated"];
        self.only(&block.body, Some(&known), &["precondition"], "an output block");
        let sensitive = self.flag(&block.body, "sensitive").unwrap_or(false);
        let ephemeral = self.flag(&block.body, "ephemeral").unwrap_or(false);
        if ephemeral && self.declared.module.path.is_empty() {
            let detail = "Outputs of the root module are stored and shown, so they cannot be ephemeral.";
            self.problems.error("Ephemeral output not allowed").at(block.header).detail(detail);
        }
        let description = self.text(&block.body, "description");
        let depends_on = self.depends_on(&block.body);
        let preconditions = self.conditions(&block.body, "precondition", block.header);
        let Some(value) = take(&mut block.body, "value") else {
            self.missing_argument("value", block.header);
            return;
        };
        let mut references = self.references(&value.expr, Allowed::default());
        references.extend(self.condition_references(&preconditions, Allowed::default()));
        let (expr, header) = (value.expr, block.header);
        let output = Output {
            name: name.clone(),
            expr,
            sensitive,
            ephemeral,
            description,
            preconditions,
            depends_on,
            references,
            header,
        };
        self.declared.module.outputs.insert(name.text, output);
    }

    /// The labels of a block, which are called what `names` says.
    fn labels<const N: usize>(&mut self, block: &Block, names: [&str; N]) -> Option<[Name; N]> {
        if let Some(extra) = block.labels.get(N) {
            let expected = match names.as_slice() {
                [] => "no labels".to_owned(),
                names => format!("{N} label{} ({})", if N == 1 { "" } else { "s" }, names.join(", ")),
            };
            let detail = format!("A {} block has {expected}.", block.ty.text);
            self.problems
                .error(format!("Extraneous label for {}", block.ty.text))
                .at(extra.span)
                .within(block.header)
                .detail(detail);
            return None;
        }
        if let Some(missing) = names.get(block.labels.len()) {
            let detail = format!(
                "All {} blocks must have {N} label{} ({}).",
                block.ty.text,
                if N == 1 { "" } else { "s" },
                names.join(", ")
            );
            self.problems.error(format!("Missing {missing} for {}", block.ty.text)).at(block.header).detail(detail);
            return None;
        }
        <[Name; N]>::try_from(block.labels.clone()).ok()
    }

    fn valid_name(&mut self, name: &Name, what: &str) -> bool {
        if is_identifier(&name.text) {
            return true;
        }
        let detail = "A name must start with a letter or underscore and may contain only letters, digits, underscores, \
                      and dashes.";
        self.problems.error(format!("Invalid {what} name")).at(name.span).detail(detail);
        false
    }

    /// Reports a second block of the same kind and name.
    fn once(&mut self, kind: &'static str, name: &Name) -> bool {
        let first = match self.seen.entry((kind, name.text.clone())) {
            Entry::Vacant(vacant) => {
                vacant.insert(name.span);
                return true;
            }
            Entry::Occupied(first) => *first.get(),
        };
        let detail =
            format!("Another {kind} named \"{}\" stands in this module already. Names must be unique.", name.text);
        let summary = match kind {
            "variable" => "Duplicate variable declaration".to_owned(),
            "module call" => "Duplicate module call".to_owned(),
            _ => format!("Duplicate {kind} definition"),
        };
        self.problems.error(summary).at(name.span).first_at(first).detail(detail);
        false
    }

    /// Reports arguments (unless any are taken) and blocks that a block does not take.
    fn only(&mut self, body: &Body, attributes: Option<&[&str]>, blocks: &[&str], what: &str) {
        for attribute in &body.attributes {
            let name = &*attribute.name.text;
            if attributes.is_some_and(|known| !known.contains(&name)) {
                let detail = format!("An argument named \"{name}\" is not expected in {what}.");
                let known = attributes.unwrap_or_default().iter().copied();
                let help = did_you_mean(name, known);
                self.problems.error("Unsupported argument").at(attribute.name.span).detail(detail).help(help);
            }
        }
        for block in &body.blocks {
            let name = &*block.ty.text;
            if !blocks.contains(&name) {
                let detail = format!("Blocks of type \"{name}\" are not expected in {what}.");
                let help = match attributes {
                    Some(known) if known.contains(&name) => {
                        format!("To set the argument \"{name}\", put an equals sign behind its name.")
                    }
                    _ => did_you_mean(name, blocks.iter().copied()),
                };
                self.problems.error("Unsupported block type").at(block.ty.span).detail(detail).help(help);
            }
        }
    }

    fn missing_argument(&mut self, name: &str, header: Span) {
        let detail = format!("The argument \"{name}\" is required, but no definition was found.");
        self.problems.error("Missing required argument").at(header).detail(detail);
    }

    /// The value of an argument that must be known before anything is evaluated.
    fn constant(&mut self, attribute: &Attribute, ty: &Type) -> Option<Value> {
        let before = self.problems.len();
        let value = eval(&attribute.expr, &NoScope, self.problems);
        if self.problems.len() > before {
            return None;
        }
        match convert(&value, ty) {
            Ok(value) if value.is_null() => None,
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!("Unsuitable value for \"{}\": {error}.", attribute.name.text);
                self.problems.error("Unsuitable value type").at(attribute.expr.span).detail(detail);
                None
            }
        }
    }

    fn flag(&mut self, body: &Body, name: &str) -> Option<bool> {
        let attribute = body.attribute(name)?;
        self.constant(attribute, &Type::Bool)?.as_bool()
    }

    fn text(&mut self, body: &Body, name: &str) -> Option<String> {
        let attribute = body.attribute(name)?;
        Some(self.constant(attribute, &Type::String)?.as_str()?.to_owned())
    }

    /// What an expression refers to; names that do not exist at its place are reported.
    fn references(&mut self, expr: &Expr, allowed: Allowed) -> Vec<Reference> {
        let found = of_expr(expr, self.problems);
        self.allow(found, allowed)
    }

    fn body_references(&mut self, body: &Body, allowed: Allowed) -> Vec<Reference> {
        let found = of_body(body, self.problems);
        self.allow(found, allowed)
    }

    fn allow(&mut self, mut found: Vec<Reference>, allowed: Allowed) -> Vec<Reference> {
        found.retain(|reference| {
            let (summary, detail) = match &reference.subject {
                Subject::Each(_) if !allowed.each => (
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" \
                     argument is set.",
                ),
                Subject::CountIndex if !allowed.count => (
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \
                     \"count\" argument is set.",
                ),
                Subject::ThisObject if !allowed.this => (
                    "Invalid \"self\" reference",
                    "The \"self\" object can be used in postconditions, provisioners and connections only. Elsewhere, \
                     refer to the resource by its type and name.",
                ),
                _ => return true,
            };
            self.problems.error(summary).at(reference.span).detail(detail);
            false
        });
        found
    }

    fn depends_on(&mut self, body: &Body) -> Vec<Reference> {
        body.attribute("depends_on").map(|attribute| self.reference_list(attribute)).unwrap_or_default()
    }

    /// The references that the argument lists, such as those of `depends_on`.
    fn reference_list(&mut self, attribute: &Attribute) -> Vec<Reference> {
        let ExprKind::Tuple(items) = &attribute.expr.kind else {
            let detail = format!("The argument \"{}\" is a list of references in brackets.", attribute.name.text);
            self.problems.error("Invalid expression").at(attribute.expr.span).detail(detail);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match &item.kind {
                ExprKind::GetAttr(..) | ExprKind::Index(..) => {
                    found.extend(self.references(item, Allowed { each: true, count: true, this: false }));
                }
                ExprKind::String(text) => {
                    let detail = "References are written without quotes here.";
                    let help = format!("Write `{text}`.");
                    self.problems.error("Invalid expression").at(item.span).detail(detail).help(help);
                }
                _ => {
                    let detail = "A single reference to a resource, data source or module is required here.";
                    self.problems.error("Invalid expression").at(item.span).detail(detail);
                }
            }
        }
        found.retain(|r| !matches!(r.subject, Subject::Each(_) | Subject::CountIndex));
        found
    }

    /// The conditions in blocks of a type. `around` is the header of what they belong to.
    fn conditions(&mut self, body: &Body, ty: &str, around: Span) -> Vec<Condition> {
        let mut found = Vec::new();
        for block in body.blocks_of(ty) {
            let [] = self.labels(block, []).unwrap_or_default();
            self.only(&block.body, Some(&["condition", "error_message"]), &[], &format!("a {ty} block"));
            let part = |compiler: &mut Self, name: &str| {
                let expr = block.body.attribute(name).map(|attribute| attribute.expr.clone());
                if expr.is_none() {
                    compiler.missing_argument(name, block.header);
                }
                expr
            };
            let condition = part(self, "condition");
            let error_message = part(self, "error_message");
            if let (Some(condition), Some(error_message)) = (condition, error_message) {
                if of_expr(&condition, &mut Diagnostics::new()).is_empty() {
                    let detail = "The condition refers to nothing else, so it would always come to the same.";
                    self.problems
                        .error(format!("Invalid {ty} expression"))
                        .at(condition.span)
                        .within(block.header)
                        .detail(detail);
                }
                found.push(Condition { condition, error_message, around });
            }
        }
        found
    }

    fn condition_references(&mut self, conditions: &[Condition], allowed: Allowed) -> Vec<Reference> {
        let mut found = Vec::new();
        for condition in conditions {
            found.extend(self.references(&condition.condition, allowed));
            found.extend(self.references(&condition.error_message, allowed));
        }
        found
    }
}

/// Takes an argument out of a body.
fn take(body: &mut Body, name: &str) -> Option<Attribute> {
    let position = body.attributes.iter().position(|attribute| &*attribute.name.text == name)?;
    Some(body.attributes.remove(position))
}
