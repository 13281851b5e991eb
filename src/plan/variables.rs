//! Variables: what was given, or the default, converted and checked.

use std::sync::Arc;

use indexmap::IndexMap;

use super::calls::tell_calls;
use super::checks::{self, CheckResults, Checked};
use super::conditions::{self, Kind};
use super::values::{ModuleScope, Repeat, Surroundings, Values};
use crate::address::{Key, ModulePath};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::language::config::{Module, Repetition, Variable};
use crate::language::eval;
use crate::language::references::{Subject, of_expr};
use crate::value::{Marks, Type, Value, convert};

/// What the root module was given, and what is the same for the whole run.
pub type Given<'a> = (&'a IndexMap<Arc<str>, Value>, &'a Surroundings);

/// Evaluates a variable of a module instance: from what the run was given, or from the module's call.
pub fn evaluate(
    values: &mut Values,
    root: &Arc<Module>,
    (given, surroundings): Given<'_>,
    (module, at): (&Module, &ModulePath),
    name: &Arc<str>,
    checks: &mut CheckResults,
    problems: &mut Diagnostics,
) {
    let Some(variable) = module.variables.get(name) else {
        return;
    };
    let before = problems.len();
    let mut caller = ModulePath::root();
    let (value, span) = match at.steps().split_last() {
        None => (given.get(name).cloned(), variable.header),
        Some((call, parents)) => {
            let parent = parents.iter().fold(ModulePath::root(), |path, step| path.child(&step.name, step.key.clone()));
            caller = parent.clone();
            let found = from_call(values, root, surroundings, &parent, (&call.name, &call.key), name, problems);
            match found {
                Some((value, span)) => (Some(value), span),
                None => (None, variable.header),
            }
        }
    };
    let value = value.map(|value| storable(variable, value, span, problems));
    let value = prepare(variable, value, span, problems);
    tell_calls(problems, before, root, &caller);
    values.set_variable(at, name, value);
    if !validates_apart(variable) {
        validate(values, (root, surroundings), (module, at), name, checks, problems);
    }
}

/// Whether the rules of a variable refer to more than the variable, so that they are evaluated when that is known.
pub fn validates_apart(variable: &Variable) -> bool {
    let own = Subject::Variable(variable.name.text.clone());
    let mut rules = variable.validations.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
    rules.any(|expr| of_expr(expr, &mut Diagnostics::new()).iter().any(|reference| reference.subject != own))
}

/// Checks the value of a variable of a module instance by the variable's rules.
pub fn validate(
    values: &Values,
    (root, surroundings): (&Arc<Module>, &Surroundings),
    (module, at): (&Module, &ModulePath),
    name: &Arc<str>,
    checks: &mut CheckResults,
    problems: &mut Diagnostics,
) {
    let Some(variable) = module.variables.get(name).filter(|variable| !variable.validations.is_empty()) else {
        return;
    };
    let scope = ModuleScope { values, surroundings, module, at, repeat: &Repeat::One, this: None };
    let place = given_at(root, at, name).unwrap_or(variable.header);
    let before = problems.len();
    let found = conditions::evaluate(&variable.validations, Kind::Validation(place), &scope, problems);
    let parents = at.steps().split_last().map(|(_, parents)| parents).unwrap_or_default();
    let caller = parents.iter().fold(ModulePath::root(), |path, step| path.child(&step.name, step.key.clone()));
    tell_calls(problems, before, root, &caller);
    let checked = Checked { module: module.path.clone(), item: checks::Item::Variable(name.clone()) };
    checks.set(checked, (at.clone(), Key::None), found);
}

/// Where the call of a module gives a variable its value.
fn given_at(root: &Module, at: &ModulePath, name: &Arc<str>) -> Option<Span> {
    let (call, parents) = at.steps().split_last()?;
    let module = parents.iter().try_fold(root, |module, step| Some(&*module.calls.get(&step.name)?.module))?;
    Some(module.calls.get(&call.name)?.inputs.get(name)?.span)
}

/// Refuses an ephemeral value for a variable that does not say that it takes one.
fn storable(variable: &Variable, value: Value, span: Span, problems: &mut Diagnostics) -> Value {
    if variable.ephemeral || !value.marks_deep().has(Marks::EPHEMERAL) {
        return value;
    }
    problems
        .error("Ephemeral value not allowed")
        .at(span)
        .detail(format!(
            "The value is ephemeral, and the module's variable `{}` does not take such values.",
            variable.name.text
        ))
        .help("If the module does not store it, say `ephemeral = true` in its variable block.");
    Value::unknown(variable.ty.clone())
}

fn from_call(
    values: &Values,
    root: &Arc<Module>,
    surroundings: &Surroundings,
    parent: &ModulePath,
    (call, key): (&Arc<str>, &Key),
    name: &Arc<str>,
    problems: &mut Diagnostics,
) -> Option<(Value, Span)> {
    let mut module = root;
    for step in parent.steps() {
        module = &module.calls.get(&step.name)?.module;
    }
    let call = module.calls.get(call)?;
    let expr = call.inputs.get(name)?;
    let plain = ModuleScope { values, surroundings, module, at: parent, repeat: &Repeat::One, this: None };
    let repeat = match (key, &call.repetition) {
        (Key::Index(index), _) => Repeat::Index(*index),
        (Key::Name(name), Repetition::ForEach(each)) => {
            // Evaluated without complaint when the call was expanded.
            let all = eval(each, &plain, &mut Diagnostics::new());
            let own = all.get(name).cloned().unwrap_or_else(|| Value::string(name));
            Repeat::Each(name.clone(), own)
        }
        _ => Repeat::any(&call.repetition),
    };
    let scope = ModuleScope { repeat: &repeat, ..plain };
    Some((eval(expr, &scope, problems), expr.span))
}

/// The variables of the root module that have neither a value nor a default, in the order of the configuration.
pub fn without_value<'a>(root: &'a Module, given: &'a IndexMap<Arc<str>, Value>) -> impl Iterator<Item = &'a Variable> {
    let variables = root.variables.iter();
    variables.filter(|(name, variable)| variable.default.is_none() && !given.contains_key(*name)).map(|(_, v)| v)
}

/// A variable that must be given a value has none.
pub fn missing(variable: &Variable) -> Diagnostic {
    let name = &variable.name.text;
    Diagnostic::error("No value for required variable").with(|problem| {
        problem
            .at(variable.header)
            .detail(format!("The variable `{name}` has no default and was given no value."))
            .help(format!("Give it with `-var '{name}=…'`, in a `.tfvars` file, or as TF_VAR_{name}."));
    })
}

/// A given value, or the default, as the variable's type has it.
pub fn prepare(variable: &Variable, given: Option<Value>, span: Span, problems: &mut Diagnostics) -> Value {
    let marks = match (variable.sensitive, variable.ephemeral) {
        (true, true) => Marks::SENSITIVE.and(Marks::EPHEMERAL),
        (true, false) => Marks::SENSITIVE,
        (false, true) => Marks::EPHEMERAL,
        (false, false) => Marks::NONE,
    };
    let name = &variable.name.text;
    let given = given.filter(|value| !(value.is_null() && !variable.nullable && variable.default.is_some()));
    let Some(given) = given.or_else(|| variable.default.clone()) else {
        problems.push(missing(variable));
        return Value::unknown(variable.ty.clone()).marked(marks);
    };
    match convert(&variable.defaults.apply(&given), &variable.ty) {
        Ok(value) => {
            if value.is_null() && !variable.nullable {
                problems
                    .error("Required variable not set")
                    .at(span)
                    .detail(format!("The variable `{name}` has `nullable = false`, so it cannot be null."));
            }
            value.marked(marks)
        }
        Err(error) => {
            problems
                .error("Invalid value for input variable")
                .at(span)
                .detail(format!("The value is not suitable for the variable `{name}`: {error}."))
                .help(format!("The variable is of type `{}`.", variable.ty));
            Value::unknown(Type::clone(&variable.ty)).marked(marks)
        }
    }
}
