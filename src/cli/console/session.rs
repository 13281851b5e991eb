//! Expressions to answers.

use crate::address::ModulePath;
use crate::diagnostic::{Diagnostics, SourceId};
use crate::language::ast::{Expr, ExprKind};
use crate::language::config::Config;
use crate::language::{check_expression, eval, parse_expression};
use crate::plan::providers::Providers;
use crate::plan::values::{ModuleScope, Repeat, Surroundings, Values};
use crate::value::{Type, Value};

/// The evaluated configuration that expressions refer to.
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) values: Values,
    pub(super) surroundings: Surroundings,
    pub(super) schemas: Providers,
}

/// What an expression gives.
pub(super) enum Answer {
    /// A value.
    Value(Value),
    /// The type that `type(…)` was asked for.
    Type(Type),
}

impl Session {
    /// The answer to an expression; nothing where there are errors.
    pub(super) fn answer(&self, text: &str, source: SourceId, problems: &mut Diagnostics) -> Option<Answer> {
        let expr = parse_expression(source, text, problems)?;
        if let ExprKind::Call { name, args, .. } = &expr.kind
            && &*name.text == "type"
        {
            let [of] = args.as_slice() else {
                let detail = "The function `type` takes one argument.";
                problems.error("Error in function call").at(name.span).within(expr.span).detail(detail);
                return None;
            };
            return self.value(of, problems).map(|value| Answer::Type(value.ty()));
        }
        self.value(&expr, problems).map(Answer::Value)
    }

    fn value(&self, expr: &Expr, problems: &mut Diagnostics) -> Option<Value> {
        let root = &self.config.root;
        check_expression(expr, root, self.schemas.default_registry(), problems);
        if problems.has_errors() {
            return None;
        }
        let at = ModulePath::root();
        let (values, surroundings) = (&self.values, &self.surroundings);
        let scope = ModuleScope { values, surroundings, module: root, at: &at, repeat: &Repeat::One, this: None };
        let value = eval(expr, &scope, problems);
        (!problems.has_errors()).then_some(value)
    }
}
