//! `import` blocks: which objects they name, and what there is of them.

use std::collections::HashMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use super::{Ask, Builder, Inputs, Place, Request};
use crate::address::{Address, Key, Mode, ModulePath, ProviderAddress, ResourceAddress, prefix};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::language::ast::Expr;
use crate::language::config::{Import as Block, Repetition};
use crate::language::references::Subject;
use crate::language::{Scope, eval};
use crate::plan::generate::{self, Unwritten};
use crate::plan::observed::Observation;
use crate::plan::values::{ModuleScope, Repeat};
use crate::plan::{block_of, desired};
use crate::value::{Marks, Type, Value, convert};

/// An object that is to be imported.
pub(super) struct Wanted {
    id: Arc<str>,
    /// Where the block says what it is imported to.
    at: Span,
    /// Whether the configuration has the instance.
    met: bool,
    /// Which block it is, by its position.
    block: usize,
}

/// The import blocks of a configuration, by the resource they are about.
#[derive(Default)]
pub(super) struct Imports {
    blocks: HashMap<ResourceAddress, Vec<usize>>,
    wanted: HashMap<Address, Wanted>,
}

impl Imports {
    pub(super) fn new(blocks: &[Block]) -> Self {
        let mut imports = Self::default();
        for (at, block) in blocks.iter().enumerate() {
            imports.blocks.entry(without_keys(block)).or_default().push(at);
        }
        imports
    }
}

/// The resource of an import block, as dependencies in state name it.
fn without_keys(block: &Block) -> ResourceAddress {
    let module = block.module.iter().fold(ModulePath::root(), |path, name| path.child(name, Key::None));
    let (ty, name) = (block.resource.ty.clone(), block.resource.name.clone());
    ResourceAddress { module, mode: Mode::Managed, ty, name }
}

impl Builder<'_> {
    /// Evaluates the import blocks about a resource, once for all its instances.
    pub(super) fn expect_imports(&mut self, resource: &ResourceAddress) {
        for at in self.imports.blocks.remove(resource).unwrap_or_default() {
            let block = &self.inputs.config.root.imports[at];
            let mut problems = Diagnostics::new();
            let found = self.evaluate_import(block, &mut problems);
            for (address, id) in found {
                // What state has already was imported by an earlier run.
                if self.inputs.observed.instances.contains_key(&address) {
                    continue;
                }
                let wanted = Wanted { id, at: block.to, met: false, block: at };
                if let Some(other) = self.imports.wanted.get(&address)
                    && other.id != wanted.id
                {
                    problems
                        .error(format!("Duplicate import configuration for \"{address}\""))
                        .at(block.to)
                        .within(block.header)
                        .of(&address)
                        .detail(format!(
                            "Two objects are to be imported to `{address}`: `{}` and `{}`.",
                            other.id, wanted.id
                        ));
                }
                self.imports.wanted.insert(address, wanted);
            }
            self.problems.extend(problems);
        }
    }

    fn evaluate_import(&self, block: &Block, problems: &mut Diagnostics) -> Vec<(Address, Arc<str>)> {
        let root = ModulePath::root();
        let scope = self.scope(&self.inputs.config.root, &root, &Repeat::One);
        let instances = match &block.for_each {
            None => vec![None],
            Some(expr) => instances(expr, &scope, problems).into_iter().map(Some).collect(),
        };
        let mut found = Vec::new();
        for each in instances {
            let scope = EachScope { outer: &scope, each };
            let address = target(block, &scope, problems);
            let id = id(&block.id, &scope, problems);
            if let (Some(address), Some(id)) = (address, id) {
                found.push((address, id));
            }
        }
        found
    }

    /// What there is of an object that is to be imported to an instance. The answer, if it is not known yet, is asked for.
    pub(super) fn imported(&mut self, place: &Place<'_>) -> Option<Imported> {
        let wanted = self.imports.wanted.get_mut(&place.address)?;
        wanted.met = true;
        let provider = place.resource.provider.address.clone();
        let ask = Ask::Import { id: wanted.id.clone(), at: wanted.at };
        match self.inputs.answers.imports.get(&place.address) {
            Some((id, found)) if *id == wanted.id => {
                let found = found.clone();
                Some(Imported::Found(
                    wanted.id.clone(),
                    Observation {
                        prior: found.clone(),
                        current: Some(found),
                        sensitive: Vec::new(),
                        tainted: false,
                        dependencies: place.dependencies.clone(),
                        provider,
                    },
                ))
            }
            _ => {
                self.requests.push(Request { address: place.address.clone(), provider, ask });
                Some(Imported::Asked)
            }
        }
    }

    /// Reports imports to what the configuration does not have.
    pub(super) fn check_imports(&mut self) {
        // Resources that the walk did not come to, since there are none.
        let left: Vec<ResourceAddress> = self.imports.blocks.keys().cloned().collect();
        for resource in left {
            if !self.inputs.selection.is_everything() && block_of(self.inputs.config, &resource).is_some() {
                continue;
            }
            self.expect_imports(&resource);
        }
        let mut missing: Vec<(&Address, &Wanted)> =
            self.imports.wanted.iter().filter(|(_, wanted)| !wanted.met).collect();
        missing.retain(|(address, _)| {
            let is_configured = block_of(self.inputs.config, &address.resource).is_some();
            !is_configured || self.inputs.selection.has(address)
        });
        missing.sort_by_key(|(address, wanted)| (wanted.at.start, Address::clone(address)));
        for (address, wanted) in missing {
            let block = &self.inputs.config.root.imports[wanted.block];
            let refused = generate::refusal(address, block);
            if self.inputs.options.generate && refused.is_none() {
                let about = (block, wanted.id.clone(), wanted.at);
                match unwritten(self.inputs, address, about, &mut self.problems) {
                    Some(Ok(found)) => self.unwritten.push(found),
                    Some(Err(request)) => self.requests.push(request),
                    None => {}
                }
                continue;
            }
            let problem = self.problems.error("Configuration for import target does not exist");
            problem.at(wanted.at).of(address).detail(format!(
                "The object `{}` is to be imported to `{address}`, which the configuration does not have.{}",
                wanted.id,
                refused.filter(|_| self.inputs.options.generate).map_or(String::new(), |why| format!(" {why}"))
            ));
            problem.help("Write the resource block, with the arguments that the object has.");
            if refused.is_none() {
                problem.help("`recon plan -generate-config-out=FILE` writes it to a new file.");
            }
        }
    }

    /// Warns of an object that is imported to one address and belongs to another one, too.
    pub(super) fn check_shared_imports(&mut self) {
        if self.imported.is_empty() {
            return;
        }
        let mut owners: HashMap<(&str, &str, &str), &Address> = HashMap::new();
        for (address, found) in &self.inputs.observed.instances {
            if let Some(id) = found.prior.get("id").and_then(Value::as_str) {
                owners.insert((&address.resource.ty, &found.provider, id), address);
            }
        }
        for (address, import) in &self.imported {
            let Some(id) = import.object.get("id").and_then(Value::as_str) else {
                continue;
            };
            let owner = owners.entry((&address.resource.ty, &import.provider, id)).or_insert(address);
            if *owner != address {
                self.problems
                    .warning("Object imported to a second address")
                    .at(self.imports.wanted.get(address).map(|wanted| wanted.at))
                    .of(address)
                    .detail(format!(
                        "The object `{}` belongs to `{owner}`, so two addresses would manage it.",
                        import.id
                    ))
                    .help("Take one of the two out; a `moved` block gives an object another address.");
            }
        }
    }
}

/// An object that is to be imported to where there is no block, or what must be read to tell what there is.
fn unwritten(
    inputs: &Inputs<'_>,
    address: &Address,
    (block, id, at): (&Block, Arc<str>, Span),
    problems: &mut Diagnostics,
) -> Option<Result<Unwritten, Request>> {
    let ty = &address.resource.ty;
    let local = block.provider.as_ref().map_or_else(|| prefix(ty), |written| &written.local);
    let source = inputs.config.root.source_of(local);
    let alias = block.provider.as_ref().and_then(|written| written.alias.clone());
    let provider: Arc<str> = ProviderAddress { module: ModulePath::root(), source, alias }.to_string().into();
    if inputs.providers.resource(ty, &provider).is_none() {
        let is_known = inputs.providers.default_registry().resource(ty).is_some();
        let problem = match is_known {
            true => problems.error("Provider configuration not present"),
            false => problems.error("Unknown resource type"),
        };
        problem.at(block.provider.as_ref().map_or(at, |written| written.span)).of(address);
        problem.detail(match is_known {
            true => format!("There is no provider configuration `{provider}` that has the type `{ty}`."),
            false => format!("recon has no resource type `{ty}`."),
        });
        return None;
    }
    match inputs.answers.imports.get(address) {
        Some((known, found)) if *known == id => {
            let written = block.provider.as_ref().map(ToString::to_string);
            Some(Ok(Unwritten { address: address.clone(), id, found: found.clone(), provider, written }))
        }
        _ => Some(Err(Request { address: address.clone(), provider, ask: Ask::Import { id, at } })),
    }
}

/// What is known of an object that is to be imported.
pub(super) enum Imported {
    /// It was asked for.
    Asked,
    /// It is like this, under this id.
    Found(Arc<str>, Observation),
}

/// What an import block sees: the root module, and `each` where there is `for_each`.
struct EachScope<'a> {
    outer: &'a ModuleScope<'a>,
    /// Key and value.
    each: Option<(Value, Value)>,
}

impl Scope for EachScope<'_> {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        match (subject, &self.each) {
            (Subject::Each(name), Some((key, value))) => Ok(if &**name == "key" { key.clone() } else { value.clone() }),
            _ => self.outer.subject(subject, span),
        }
    }

    fn folder(&self) -> &FilePath {
        self.outer.folder()
    }

    fn now(&self) -> Option<jiff::Timestamp> {
        self.outer.now()
    }

    fn planned(&self) -> Option<jiff::Timestamp> {
        self.outer.planned()
    }
}

/// Key and value of each instance of `for_each`; unlike elsewhere, a list will do.
fn instances(expr: &Expr, scope: &ModuleScope<'_>, problems: &mut Diagnostics) -> Vec<(Value, Value)> {
    let value = eval(expr, scope, &mut Diagnostics::new());
    let is_list = matches!(value.ty(), Type::Tuple(_) | Type::List(_)) && value.marks().is_none();
    if let Some(items) = value.items().filter(|_| is_list) {
        return items.iter().enumerate().map(|(at, item)| (Value::number(at as u64), item.clone())).collect();
    }
    let found = desired::expand(&Repetition::ForEach(expr.clone()), scope, "the import", problems).unwrap_or_default();
    let each = found.into_iter().filter_map(|(_, repeat)| match repeat {
        Repeat::Each(key, value) => Some((Value::string(key), value)),
        _ => None,
    });
    each.collect()
}

/// The address that an import block names.
fn target(block: &Block, scope: &dyn Scope, problems: &mut Diagnostics) -> Option<Address> {
    let mut keys = Vec::with_capacity(block.keys.len());
    for expr in &block.keys {
        keys.push(match expr {
            None => Key::None,
            Some(expr) => key(expr, scope, problems)?,
        });
    }
    let own = keys.pop().unwrap_or_default();
    let module = block.module.iter().zip(keys).fold(ModulePath::root(), |path, (name, key)| path.child(name, key));
    let resource = ResourceAddress { module, ..without_keys(block) };
    Some(resource.instance(own))
}

fn key(expr: &Expr, scope: &dyn Scope, problems: &mut Diagnostics) -> Option<Key> {
    let before = problems.len();
    let value = eval(expr, scope, problems);
    if problems.len() > before {
        return None;
    }
    if let (Some(text), true) = (value.as_str(), value.marks().is_none()) {
        return Some(Key::Name(text.into()));
    }
    if let (Some(index), true) = (value.as_number().and_then(crate::value::Number::to_usize), value.marks().is_none()) {
        return Some(Key::Index(index as u64));
    }
    problems
        .error("Invalid import 'to' expression")
        .at(expr.span)
        .detail("A key in the address of an import is a text or a whole number that is known now and not sensitive.");
    None
}

/// The id of the object.
fn id(expr: &Expr, scope: &dyn Scope, problems: &mut Diagnostics) -> Option<Arc<str>> {
    let before = problems.len();
    let value = eval(expr, scope, problems);
    if problems.len() > before {
        return None;
    }
    let why = if value.is_null() {
        "The id of an object that is to be imported cannot be null."
    } else if value.marks().has(Marks::SENSITIVE) || value.marks().has(Marks::EPHEMERAL) {
        "The id of an object that is to be imported is shown and stored, so it cannot be sensitive or ephemeral."
    } else if !value.is_known() {
        "The id of an object that is to be imported depends on something that is known only after apply, so it cannot be read now."
    } else {
        match convert(&value, &Type::String) {
            Ok(text) => match text.as_str() {
                Some("") | None => "The id of an object that is to be imported cannot be an empty text.",
                Some(text) => return Some(text.into()),
            },
            Err(error) => {
                let detail = format!("The id of an object that is to be imported is a text: {error}.");
                problems.error("Invalid import id argument").at(expr.span).detail(detail);
                return None;
            }
        }
    };
    problems.error("Invalid import id argument").at(expr.span).detail(why);
    None
}
