//! References and module calls against what there is.

use std::collections::HashSet;
use std::sync::Arc;

use super::PendingCall;
use super::foreign::schema_of;
use crate::address::Mode;
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::language::ast::Expr;
use crate::language::config::{Module, Repetition, ResourceKey};
use crate::language::references::{Access, Reference, Subject, of_expr};
use crate::schema::Schemas;
use crate::value::Type;

/// Checks every reference of a module whose calls are complete. `broken` are calls whose modules could not be loaded.
pub(in crate::language) fn check(
    module: &Module,
    broken: &HashSet<Arc<str>>,
    schemas: &dyn Schemas,
    problems: &mut Diagnostics,
) {
    let mut checker = Checker { module, broken, schemas, problems, check: None };
    for variable in module.variables.values() {
        for condition in &variable.validations {
            checker.expr(&condition.condition);
            checker.expr(&condition.error_message);
        }
    }
    for local in module.locals.values() {
        checker.all(&local.references);
        checker.not_itself(&Subject::Local(local.name.text.clone()), &local.references);
    }
    for output in module.outputs.values() {
        checker.all(&output.references);
        checker.all(&output.depends_on);
    }
    for resource in module.resources.values() {
        checker.all(&resource.references);
        checker.all(&resource.depends_on);
        let key = ResourceKey { mode: resource.mode, ty: resource.ty.text.clone(), name: resource.name.text.clone() };
        checker.not_itself(&Subject::Resource(key.clone()), &resource.references);
        checker.not_itself(&Subject::Resource(key), &resource.depends_on);
        checker.all(&resource.lifecycle.replace_triggered_by);
    }
    for call in module.calls.values() {
        checker.all(&call.references);
        checker.all(&call.depends_on);
        for input in call.inputs.values() {
            checker.expr(input);
        }
    }
    for provider in &module.providers {
        checker.all(&provider.references);
    }
    for import in &module.imports {
        checker.all(&import.references);
        super::import::check_keys(module, import, checker.problems);
    }
    for (name, check) in &module.checks {
        checker.check = Some(name);
        checker.all(&check.references);
    }
}

/// Checks the references of an expression that is not part of the module's files, such as one typed into the console.
pub fn check_expression(expr: &Expr, module: &Module, schemas: &dyn Schemas, problems: &mut Diagnostics) {
    let references = of_expr(expr, problems);
    Checker { module, broken: &HashSet::new(), schemas, problems, check: None }.all(&references);
}

/// Checks the inputs of a call against the variables of the module it calls.
pub(in crate::language) fn check_inputs(call: &PendingCall, module: &Module, problems: &mut Diagnostics) {
    for name in call.input_names() {
        if !module.variables.contains_key(&name.text) {
            let detail = format!("The module has no variable \"{}\".", name.text);
            let help = did_you_mean(&name.text, module.variables.keys().map(|k| &**k));
            problems.error("Unsupported argument").at(name.span).within(call.header()).detail(detail).help(help);
        }
    }
    for variable in module.variables.values() {
        let name = &variable.name.text;
        if variable.default.is_none() && !call.input_names().any(|given| given.text == *name) {
            let detail =
                format!("The argument \"{name}\" is required: the module's variable of that name has no default.");
            problems.error("Missing required argument").at(call.header()).detail(detail);
        }
    }
}

struct Checker<'a> {
    module: &'a Module,
    broken: &'a HashSet<Arc<str>>,
    schemas: &'a dyn Schemas,
    problems: &'a mut Diagnostics,
    /// The check whose assertions are looked at.
    check: Option<&'a Arc<str>>,
}

impl Checker<'_> {
    fn expr(&mut self, expr: &Expr) {
        // What is wrong with the expression by itself was told when it was declared.
        self.all(&of_expr(expr, &mut Diagnostics::new()));
    }

    fn all(&mut self, references: &[Reference]) {
        references.iter().for_each(|reference| self.one(reference));
    }

    /// Refuses references of a thing to itself.
    fn not_itself(&mut self, own: &Subject, references: &[Reference]) {
        for reference in references.iter().filter(|reference| reference.subject == *own) {
            let (summary, detail) = match own {
                Subject::Local(_) => {
                    ("Self-referencing local value", format!("`{own}` cannot be made of its own value."))
                }
                _ => ("Self-referential block", format!("The block of `{own}` refers to what becomes of it.")),
            };
            let problem = self.problems.error(summary);
            problem.at(reference.span).detail(detail);
            if matches!(own, Subject::Resource(_)) {
                problem.help("A postcondition may use `self`; anything else needs a value from elsewhere.");
            }
        }
    }

    fn one(&mut self, reference: &Reference) {
        let module = self.module;
        match &reference.subject {
            Subject::Variable(name) if !module.variables.contains_key(name) => self.undeclared(
                reference,
                "Reference to undeclared input variable",
                &format!("An input variable with the name \"{name}\" has not been declared."),
                did_you_mean(name, module.variables.keys().map(|k| &**k)),
            ),
            Subject::Local(name) if !module.locals.contains_key(name) => self.undeclared(
                reference,
                "Reference to undeclared local value",
                &format!("A local value with the name \"{name}\" has not been declared."),
                did_you_mean(name, module.locals.keys().map(|k| &**k)),
            ),
            Subject::Module(name) if !self.broken.contains(name) => self.module(name, reference),
            Subject::Resource(key) => self.resource(key, reference),
            _ => {}
        }
    }

    fn undeclared(&mut self, reference: &Reference, summary: &str, detail: &str, help: String) {
        self.problems.error(summary).at(reference.span).detail(detail).help(help);
    }

    fn module(&mut self, name: &Arc<str>, reference: &Reference) {
        let Some(call) = self.module.calls.get(name) else {
            let detail = format!("No module call named \"{name}\" is declared in this module.");
            let help = did_you_mean(name, self.module.calls.keys().map(|k| &**k));
            self.undeclared(reference, "Reference to undeclared module", &detail, help);
            return;
        };
        let Some(rest) = self.instance(&call.repetition, reference) else { return };
        if let Some(Access::Attribute(output) | Access::Key(output)) = rest.first()
            && !call.module.outputs.contains_key(output)
        {
            let detail = format!("The module \"{name}\" has no output \"{output}\".");
            let help = did_you_mean(output, call.module.outputs.keys().map(|k| &**k));
            self.undeclared(reference, "Unsupported attribute", &detail, help);
        }
    }

    fn resource(&mut self, key: &ResourceKey, reference: &Reference) {
        let Some(resource) = self.module.resources.get(key) else {
            let (word, other) = match key.mode {
                Mode::Managed => ("managed resource", Mode::Data),
                Mode::Data => ("data resource", Mode::Managed),
                Mode::Ephemeral => ("ephemeral resource", Mode::Data),
            };
            let detail = format!("A {word} \"{}\" \"{}\" has not been declared.", key.ty, key.name);
            let other = ResourceKey { mode: other, ..key.clone() };
            let help = if self.module.resources.contains_key(&other) {
                format!("Did you mean `{}`?", Subject::Resource(other))
            } else if let Some(near) = self.near_root(key) {
                format!("Did you mean `{near}`?")
            } else {
                let same = self.module.resources.keys().filter(|k| k.ty == key.ty && k.mode == key.mode);
                match did_you_mean(&key.name, same.map(|k| &*k.name)) {
                    help if help.is_empty() => did_you_mean(
                        &key.ty,
                        self.module.resources.keys().filter(|k| k.mode == key.mode).map(|k| &*k.ty),
                    ),
                    help => help,
                }
            };
            self.undeclared(reference, "Reference to undeclared resource", &detail, help);
            return;
        };
        if let Some(check) = resource.check.as_ref().filter(|check| self.check != Some(*check)) {
            let detail =
                format!("{} belongs to the check \"{check}\"; only its assertions can refer to it.", reference.subject);
            let help = "Move the data block out of the check to use it elsewhere.".to_owned();
            self.undeclared(reference, "Reference to scoped resource", &detail, help);
            return;
        }
        let rest = self.instance(&resource.repetition, reference);
        if let (Some(rest), Some(schema)) = (rest, schema_of(resource, self.schemas)) {
            self.walk(schema.ty(), rest, reference, schema.name);
        }
    }

    /// What a reference whose first word is misspelt may mean, such as `var.size` for `vars.size`.
    fn near_root(&self, key: &ResourceKey) -> Option<Subject> {
        let (ty, name) = (&key.ty, &key.name);
        let near = |word: &str| !did_you_mean(ty, [word]).is_empty();
        if near("var") && self.module.variables.contains_key(name) {
            Some(Subject::Variable(name.clone()))
        } else if near("local") && self.module.locals.contains_key(name) {
            Some(Subject::Local(name.clone()))
        } else if near("module") && self.module.calls.contains_key(name) {
            Some(Subject::Module(name.clone()))
        } else {
            None
        }
    }

    /// What stands behind the key of the instance. `None` where the key is missing or too much, which is reported.
    fn instance<'r>(&mut self, repetition: &Repetition, reference: &'r Reference) -> Option<&'r [Access]> {
        let name = &reference.subject;
        match (repetition, reference.rest.split_first()) {
            (Repetition::One, Some((Access::Index(_), _))) => {
                let detail = format!(
                    "Because {name} does not have \"count\" or \"for_each\" set, references to it must not include an index key."
                );
                self.undeclared(reference, "Unexpected resource instance key", &detail, "Remove the index.".into());
                None
            }
            (Repetition::One, Some((Access::Any, _))) => None,
            (Repetition::One, _) => Some(&reference.rest),
            (Repetition::Count(_), Some((Access::Attribute(_), _))) => {
                let detail =
                    format!("Because {name} has \"count\" set, its attributes must be accessed on specific instances.");
                let help = format!(
                    "For example, to correlate with indices of a referring resource, use `{name}[count.index]`."
                );
                self.undeclared(reference, "Missing resource instance key", &detail, help);
                None
            }
            (Repetition::ForEach(_), Some((Access::Attribute(attribute), _))) => {
                // Otherwise it may be a key written with a dot; which keys there are is known later.
                if self.has_attribute(&reference.subject, attribute) {
                    let detail = format!(
                        "Because {name} has \"for_each\" set, its attributes must be accessed on specific instances."
                    );
                    let help =
                        format!("For example, to correlate with keys of a referring resource, use `{name}[each.key]`.");
                    self.undeclared(reference, "Missing resource instance key", &detail, help);
                }
                None
            }
            (Repetition::Count(_) | Repetition::ForEach(_), Some((_, rest))) => Some(rest),
            (Repetition::Count(_) | Repetition::ForEach(_), None) => Some(&[]),
        }
    }

    fn has_attribute(&self, subject: &Subject, name: &str) -> bool {
        let Subject::Resource(key) = subject else { return false };
        let resource = self.module.resources.get(key);
        let schema = resource.and_then(|resource| schema_of(resource, self.schemas));
        schema.is_some_and(|s| s.block.attributes.contains_key(name) || s.block.blocks.contains_key(name))
    }

    /// Follows accesses into a type as long as both are known.
    fn walk(&mut self, ty: &Type, rest: &[Access], reference: &Reference, what: &str) {
        let Some((access, rest)) = rest.split_first() else { return };
        match (ty, access) {
            (Type::Object(object), Access::Attribute(name) | Access::Key(name)) => match object.attributes.get(name) {
                Some(ty) => self.walk(ty, rest, reference, what),
                None => {
                    let detail = format!(
                        "This object ({what}) has no argument, nested block, or exported attribute named \"{name}\"."
                    );
                    let help = did_you_mean(name, object.attributes.keys().map(|k| &**k));
                    self.undeclared(reference, "Unsupported attribute", &detail, help);
                }
            },
            (Type::Map(element), Access::Attribute(_) | Access::Key(_) | Access::Any)
            | (Type::List(element), Access::Index(_) | Access::Any)
            | (Type::Set(element), Access::Any) => self.walk(element, rest, reference, what),
            (Type::List(_) | Type::Set(_), Access::Attribute(name)) => {
                let detail = format!("This value is a {}, which has no attribute \"{name}\".", ty.friendly());
                let help = match ty {
                    Type::List(_) => {
                        format!("To access an attribute of one element, write `[0].{name}`; of all, `[*].{name}`.")
                    }
                    _ => "Elements of a set have no keys; convert it with `tolist`, or use a `for` expression."
                        .to_owned(),
                };
                self.undeclared(reference, "Unsupported attribute", &detail, help);
            }
            (Type::Bool | Type::Number | Type::String, Access::Attribute(name)) => {
                let detail = format!(
                    "This value is a {}, which does not have any attributes such as \"{name}\".",
                    ty.friendly()
                );
                self.undeclared(reference, "Unsupported attribute", &detail, String::new());
            }
            _ => {}
        }
    }
}
