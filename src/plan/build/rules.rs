//! Conditions while a plan is made: what they find is recorded, and what is not known yet is left for apply.

use super::{Builder, Place};
use crate::address::Key;
use crate::diagnostic::{Diagnostics, Severity};
use crate::language::config::{Check, Module, Output};
use crate::plan::checks::{CheckResults, Checked, Found, Item as Subject, Status};
use crate::plan::conditions::{self, Kind};
use crate::plan::desired;
use crate::plan::sites::{Item, Site};
use crate::plan::values::ModuleScope;
use crate::value::Value;

impl Builder<'_> {
    /// Makes what has conditions known before it is known to have instances.
    pub(super) fn declare(&mut self, site: &Site) {
        let module = &site.module;
        let subject = match &site.item {
            Item::Variable(name) if module.variables.get(name).is_some_and(|it| !it.validations.is_empty()) => {
                Subject::Variable(name.clone())
            }
            Item::Output(name) if module.outputs.get(name).is_some_and(|it| !it.preconditions.is_empty()) => {
                Subject::Output(name.clone())
            }
            Item::Resource(key) if module.resources.get(key).is_some_and(|it| it.lifecycle.has_conditions()) => {
                Subject::Resource(key.clone())
            }
            Item::Check(name) => Subject::Check(name.clone()),
            Item::Variable(_)
            | Item::Output(_)
            | Item::Resource(_)
            | Item::Local(_)
            | Item::Call(_)
            | Item::Validation(_) => return,
        };
        self.checks.declare(Checked { module: module.path.clone(), item: subject });
    }

    /// Checks the preconditions of an instance.
    pub(super) fn check_before(&mut self, place: &Place<'_>) {
        self.conditions(place, Kind::Precondition, None);
    }

    /// Checks the postconditions of an instance by what it is or will be. Conditions of an instance that stays as it is
    /// and that are not known yet are left for apply.
    pub(super) fn check_after(&mut self, place: &Place<'_>, value: &Value, stays: bool) {
        let (checked, at) = (place.checked(), (place.at.clone(), place.address.key.clone()));
        let before = self.checks.get(&checked, &at).map(|found| found.status);
        if before.is_none_or(|status| status <= Status::Unknown) {
            self.conditions(place, Kind::Postcondition, Some(value));
        }
        let open = self.checks.get(&checked, &at).is_some_and(|found| found.status == Status::Unknown);
        if stays && open {
            let of_site = self.unsettled.entry((place.node, place.at.clone())).or_default();
            of_site.push((place.address.key.clone(), place.repeat.clone()));
        }
    }

    fn conditions(&mut self, place: &Place<'_>, kind: Kind, this: Option<&Value>) {
        let lifecycle = &place.resource.lifecycle;
        let rules = if kind == Kind::Precondition { &lifecycle.preconditions } else { &lifecycle.postconditions };
        if rules.is_empty() {
            return;
        }
        let scope = ModuleScope { this, ..self.scope(place.module, place.at, &place.repeat) };
        let mut problems = Diagnostics::new();
        let found = conditions::evaluate(rules, kind, &scope, &mut problems);
        desired::place(&mut problems, place.resource, &place.address, &scope);
        self.tell(place, problems);
        self.checks.add(place.checked(), (place.at.clone(), place.address.key.clone()), found);
    }

    /// Takes over problems of an instance. Those of a check's data source are warnings, and the check fails by them.
    pub(super) fn tell(&mut self, place: &Place<'_>, problems: Diagnostics) {
        let Some(check) = &place.resource.check else {
            self.problems.extend(problems);
            return;
        };
        let checked = Checked { module: place.module.path.clone(), item: Subject::Check(check.clone()) };
        let at = (place.at.clone(), Key::None);
        self.problems.extend(as_warnings(problems, checked, at, &mut self.checks));
    }
}

/// Problems that the data source of a check met, as warnings. The check will be found to have failed by the errors.
pub(crate) fn as_warnings(
    problems: Diagnostics,
    checked: Checked,
    at: crate::plan::checks::At,
    checks: &mut CheckResults,
) -> Diagnostics {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let told: Vec<String> = errors.map(|problem| format!("{}: {}", problem.summary, problem.detail)).collect();
    if !told.is_empty() {
        checks.lose_data(checked, at, told.join("\n"));
    }
    let warnings = problems.into_iter().map(|problem| problem.with(|problem| problem.severity = Severity::Warning));
    warnings.collect()
}

/// Checks the preconditions of an output.
pub(super) fn of_output(
    output: &Output,
    scope: &ModuleScope<'_>,
    checks: &mut CheckResults,
    problems: &mut Diagnostics,
) {
    if output.preconditions.is_empty() {
        return;
    }
    let found = conditions::evaluate(&output.preconditions, Kind::Output, scope, problems);
    checks.set(
        in_module(scope.module, Subject::Output(output.name.text.clone())),
        (scope.at.clone(), Key::None),
        found,
    );
}

/// Checks the assertions of a check. What was told of it before, when the plan was made, is not told again.
pub(super) fn of_check(check: &Check, scope: &ModuleScope<'_>, checks: &mut CheckResults, problems: &mut Diagnostics) {
    let (checked, at) =
        (in_module(scope.module, Subject::Check(check.name.text.clone())), (scope.at.clone(), Key::None));
    let lost = checks.take_lost_data(&checked, &at);
    let mut found = Found::default();
    let kind = Kind::Assertion { lost_data: lost.is_some() };
    if lost.is_some() {
        found.add(Status::Fail, lost);
    }
    let mut new = Diagnostics::new();
    found.join(conditions::evaluate(&check.assertions, kind, scope, &mut new));
    let told_before = checks.set(checked, at, found.clone()) == Some(found);
    problems.extend(new.into_iter().filter(|problem| problem.severity == Severity::Error || !told_before));
}

fn in_module(module: &Module, item: Subject) -> Checked {
    Checked { module: module.path.clone(), item }
}
