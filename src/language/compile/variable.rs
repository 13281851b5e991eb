//! `variable` blocks.

use super::type_constraint::type_constraint;
use super::{Allowed, Compiler};
use crate::language::ast::Block;
use crate::language::config::Variable;
use crate::language::eval::{NoScope, eval};
use crate::language::references::Subject;
use crate::value::{Type, TypeDefaults, Value, convert};

/// Names that mean something else in a `module` block.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

impl Compiler<'_> {
    pub(super) fn variable(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        if !self.valid_name(&name, "variable") || !self.once("variable", &name) {
            return;
        }
        if RESERVED.contains(&&*name.text) {
            let detail = format!(
                "The variable name \"{}\" is reserved due to its special meaning inside module blocks.",
                name.text
            );
            self.problems.error("Invalid variable name").at(name.span).detail(detail);
        }
        let known = ["type", "default", "description", "sensitive", "ephemeral", "nullable", "deprecated"];
        self.only(&block.body, Some(&known), &["validation"], "a variable block");
        let (ty, defaults) = match block.body.attribute("type") {
            Some(attribute) => {
                type_constraint(&attribute.expr, self.problems).unwrap_or((Type::Dynamic, TypeDefaults::default()))
            }
            None => (Type::Dynamic, TypeDefaults::default()),
        };
        let literal = block.body.attribute("type").is_none() || matches!(ty, Type::String | Type::Number | Type::Bool);
        let nullable = self.flag(&block.body, "nullable").unwrap_or(true);
        let default = self.default(block, &ty, &defaults, nullable);
        let sensitive = self.flag(&block.body, "sensitive").unwrap_or(false);
        let ephemeral = self.flag(&block.body, "ephemeral").unwrap_or(false);
        let description = self.text(&block.body, "description");
        let validations = self.conditions(&block.body, "validation", block.header);
        for rule in &validations {
            let references = self.references(&rule.condition, Allowed::default());
            if !references.iter().any(|reference| reference.subject == Subject::Variable(name.text.clone())) {
                let detail =
                    format!("The condition must refer to `var.{}`, the variable whose value it is about.", name.text);
                self.problems
                    .error("Invalid variable validation condition")
                    .at(rule.condition.span)
                    .within(rule.around)
                    .detail(detail);
            }
            self.references(&rule.error_message, Allowed::default());
        }
        let header = block.header;
        let key = name.text.clone();
        let variable = Variable {
            name,
            ty,
            defaults,
            default,
            nullable,
            literal,
            sensitive,
            ephemeral,
            description,
            validations,
            header,
        };
        self.declared.module.variables.insert(key, variable);
    }

    fn default(&mut self, block: &Block, ty: &Type, defaults: &TypeDefaults, nullable: bool) -> Option<Value> {
        let attribute = block.body.attribute("default")?;
        let before = self.problems.len();
        let value = eval(&attribute.expr, &NoScope, self.problems);
        if self.problems.len() > before {
            // The mistake is told; a missing default would lead to a second one.
            return Some(Value::unknown(ty.clone()));
        }
        if value.is_null() && !nullable {
            let detail = "This variable is not nullable, so its default cannot be null.";
            self.problems.error("Invalid default value for variable").at(attribute.expr.span).detail(detail);
        }
        match convert(&defaults.apply(&value), ty) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail =
                    format!("This default value is not compatible with the variable's type constraint: {error}.");
                self.problems.error("Invalid default value for variable").at(attribute.expr.span).detail(detail);
                Some(Value::unknown(ty.clone()))
            }
        }
    }
}
