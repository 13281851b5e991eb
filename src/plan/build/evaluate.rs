//! Sites that are no instances: locals, outputs and checks, for a plan and for an apply alike.

use std::sync::Arc;

use super::rules;
use crate::address::ModulePath;
use crate::diagnostic::Diagnostics;
use crate::language::config::Module;
use crate::language::eval;
use crate::plan::checks::CheckResults;
use crate::plan::desired;
use crate::plan::sites::Item;
use crate::plan::values::{ModuleScope, Repeat, Surroundings, Values};
use crate::value::{Marks, Value};

/// Evaluates a local, an output or a check.
pub(crate) fn evaluate(
    values: &mut Values,
    surroundings: &Surroundings,
    (module, at): (&Arc<Module>, &ModulePath),
    item: &Item,
    (checks, problems): (&mut CheckResults, &mut Diagnostics),
) {
    let scope = ModuleScope { values, surroundings, module, at, repeat: &Repeat::One, this: None };
    match item {
        Item::Local(name) => {
            if let Some(local) = module.locals.get(name) {
                let value = eval(&local.expr, &scope, problems);
                values.set_local(at, name, value);
            }
        }
        Item::Output(name) => {
            let Some(output) = module.outputs.get(name) else {
                return;
            };
            rules::of_output(output, &scope, checks, problems);
            let before = problems.len();
            let mut value = eval(&output.expr, &scope, problems);
            if output.ephemeral {
                value = value.marked(Marks::EPHEMERAL);
            } else if value.marks_deep().has(Marks::EPHEMERAL) {
                problems
                    .error("Ephemeral value not allowed")
                    .at(output.expr.span)
                    .within(output.header)
                    .detail("The output is not declared as ephemeral, and its value is derived from an ephemeral one.")
                    .help(if at.is_root() {
                        "Outputs of the root module are stored; `ephemeralasnull(…)` makes null of what must not be."
                    } else {
                        "Add `ephemeral = true` to the output."
                    });
                value = Value::unknown(value.ty());
            }
            if at.is_root() && value.holds_infinity() {
                desired::infinite(problems).at(output.expr.span).within(output.header);
            }
            if output.sensitive {
                value = value.marked(Marks::SENSITIVE);
            } else if at.is_root() && value.is_sensitive() && problems.len() == before {
                problems
                    .error("Output refers to sensitive values")
                    .at(output.expr.span)
                    .within(output.header)
                    .detail("An output of the root module is shown, and this one contains what must not be shown.")
                    .help("Add `sensitive = true` to the output, or `nonsensitive(…)` around what may be shown.");
            }
            values.set_output(at, name, value);
        }
        Item::Check(name) => {
            if let Some(check) = module.checks.get(name) {
                rules::of_check(check, &scope, checks, problems);
            }
        }
        Item::Variable(_) | Item::Call(_) | Item::Resource(_) | Item::Validation(_) => {}
    }
}
