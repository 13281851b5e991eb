//! One move, and what it does to an address.

use std::fmt;
use std::sync::Arc;

use crate::address::{Address, Key, ModulePath, ModuleStep, ResourceAddress, Target};
use crate::diagnostic::Span;
use crate::language::config::{Module, Moved};

/// What a move is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A module with all its instances, which keep their keys.
    Call,
    /// An instance of a module.
    Module,
    /// A resource with all its instances, which keep their keys.
    Resource,
    /// An instance of a resource.
    Instance,
}

/// A `moved` block, or a move that nobody had to write.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The module that the addresses start from, by the names of the calls: a move is made in each of its instances.
    pub(super) base: Arc<[Arc<str>]>,
    pub(super) kind: Kind,
    pub(super) from: Target,
    pub(super) to: Target,
    /// The header of the block, or what implies the move.
    pub(super) at: Span,
}

impl Statement {
    pub(super) fn of(module: &Module, moved: &Moved) -> Self {
        let keyed = |target: &Target| match target {
            Target::Module(module) => module.steps().last().is_some_and(|step| step.key != Key::None),
            Target::Resource(address) => address.key != Key::None,
        };
        let one = keyed(&moved.from) || keyed(&moved.to);
        let kind = match (&moved.from, one) {
            (Target::Module(_), false) => Kind::Call,
            (Target::Module(_), true) => Kind::Module,
            (Target::Resource(_), false) => Kind::Resource,
            (Target::Resource(_), true) => Kind::Instance,
        };
        let base = module.path.iter().cloned().collect();
        Self { base, kind, from: moved.from.clone(), to: moved.to.clone(), at: moved.header }
    }

    pub(super) fn implied(address: &Address, to: Key, at: Span) -> Self {
        let Address { resource: ResourceAddress { module, mode, ty, name }, key } = address;
        let inside = ResourceAddress { module: ModulePath::root(), mode: *mode, ty: ty.clone(), name: name.clone() };
        let (from, to) = (Target::Resource(inside.instance(key.clone())), Target::Resource(inside.instance(to)));
        Self { base: module.call_names().into(), kind: Kind::Instance, from, to, at }
    }

    /// Where a module instance goes, be it the one that is named or one inside of it.
    pub(super) fn module_goes_to(&self, module: &ModulePath) -> Option<ModulePath> {
        let steps = module.steps();
        let (base, rest) = steps.split_at_checked(self.base.len())?;
        let from = self.from.module().steps();
        let (own, inside) = rest.split_at_checked(from.len())?;
        if !self.is_base(base) || !self.fits(from, own) {
            return None;
        }
        let (last, parents) = self.to.module().steps().split_last()?;
        let key = if self.kind == Kind::Call { own.last()?.key.clone() } else { last.key.clone() };
        let renamed = ModuleStep { name: last.name.clone(), key };
        Some(path(base.iter().chain(parents).chain([&renamed]).chain(inside)))
    }

    /// Where an object goes, by a move of its resource or of itself.
    pub(super) fn goes_to(&self, address: &Address) -> Option<Address> {
        let (Target::Resource(from), Target::Resource(to)) = (&self.from, &self.to) else {
            return None;
        };
        let base = self.base_of(&address.resource, from)?;
        if self.kind == Kind::Instance && from.key != address.key {
            return None;
        }
        let key = if self.kind == Kind::Instance { to.key.clone() } else { address.key.clone() };
        let module = path(base.iter().chain(to.resource.module.steps()));
        Some(ResourceAddress { module, ..to.resource.clone() }.instance(key))
    }

    /// The instance of the base module that a resource is seen from, if it is the one that is named.
    fn base_of<'a>(&self, resource: &'a ResourceAddress, named: &Address) -> Option<&'a [ModuleStep]> {
        let (base, rest) = resource.module.steps().split_at_checked(self.base.len())?;
        let named = &named.resource;
        let same = rest == named.module.steps()
            && (resource.mode, &resource.ty, &resource.name) == (named.mode, &named.ty, &named.name);
        (same && self.is_base(base)).then_some(base)
    }

    fn is_base(&self, steps: &[ModuleStep]) -> bool {
        steps.len() == self.base.len() && steps.iter().zip(self.base.iter()).all(|(step, name)| step.name == *name)
    }

    fn fits(&self, named: &[ModuleStep], steps: &[ModuleStep]) -> bool {
        let last = named.len().saturating_sub(1);
        named.iter().zip(steps).enumerate().all(|(at, (named, step))| {
            named.name == step.name && (named.key == step.key || self.kind == Kind::Call && at == last)
        })
    }

    /// Whether the move names a resource, or an instance of it, at either end.
    pub(super) fn selects(&self, resource: &ResourceAddress) -> bool {
        [&self.from, &self.to].iter().any(|end| match end {
            Target::Resource(named) => self.base_of(resource, named).is_some(),
            Target::Module(_) => false,
        })
    }

    /// Whether the move leads to a resource type.
    pub(super) fn names_type(&self, ty: &str) -> bool {
        matches!(&self.to, Target::Resource(to) if &*to.resource.ty == ty)
    }

    /// Whether the move starts at a resource type.
    pub(super) fn names_type_from(&self, ty: &str) -> bool {
        matches!(&self.from, Target::Resource(from) if &*from.resource.ty == ty)
    }

    /// The end as seen from an instance of the base module.
    pub(super) fn seen_from(end: &Target, base: &ModulePath) -> Target {
        let module = path(base.steps().iter().chain(end.module().steps()));
        match end {
            Target::Module(_) => Target::Module(module),
            Target::Resource(address) => {
                Target::Resource(ResourceAddress { module, ..address.resource.clone() }.instance(address.key.clone()))
            }
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base: String = self.base.iter().map(|name| format!("module.{name}.")).collect();
        write!(f, "`{base}{}` to `{base}{}`", self.from, self.to)
    }
}

fn path<'a>(steps: impl Iterator<Item = &'a ModuleStep>) -> ModulePath {
    steps.fold(ModulePath::root(), |path, step| path.child(&step.name, step.key.clone()))
}
