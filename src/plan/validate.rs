//! Checks a configuration by evaluating all of it once, with variables, instances and what AWS decides unknown: what is
//! found is wrong whatever they will be.

use std::path::Path as FilePath;
use std::sync::Arc;

use super::calls::tell_calls;
use super::desired;
use super::sites::{Item, Sites};
use super::values::{ModuleScope, Repeat, Shape, Surroundings, Values};
use super::variables;
use crate::address::{Address, Key, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::language::config::{Config, Module, Repetition, Resource, ResourceKey};
use crate::language::references::Subject;
use crate::language::{Scope, eval};
use crate::resource::Registry;
use crate::value::{Refinement, Type, Value};

/// Evaluates every site of a configuration.
pub fn check(
    config: &Config,
    sites: &Sites,
    registry: &Registry,
    surroundings: &Surroundings,
    problems: &mut Diagnostics,
) {
    let told: Vec<Span> = problems.iter().filter_map(|problem| problem.span).collect();
    let mut found = Diagnostics::new();
    let told_inside = |extent: Span| told.iter().any(|span| extent.holds(*span) || span.holds(extent));
    let mut walk = Walk {
        root: &config.root,
        registry,
        surroundings,
        values: Values::new(),
        is_broken: &|resource| told_inside(resource.body.span),
        problems: &mut found,
    };
    for node in sites.order() {
        let site = sites.get(*node);
        let at = site.module.path.iter().fold(ModulePath::root(), |at, name| at.child(name, Key::None));
        walk.site(&site.module, &site.item, &at);
    }
    // What was wrong at a place before anything was evaluated is told once.
    problems.extend(found.into_iter().filter(|problem| !problem.extent().is_some_and(told_inside)));
}

struct Walk<'a> {
    root: &'a Arc<Module>,
    registry: &'a Registry,
    surroundings: &'a Surroundings,
    values: Values,
    /// Whether something in the block of a resource could not be understood.
    is_broken: &'a dyn Fn(&Resource) -> bool,
    problems: &'a mut Diagnostics,
}

impl Walk<'_> {
    fn site(&mut self, module: &Arc<Module>, item: &Item, at: &ModulePath) {
        let before = self.problems.len();
        match item {
            Item::Variable(name) => self.variable(module, name, at),
            Item::Local(name) => {
                if let Some(local) = module.locals.get(name) {
                    let value = self.within(module, at, |scope, problems| eval(&local.expr, scope, problems));
                    self.values.set_local(at, name, value);
                }
            }
            Item::Output(name) => {
                if let Some(output) = module.outputs.get(name) {
                    let value = self.within(module, at, |scope, problems| {
                        let rules = &output.preconditions;
                        desired::check_conditions(rules, "Module output value precondition failed", scope, problems);
                        eval(&output.expr, scope, problems)
                    });
                    self.values.set_output(at, name, value);
                }
            }
            Item::Call(name) => {
                if let Some(call) = module.calls.get(name) {
                    self.within(module, at, |scope, problems| repetition(&call.repetition, scope, problems));
                    self.values.set_call(at, name, Shape::One, vec![Key::None]);
                }
            }
            Item::Resource(key) => {
                if let Some(resource) = module.resources.get(key).cloned() {
                    let value = self.resource(module, &resource, key, at);
                    self.values.set_resource(at, key, value);
                }
            }
        }
        // A variable's value is given in the module around.
        if !matches!(item, Item::Variable(_)) {
            tell_calls(self.problems, before, self.root, at);
        }
    }

    /// Evaluates something in a module of which every instance is alike.
    fn within<T>(
        &mut self,
        module: &Module,
        at: &ModulePath,
        run: impl FnOnce(&dyn Scope, &mut Diagnostics) -> T,
    ) -> T {
        let plain = ModuleScope {
            values: &self.values,
            surroundings: self.surroundings,
            module,
            at,
            repeat: &Repeat::One,
            this: None,
        };
        run(&AnyInstance { plain }, self.problems)
    }

    fn variable(&mut self, module: &Arc<Module>, name: &Arc<str>, at: &ModulePath) {
        let Some(variable) = module.variables.get(name) else {
            return;
        };
        let value = match at.steps().split_last() {
            None => {
                variables::prepare(variable, Some(Value::unknown(variable.ty.clone())), variable.header, self.problems)
            }
            Some((call, parents)) => {
                let before = self.problems.len();
                let parent = parents.iter().fold(ModulePath::root(), |at, step| at.child(&step.name, Key::None));
                let caller =
                    parents.iter().try_fold(self.root, |module, step| Some(&module.calls.get(&step.name)?.module));
                let input = caller.and_then(|caller| Some((caller, caller.calls.get(&call.name)?.inputs.get(name)?)));
                let given = input.map(|(caller, expr)| {
                    (self.within(caller, &parent, |scope, problems| eval(expr, scope, problems)), expr.span)
                });
                let span = given.as_ref().map_or(variable.header, |(_, span)| *span);
                // That the call lacks a required argument was told when it was compiled.
                let given = given.map(|(value, _)| value);
                let given = given.or_else(|| variable.default.is_none().then(|| Value::unknown(variable.ty.clone())));
                let value = variables::prepare(variable, given, span, self.problems);
                tell_calls(self.problems, before, self.root, &parent);
                value
            }
        };
        self.values.set_variable(at, name, value);
        let before = self.problems.len();
        self.within(module, at, |scope, problems| {
            desired::check_conditions(&variable.validations, "Invalid value for variable", scope, problems);
        });
        tell_calls(self.problems, before, self.root, at);
    }

    fn resource(&mut self, module: &Module, resource: &Resource, key: &ResourceKey, at: &ModulePath) -> Value {
        let registry = self.registry;
        let is_broken = (self.is_broken)(resource);
        let schema = match key.mode {
            Mode::Managed => registry.resource(&key.ty).map(|resource| resource.schema()),
            Mode::Data => registry.data(&key.ty).map(|source| source.schema()),
        };
        let Some(schema) = schema else {
            return Value::unknown(Type::Dynamic);
        };
        let address =
            ResourceAddress { module: at.clone(), mode: key.mode, ty: key.ty.clone(), name: key.name.clone() };
        let address = address.instance(Key::None);
        self.within(module, at, |scope, problems| {
            let before = problems.len();
            repetition(&resource.repetition, scope, problems);
            let rules = &resource.lifecycle.preconditions;
            desired::check_conditions(rules, "Resource precondition failed", scope, problems);
            problems.iter_mut().skip(before).for_each(|problem| {
                problem.of(&address);
            });
        });
        self.within(module, at, |scope, problems| {
            let before = problems.len();
            let config = desired::configured(resource, schema, &address, scope, problems);
            // What is missing because of a mistake would only be missed once more.
            if !is_broken && problems.len() == before {
                own_rules(registry, key, &address, resource, (&config, scope), problems);
            }
        });
        match resource.repetition {
            Repetition::One => Value::unknown(schema.ty().clone()),
            Repetition::Count(_) | Repetition::ForEach(_) => Value::unknown(Type::Dynamic),
        }
    }
}

/// The rules that a type has beside its schema.
fn own_rules(
    registry: &Registry,
    key: &ResourceKey,
    address: &Address,
    resource: &Resource,
    (config, scope): (&Value, &dyn Scope),
    problems: &mut Diagnostics,
) {
    let mut found = Diagnostics::new();
    let (config, _) = config.unmark_deep();
    match key.mode {
        Mode::Managed => {
            if let Some(ty) = registry.resource(&key.ty) {
                ty.check(&super::change::with_defaults(&ty.schema().block, &config), &mut found);
            }
        }
        Mode::Data => {
            if let Some(source) = registry.data(&key.ty) {
                source.check(&config, &mut found);
            }
        }
    }
    desired::place(&mut found, resource, address, scope);
    problems.extend(found);
}

/// Checks `count` or `for_each` as far as that can be told without knowing it.
fn repetition(repetition: &Repetition, scope: &dyn Scope, problems: &mut Diagnostics) {
    let Some(expr) = repetition.expr() else {
        return;
    };
    let mut unknown = Diagnostics::new();
    let before = problems.len();
    let value = eval(expr, scope, problems);
    if problems.len() == before && value.is_wholly_known() {
        desired::expand(repetition, scope, "these instances", &mut unknown);
        problems.extend(unknown);
    }
}

/// What expressions see where it does not matter in which instance they stand.
struct AnyInstance<'a> {
    plain: ModuleScope<'a>,
}

impl Scope for AnyInstance<'_> {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let known_to_be = |ty| Value::refined(ty, Refinement { not_null: true, ..Refinement::default() });
        Ok(match subject {
            Subject::CountIndex => known_to_be(Type::Number),
            Subject::Each(name) if **name == *"key" => known_to_be(Type::String),
            Subject::Each(_) | Subject::ThisObject => Value::unknown(Type::Dynamic),
            Subject::Module(name) => match self.plain.module.calls.get(name).map(|call| &call.repetition) {
                Some(Repetition::One) => return self.plain.subject(subject, span),
                _ => Value::unknown(Type::Dynamic),
            },
            _ => return self.plain.subject(subject, span),
        })
    }

    fn folder(&self) -> &FilePath {
        self.plain.folder()
    }
}
