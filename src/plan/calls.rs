//! Through which module calls a problem was reached.

use std::sync::Arc;

use crate::address::{Address, ModulePath};
use crate::diagnostic::{Diagnostics, ModuleCall};
use crate::language::config::Module;

/// Adds the calls that lead to a module instance to each problem from `first` on that has none.
pub fn tell_calls(problems: &mut Diagnostics, first: usize, root: &Arc<Module>, at: &ModulePath) {
    if at.is_root() || problems.len() == first {
        return;
    }
    let calls = calls_to(root, at);
    for problem in problems.iter_mut().skip(first).filter(|problem| problem.calls.is_empty()) {
        problem.calls.clone_from(&calls);
    }
}

/// The same for problems of resource instances, whose addresses name the module.
pub fn tell_calls_of_instances(problems: &mut Diagnostics, root: &Arc<Module>) {
    for problem in problems.iter_mut().filter(|problem| problem.calls.is_empty()) {
        if let Some(Ok(address)) = problem.address.as_ref().map(|address| address.parse::<Address>()) {
            problem.calls = calls_to(root, &address.resource.module);
        }
    }
}

fn calls_to(root: &Arc<Module>, at: &ModulePath) -> Vec<ModuleCall> {
    let mut module = root;
    let mut calls = Vec::new();
    for step in at.steps() {
        let Some(call) = module.calls.get(&step.name) else {
            break;
        };
        calls.push(ModuleCall { step: format!("module.{}{}", step.name, step.key), at: call.header });
        module = &call.module;
    }
    calls
}
