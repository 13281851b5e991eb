//! JavaScript object literals and JSON, evaluated without running anything, with the place of every value.

use std::collections::HashMap;
use std::ops::Range;

use indexmap::IndexMap;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    ArrayExpressionElement, AssignmentOperator, AssignmentTarget, Declaration, Expression, ObjectPropertyKind,
    PropertyKey, PropertyKind, Statement, UnaryOperator, VariableDeclaration,
};
use oxc::diagnostics::{Diagnostics, OxcDiagnostic};
use oxc::parser::{ParseOptions, Parser};
use oxc::span::{GetSpan, SourceType, Span};

/// A value and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::aws) struct Literal {
    pub(in crate::aws) data: Data,
    pub(in crate::aws) range: Range<usize>,
}

/// What a literal says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::aws) enum Data {
    /// `null` and `undefined`.
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Literal>),
    Object(IndexMap<String, Literal>),
}

/// Why a text is no literal, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct NotLiteral {
    pub(in crate::aws) range: Range<usize>,
    pub(in crate::aws) message: String,
}

impl Literal {
    /// The member `key` of an object.
    pub(in crate::aws) fn get(&self, key: &str) -> Option<&Self> {
        match &self.data {
            Data::Object(members) => members.get(key),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => None,
        }
    }

    /// The text of a string.
    pub(in crate::aws) fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Array(_) | Data::Object(_) => None,
        }
    }

    /// The members of an object; none for anything else.
    pub(in crate::aws) fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members = match &self.data {
            Data::Object(members) => Some(members),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => None,
        };
        members.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// What kind of value it is, with its article.
    pub(in crate::aws) const fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::String(_) => "a string",
            Data::Array(_) => "an array",
            Data::Object(_) => "an object",
        }
    }
}

impl NotLiteral {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { range: range(span), message: message.into() }
    }

    /// The first of a parser's errors.
    pub(in crate::aws) fn from_parser(errors: &Diagnostics) -> Option<Self> {
        let first: &OxcDiagnostic = errors.errors().next()?;
        let span = first.labels.first().map_or(Span::new(0, 0), |label| label.span());
        Some(Self::new(span, first.message.to_string()))
    }
}

/// Deeper than any file of this kind, and shallow enough for a small stack.
const DEEPEST: usize = 32;

/// Gives where brackets are first nested deeper than `limit`, counting those in strings and comments too.
pub(in crate::aws) fn nested_deeper_than(limit: usize, text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > limit
    })
}

fn check_depth(text: &str) -> Result<(), NotLiteral> {
    match nested_deeper_than(DEEPEST, text) {
        Some(at) => Err(NotLiteral { range: at..at + 1, message: "This is nested too deeply.".to_owned() }),
        None => Ok(()),
    }
}

/// The bytes that a span covers.
pub(in crate::aws) const fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// Reads JSON; comments and trailing commas are taken too, as in `tsconfig.json`.
pub(in crate::aws) fn json(text: &str) -> Result<Literal, NotLiteral> {
    check_depth(text)?;
    let allocator = Allocator::default();
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, SourceType::mjs()).with_options(options).parse_expression();
    match parsed {
        Ok(expression) => evaluate(&expression, &HashMap::new()),
        Err(errors) => {
            Err(NotLiteral::from_parser(&errors)
                .unwrap_or_else(|| NotLiteral::new(Span::new(0, 0), "Expected a value.")))
        }
    }
}

/// Gives what a module exports as its default, or as `module.exports`, when all of it is written out.
///
/// Constants are followed, and so are later assignments to their members. A module that exports nothing so gives `None`.
pub(in crate::aws) fn exported(text: &str) -> Result<Option<Literal>, NotLiteral> {
    check_depth(text)?;
    let allocator = Allocator::default();
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, SourceType::ts()).with_options(options).parse();
    if let Some(error) = NotLiteral::from_parser(&parsed.diagnostics) {
        return Err(error);
    }
    let mut module = Module::default();
    for statement in &parsed.program.body {
        module.statement(statement)?;
    }
    module.exported.map(|value| module.constants.resolve(value)).transpose()
}

#[derive(Default)]
struct Constants {
    known: HashMap<String, Literal>,
    /// Why the value of a name is not known.
    failed: HashMap<String, NotLiteral>,
}

#[derive(Default)]
struct Module {
    constants: Constants,
    exported: Option<Exported>,
}

enum Exported {
    Value(Literal),
    /// A name, whose members may still be assigned.
    Name(String, NotLiteral),
}

impl Constants {
    fn resolve(&self, exported: Exported) -> Result<Literal, NotLiteral> {
        match exported {
            Exported::Value(value) => Ok(value),
            Exported::Name(name, unknown) => match self.known.get(&name) {
                Some(value) => Ok(value.clone()),
                None => Err(self.failed.get(&name).cloned().unwrap_or(unknown)),
            },
        }
    }
}

impl Module {
    fn statement(&mut self, statement: &Statement<'_>) -> Result<(), NotLiteral> {
        match statement {
            Statement::VariableDeclaration(it) => self.variables(it),
            Statement::ExportDeclaration(it) => {
                if let Declaration::VariableDeclaration(it) = &it.declaration {
                    self.variables(it);
                }
            }
            Statement::ExportDefaultDeclaration(it) => match it.declaration.as_expression() {
                Some(expression) => self.export(expression)?,
                None => {
                    return Err(NotLiteral::new(it.span, "The default export is not an object."));
                }
            },
            Statement::ExpressionStatement(it) => {
                if let Expression::AssignmentExpression(it) = &it.expression
                    && it.operator == AssignmentOperator::Assign
                {
                    self.assign(&it.left, &it.right)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn variables(&mut self, variables: &VariableDeclaration<'_>) {
        for declarator in &variables.declarations {
            let (Some(name), Some(init)) = (declarator.id.get_identifier_name(), &declarator.init) else {
                continue;
            };
            match evaluate(init, &self.constants.known) {
                Ok(value) => {
                    self.constants.known.insert(name.to_string(), value);
                }
                Err(error) => {
                    self.constants.failed.insert(name.to_string(), error);
                }
            }
        }
    }

    fn export(&mut self, expression: &Expression<'_>) -> Result<(), NotLiteral> {
        self.exported = Some(match expression.get_inner_expression() {
            Expression::Identifier(it) => {
                let message = format!("`{}` is not a constant of this file whose value is written out.", it.name);
                Exported::Name(it.name.to_string(), NotLiteral::new(it.span, message))
            }
            other => Exported::Value(evaluate(other, &self.constants.known)?),
        });
        Ok(())
    }

    /// Takes `module.exports = …`, `exports.default = …` and `constant.member = …`.
    fn assign(&mut self, left: &AssignmentTarget<'_>, right: &Expression<'_>) -> Result<(), NotLiteral> {
        let AssignmentTarget::StaticMemberExpression(left) = left else {
            return Ok(());
        };
        let Expression::Identifier(object) = &left.object else {
            return Ok(());
        };
        let member = left.property.name.as_str();
        if matches!((object.name.as_str(), member), ("module", "exports") | ("exports", "default")) {
            return self.export(right);
        }
        if self.constants.known.contains_key(object.name.as_str()) {
            let value = evaluate(right, &self.constants.known)?;
            if let Some(Literal { data: Data::Object(members), .. }) =
                self.constants.known.get_mut(object.name.as_str())
            {
                members.insert(member.to_owned(), value);
            }
        }
        Ok(())
    }
}

/// Evaluates an expression made of literals and of the names in `known`.
pub(in crate::aws) fn evaluate(
    expression: &Expression<'_>,
    known: &HashMap<String, Literal>,
) -> Result<Literal, NotLiteral> {
    let data = match expression.get_inner_expression() {
        Expression::NullLiteral(_) => Data::Null,
        Expression::BooleanLiteral(it) => Data::Bool(it.value),
        Expression::NumericLiteral(it) => Data::Number(it.value),
        Expression::StringLiteral(it) => Data::String(it.value.to_string()),
        Expression::TemplateLiteral(it) if it.expressions.is_empty() => {
            let cooked = it.quasis.first().and_then(|quasi| quasi.value.cooked);
            Data::String(cooked.map(|text| text.to_string()).unwrap_or_default())
        }
        Expression::UnaryExpression(it) if it.operator == UnaryOperator::UnaryNegation => {
            match evaluate(&it.argument, known)?.data {
                Data::Number(number) => Data::Number(-number),
                Data::Null | Data::Bool(_) | Data::String(_) | Data::Array(_) | Data::Object(_) => {
                    return Err(NotLiteral::new(it.span, "Only a number can be negative."));
                }
            }
        }
        Expression::Identifier(it) => match known.get(it.name.as_str()) {
            Some(value) => return Ok(value.clone()),
            None if it.name == "undefined" => Data::Null,
            None => {
                let message = format!("`{}` is not a constant of this file whose value is written out.", it.name);
                return Err(NotLiteral::new(it.span, message));
            }
        },
        Expression::StaticMemberExpression(it) => {
            let object = evaluate(&it.object, known)?;
            return object.get(&it.property.name).cloned().ok_or_else(|| {
                NotLiteral::new(it.property.span, format!("The object has no `{}`.", it.property.name))
            });
        }
        Expression::ArrayExpression(it) => array(&it.elements, known)?,
        Expression::ObjectExpression(it) => object(&it.properties, known)?,
        other => {
            return Err(NotLiteral::new(other.span(), "This would have to be run to know its value."));
        }
    };
    Ok(Literal { data, range: range(expression.span()) })
}

fn array(elements: &[ArrayExpressionElement<'_>], known: &HashMap<String, Literal>) -> Result<Data, NotLiteral> {
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        match element {
            ArrayExpressionElement::SpreadElement(spread) => match evaluate(&spread.argument, known)?.data {
                Data::Array(more) => values.extend(more),
                Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Object(_) => {
                    return Err(NotLiteral::new(spread.span, "Only an array can be spread here."));
                }
            },
            ArrayExpressionElement::Elision(hole) => {
                values.push(Literal { data: Data::Null, range: range(hole.span) });
            }
            other => match other.as_expression() {
                Some(expression) => values.push(evaluate(expression, known)?),
                None => return Err(NotLiteral::new(other.span(), "Expected a value.")),
            },
        }
    }
    Ok(Data::Array(values))
}

fn object(properties: &[ObjectPropertyKind<'_>], known: &HashMap<String, Literal>) -> Result<Data, NotLiteral> {
    let mut members = IndexMap::new();
    for property in properties {
        match property {
            ObjectPropertyKind::SpreadProperty(spread) => match evaluate(&spread.argument, known)?.data {
                Data::Object(more) => members.extend(more),
                Data::Null => {}
                Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Array(_) => {
                    return Err(NotLiteral::new(spread.span, "Only an object can be spread here."));
                }
            },
            ObjectPropertyKind::ObjectProperty(property) => {
                if property.method || property.kind != PropertyKind::Init {
                    return Err(NotLiteral::new(property.span, "A method would have to be run to know its value."));
                }
                let key = key(&property.key, property.computed, known)?;
                members.insert(key, evaluate(&property.value, known)?);
            }
        }
    }
    Ok(Data::Object(members))
}

fn key(key: &PropertyKey<'_>, computed: bool, known: &HashMap<String, Literal>) -> Result<String, NotLiteral> {
    if !computed && let Some(name) = key.static_name() {
        return Ok(name.into_owned());
    }
    let name = key.as_expression().map(|expression| evaluate(expression, known)).transpose()?;
    match name.map(|name| name.data) {
        Some(Data::String(name)) => Ok(name),
        _ => Err(NotLiteral::new(key.span(), "The key would have to be run to know it.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_the_place_of_each_value() {
        let text = "{\n  // why\n  \"a\": { \"b\": [1, -2, true, null, `x`] },\n}";
        let literal = json(text).unwrap();
        let list = literal.get("a").and_then(|a| a.get("b")).unwrap();
        assert_eq!(&text[list.range.clone()], "[1, -2, true, null, `x`]");
        let Data::Array(items) = &list.data else { panic!("{list:?}") };
        assert_eq!(items[1].data, Data::Number(-2.0));
        assert_eq!(items[4].as_str(), Some("x"));
    }

    #[test]
    fn what_would_have_to_run_is_refused_at_its_place() {
        for (text, at) in [
            ("{ \"a\": f() }", "f()"),
            ("{ \"a\": process.env.X }", "process"),
            ("{ \"a\": `x${1}` }", "`x${1}`"),
            ("{ a() {} }", "a() {}"),
            ("[...1]", "...1"),
            ("{ [x]: 1 }", "x"),
        ] {
            let error = json(text).unwrap_err();
            assert_eq!(&text[error.range], at, "{text}");
        }
        assert!(json("{ \"a\": ").is_err());
        assert!(json("").is_err());
        assert!(json(&format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST))).is_ok());
        assert!(json(&"[".repeat(100_000)).is_err());
        assert!(exported(&format!("export default {}", "{a:".repeat(100_000))).is_err());
    }
}
