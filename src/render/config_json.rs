//! A configuration for programs: the `configuration` member of Terraform's JSON form of a plan.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::value_json::known;
use crate::address::{Mode, ProviderSource, prefix};
use crate::diagnostic::Diagnostics;
use crate::language::ast::{Body, Expr, ExprKind, TemplatePart};
use crate::language::config::{Call, Config, Module, Output, Repetition, Resource, Variable};
use crate::language::references::{Access, Reference, of_expr};
use crate::language::{NoScope, eval};
use crate::plan::providers::Providers;
use crate::schema::{Block, Nesting, Schema};
use crate::value::Value;
use crate::value::json::to_json;

/// The whole configuration.
pub(super) fn configuration(config: &Config, providers: &Providers) -> Json {
    let mut out = Map::new();
    let provider_config = provider_configurations(&config.root);
    if !provider_config.is_empty() {
        out.insert("provider_config".into(), provider_config.into());
    }
    out.insert("root_module".into(), module(&config.root, providers));
    out.into()
}

/// The configurations of providers: those with blocks, and those that are used without one.
fn provider_configurations(root: &Module) -> Map<String, Json> {
    let mut found: BTreeMap<String, Json> = BTreeMap::new();
    used_providers(root, &mut found);
    for block in &root.providers {
        let name = &*block.name.text;
        let alias = block.alias.as_ref().map(|alias| &*alias.text);
        let entry = found.entry(key(name, alias)).or_insert_with(|| provider(name, &block.address.source));
        if let Some(alias) = alias {
            entry["alias"] = alias.into();
        }
        let expressions = untyped_body(&block.body);
        if !expressions.is_empty() {
            entry["expressions"] = expressions.into();
        }
    }
    found.into_iter().collect()
}

fn used_providers(module: &Module, found: &mut BTreeMap<String, Json>) {
    for resource in module.resources.values() {
        let (name, alias) = local_name(resource);
        if alias.is_none() {
            found.entry(name.to_owned()).or_insert_with(|| provider(name, &resource.provider.source));
        }
    }
    module.calls.values().for_each(|call| used_providers(&call.module, found));
}

fn provider(name: &str, source: &ProviderSource) -> Json {
    json!({"name": name, "full_name": source.to_string()})
}

/// What a resource calls its provider configuration: a local name and an alias.
fn local_name(resource: &Resource) -> (&str, Option<&str>) {
    match &resource.provider.written {
        Some(written) => (&written.local, written.alias.as_deref()),
        None => (prefix(&resource.ty.text), None),
    }
}

fn key(name: &str, alias: Option<&str>) -> String {
    alias.map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"))
}

fn module(module: &Module, providers: &Providers) -> Json {
    let mut out = Map::new();
    let mut put = |name: &str, entries: Map<String, Json>| {
        if !entries.is_empty() {
            out.insert(name.into(), entries.into());
        }
    };
    put("outputs", sorted(module.outputs.iter().map(|(name, o)| (name.to_string(), output(o)))));
    let calls = module.calls.iter().map(|(name, c)| (name.to_string(), call(c, providers)));
    put("module_calls", sorted(calls));
    put("variables", sorted(module.variables.iter().map(|(name, v)| (name.to_string(), variable(v)))));
    let mut resources: Vec<&Resource> = module.resources.values().map(|resource| &**resource).collect();
    resources.sort_by_key(|r| (r.mode, r.ty.text.clone(), r.name.text.clone()));
    if !resources.is_empty() {
        out.insert("resources".into(), resources.into_iter().map(|r| resource(r, providers)).collect());
    }
    out.into()
}

fn sorted(entries: impl Iterator<Item = (String, Json)>) -> Map<String, Json> {
    entries.collect::<BTreeMap<_, _>>().into_iter().collect()
}

fn output(output: &Output) -> Json {
    let mut out = Map::new();
    if output.sensitive {
        out.insert("sensitive".into(), true.into());
    }
    out.insert("expression".into(), expression(&output.expr));
    if let Some(description) = &output.description {
        out.insert("description".into(), description.as_str().into());
    }
    put_depends_on(&mut out, &output.depends_on);
    out.into()
}

fn variable(variable: &Variable) -> Json {
    let mut out = Map::new();
    if let Some(default) = &variable.default {
        out.insert("default".into(), to_json(default));
    }
    if let Some(description) = &variable.description {
        out.insert("description".into(), description.as_str().into());
    }
    if variable.sensitive {
        out.insert("sensitive".into(), true.into());
    }
    out.into()
}

fn put_depends_on(out: &mut Map<String, Json>, references: &[Reference]) {
    if !references.is_empty() {
        out.insert("depends_on".into(), references.iter().map(|r| Json::from(r.subject.to_string())).collect());
    }
}

fn put_repetition(out: &mut Map<String, Json>, repetition: &Repetition) {
    let (name, expr) = match repetition {
        Repetition::One => return,
        Repetition::Count(expr) => ("count_expression", expr),
        Repetition::ForEach(expr) => ("for_each_expression", expr),
    };
    let told = expression(expr);
    if told != json!({}) {
        out.insert(name.into(), told);
    }
}

fn resource(resource: &Resource, providers: &Providers) -> Json {
    let (ty, name) = (&*resource.ty.text, &*resource.name.text);
    let (mode, word, schema): (_, _, Option<&Schema>) = match resource.mode {
        Mode::Managed => {
            ("managed", "", providers.resource(ty, &resource.provider.address).map(|resource| resource.schema()))
        }
        Mode::Data => ("data", "data.", providers.data(ty, &resource.provider.address).map(|data| data.schema())),
        Mode::Ephemeral => {
            let schema = providers.ephemeral(ty, &resource.provider.address).map(|it| it.schema());
            ("ephemeral", "ephemeral.", schema)
        }
    };
    let mut out = Map::new();
    out.insert("address".into(), format!("{word}{ty}.{name}").into());
    out.insert("mode".into(), mode.into());
    out.insert("type".into(), ty.into());
    out.insert("name".into(), name.into());
    let (local, alias) = local_name(resource);
    out.insert("provider_config_key".into(), key(local, alias).into());
    let expressions = schema.map_or_else(|| untyped_body(&resource.body), |schema| body(&resource.body, &schema.block));
    if !expressions.is_empty() {
        out.insert("expressions".into(), expressions.into());
    }
    out.insert("schema_version".into(), schema.map_or(0, |schema| schema.version).into());
    put_repetition(&mut out, &resource.repetition);
    put_depends_on(&mut out, &resource.depends_on);
    out.into()
}

fn call(call: &Call, providers: &Providers) -> Json {
    let mut out = Map::new();
    out.insert("source".into(), (*call.source).into());
    if let Some(version) = &call.version {
        out.insert("version_constraint".into(), (**version).into());
    }
    let expressions = sorted(call.inputs.iter().map(|(name, expr)| (name.to_string(), expression(expr))));
    if !expressions.is_empty() {
        out.insert("expressions".into(), expressions.into());
    }
    put_repetition(&mut out, &call.repetition);
    out.insert("module".into(), module(&call.module, providers));
    put_depends_on(&mut out, &call.depends_on);
    out.into()
}

/// The arguments and blocks of a body whose schema is known.
fn body(body: &Body, block: &Block) -> Map<String, Json> {
    let mut out = attributes(body);
    for (name, nested) in &block.blocks {
        let inner: Vec<Json> = body.blocks_of(name).map(|b| self::body(&b.body, &nested.block).into()).collect();
        let told = match nested.nesting {
            Nesting::Single => inner.into_iter().next(),
            Nesting::List | Nesting::Set => (!inner.is_empty()).then(|| inner.into()),
        };
        if let Some(told) = told {
            out.insert((*name).into(), told);
        }
    }
    out
}

fn untyped_body(body: &Body) -> Map<String, Json> {
    let mut out = attributes(body);
    for block in &body.blocks {
        let inner = Json::from(untyped_body(&block.body));
        let entry = out.entry(block.ty.text.to_string()).or_insert_with(|| json!([]));
        if let Some(list) = entry.as_array_mut() {
            list.push(inner);
        }
    }
    out
}

fn attributes(body: &Body) -> Map<String, Json> {
    sorted(body.attributes.iter().map(|attribute| (attribute.name.text.to_string(), expression(&attribute.expr))))
}

/// An expression: its value where it is a literal, or else what it refers to.
fn expression(expr: &Expr) -> Json {
    if is_literal(expr) {
        let value: Value = eval(expr, &NoScope, &mut Diagnostics::new());
        return match known(&value) {
            Some(constant) => json!({"constant_value": constant}),
            None => json!({}),
        };
    }
    // Mistakes were reported when the configuration was loaded.
    let references = of_expr(expr, &mut Diagnostics::new());
    let names: Vec<Json> = references.iter().flat_map(names).map(Json::from).collect();
    if names.is_empty() { json!({}) } else { json!({"references": names}) }
}

/// A reference, and then what it leads through, from the whole to its subject.
fn names(reference: &Reference) -> Vec<String> {
    let mut name = reference.subject.to_string();
    let mut names = vec![name.clone()];
    if name.starts_with("module.") && reference.rest.is_empty() {
        return names;
    }
    for access in &reference.rest {
        match access {
            Access::Attribute(attribute) => name.push_str(&format!(".{attribute}")),
            Access::Key(key) => name.push_str(&format!("[{}]", Json::from(&**key))),
            Access::Index(index) => name.push_str(&format!("[{index}]")),
            Access::Any => break,
        }
        names.push(name.clone());
    }
    names.reverse();
    names
}

/// Whether an expression is written out: nothing is referred to and nothing is called.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            TemplatePart::Text(..) => true,
            TemplatePart::Interpolation(expr) => is_literal(expr),
            TemplatePart::If { .. } | TemplatePart::For { .. } => false,
        }),
        ExprKind::Interpolation(inner) | ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => is_literal(inner),
        ExprKind::GetAttr(inner, _) => is_literal(inner),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => is_literal(a) && is_literal(b),
        ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().all(|expr| is_literal(expr)),
        ExprKind::Tuple(items) => items.iter().all(is_literal),
        ExprKind::Object(entries) => entries.iter().all(|(key, value)| is_literal(key) && is_literal(value)),
        ExprKind::Invalid
        | ExprKind::Variable(_)
        | ExprKind::Splat { .. }
        | ExprKind::SplatItem
        | ExprKind::Call { .. }
        | ExprKind::For(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceMap;
    use crate::language::parse_expression;

    fn told(text: &str) -> Json {
        let source = SourceMap::new().add("x", text);
        expression(&parse_expression(source, text, &mut Diagnostics::new()).unwrap())
    }

    #[test]
    fn an_expression_is_a_constant_or_what_it_refers_to() {
        assert_eq!(told(r#"{ a = [1, "x"], "b" = null }"#), json!({"constant_value": {"a": [1, "x"], "b": null}}));
        assert_eq!(
            told(r#"aws_x.y[0].tags["k"]"#),
            json!({"references": [r#"aws_x.y[0].tags["k"]"#, "aws_x.y[0].tags", "aws_x.y[0]", "aws_x.y"]})
        );
        assert_eq!(told("[for x in var.l : x.a]"), json!({"references": ["var.l"]}));
        assert_eq!(told("module.m.out"), json!({"references": ["module.m.out", "module.m"]}));
        assert_eq!(told(r#"toset(["a"])"#), json!({}));
    }
}
