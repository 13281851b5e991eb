//! Compiled configuration: modules with their variables, locals, outputs, resources and calls, checked against the schemas
//! as far as that goes without evaluating anything.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::ast::{Body, Expr, Name};
use super::references::Reference;
use crate::address::{Mode, ProviderAddress, ProviderSource, Target};
use crate::diagnostic::Span;
pub use crate::value::TypeDefaults;
use crate::value::{Type, Value};

/// A whole configuration: the root module, with the modules it calls inside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The root module.
    pub root: Arc<Module>,
    /// The provider configurations that resources use, as state names them.
    pub used_providers: BTreeSet<Arc<str>>,
    /// The `backend` block of the root module.
    pub backend: Option<Backend>,
    /// There is no file in the root folder, which is the same as an empty one for all but a plan.
    pub empty: bool,
}

/// A `backend` block.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The kind of backend, such as `local`.
    pub ty: Name,
    /// Its arguments.
    pub body: Body,
    /// The block's header.
    pub header: Span,
}

/// One module as written in one folder and called from one place.
#[derive(Clone, Debug)]
pub struct Module {
    /// The names of the calls from the root; empty for the root.
    pub path: Vec<Arc<str>>,
    /// The folder, as it was named from the working folder.
    pub folder: PathBuf,
    /// `variable` blocks by name.
    pub variables: IndexMap<Arc<str>, Variable>,
    /// `locals` entries by name.
    pub locals: IndexMap<Arc<str>, Local>,
    /// `output` blocks by name.
    pub outputs: IndexMap<Arc<str>, Output>,
    /// `resource`, `data` and `ephemeral` blocks.
    pub resources: IndexMap<ResourceKey, Arc<Resource>>,
    /// `module` blocks by name.
    pub calls: IndexMap<Arc<str>, Call>,
    /// Entries of `required_providers` by local name.
    pub requirements: IndexMap<Arc<str>, Requirement>,
    /// `provider` blocks, without those that only stand for what a caller passes.
    pub providers: Vec<Provider>,
    /// `check` blocks by name.
    pub checks: IndexMap<Arc<str>, Check>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks; in the root module only.
    pub imports: Vec<Import>,
}

impl Module {
    /// The provider that a local name means in this module.
    pub fn source_of(&self, local: &str) -> ProviderSource {
        self.requirements.get(local).map_or_else(|| ProviderSource::implied(local), |known| known.source.clone())
    }
}

/// A `check` block. Its data source is among the resources of the module.
#[derive(Clone, Debug)]
pub struct Check {
    /// The name, with its span.
    pub name: Name,
    /// The data source that is read for this check only.
    pub data: Option<ResourceKey>,
    /// What must hold; a warning says where it does not.
    pub assertions: Vec<Condition>,
    /// What the assertions refer to.
    pub references: Vec<Reference>,
    /// The block's header.
    pub header: Span,
}

/// What names a resource within its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// Managed, data or ephemeral.
    pub mode: Mode,
    /// The type.
    pub ty: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

/// A `variable` block.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name, with its span.
    pub name: Name,
    /// The type constraint; `Type::Dynamic` for `any` and where absent.
    pub ty: Type,
    /// Defaults of `optional(type, default)` attributes in the type constraint.
    pub defaults: TypeDefaults,
    /// The default, already of the type.
    pub default: Option<Value>,
    /// Whether null is a value of it.
    pub nullable: bool,
    /// Whether a text from the command line or the environment is the value; if not, it is an expression.
    pub literal: bool,
    /// Not to be shown.
    pub sensitive: bool,
    /// Not to be stored.
    pub ephemeral: bool,
    /// What it is for.
    pub description: Option<String>,
    /// The rules its value must meet.
    pub validations: Vec<Condition>,
    /// The block's header.
    pub header: Span,
}

/// `condition` and `error_message` of a `validation`, `precondition`, `postcondition` or `assert` block.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What must hold.
    pub condition: Expr,
    /// What to say if it does not.
    pub error_message: Expr,
    /// The header of the variable, output, resource or check that it belongs to.
    pub around: Span,
}

/// An entry of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    /// The name, with its span.
    pub name: Name,
    /// What it is.
    pub expr: Expr,
    /// What the expression refers to.
    pub references: Vec<Reference>,
}

/// An `output` block.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name, with its span.
    pub name: Name,
    /// What it is.
    pub expr: Expr,
    /// Not to be shown.
    pub sensitive: bool,
    /// Not to be stored.
    pub ephemeral: bool,
    /// What it is for.
    pub description: Option<String>,
    /// What must hold before it is used.
    pub preconditions: Vec<Condition>,
    /// What must be done before it is used, whether or not it refers to it.
    pub depends_on: Vec<Reference>,
    /// What expression and conditions refer to.
    pub references: Vec<Reference>,
    /// The block's header.
    pub header: Span,
}

/// How many instances a resource or call has.
#[derive(Clone, Debug)]
pub enum Repetition {
    /// One, without a key.
    One,
    /// `count`.
    Count(Expr),
    /// `for_each`.
    ForEach(Expr),
}

impl Repetition {
    /// The expression of `count` or `for_each`.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Self::One => None,
            Self::Count(expr) | Self::ForEach(expr) => Some(expr),
        }
    }
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Managed or data.
    pub mode: Mode,
    /// The type, with its span.
    pub ty: Name,
    /// The name, with its span.
    pub name: Name,
    /// How many instances.
    pub repetition: Repetition,
    /// Arguments and blocks of the schema; meta-arguments are taken out.
    pub body: Body,
    /// `depends_on`.
    pub depends_on: Vec<Reference>,
    /// The provider configuration that it uses.
    pub provider: ProviderUse,
    /// `lifecycle`.
    pub lifecycle: Lifecycle,
    /// `provisioner` blocks, in their order.
    pub provisioners: Vec<Provisioner>,
    /// The `check` block that a data source stands in and belongs to.
    pub check: Option<Arc<str>>,
    /// What body, repetition, lifecycle conditions and provisioners of creation refer to.
    pub references: Vec<Reference>,
    /// The block's header.
    pub header: Span,
}

/// A `provisioner "local-exec"` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// When it runs.
    pub when: When,
    /// Whether the run goes on if it fails.
    pub goes_on: bool,
    /// Its arguments.
    pub body: Body,
    /// What they refer to.
    pub references: Vec<Reference>,
    /// The block's header.
    pub header: Span,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After the object is made.
    Create,
    /// Before the object is deleted.
    Destroy,
}

/// A `lifecycle` block.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`; `None` where absent.
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`.
    pub prevent_destroy: bool,
    /// `ignore_changes`.
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`.
    pub replace_triggered_by: Vec<Reference>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// `postcondition` blocks.
    pub postconditions: Vec<Condition>,
}

impl Lifecycle {
    /// Whether there are conditions in it.
    pub fn has_conditions(&self) -> bool {
        !self.preconditions.is_empty() || !self.postconditions.is_empty()
    }
}

/// Which arguments keep what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum IgnoreChanges {
    /// None.
    #[default]
    None,
    /// `all`.
    All,
    /// Those at these paths.
    Paths(Vec<crate::value::Path>),
}

/// A `module` block, with the module it calls.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name, with its span.
    pub name: Name,
    /// How many instances.
    pub repetition: Repetition,
    /// The arguments: the module's variables.
    pub inputs: IndexMap<Arc<str>, Expr>,
    /// `depends_on`.
    pub depends_on: Vec<Reference>,
    /// `providers`: the configurations passed to the module.
    pub providers: Vec<PassedProvider>,
    /// What `count`/`for_each` refers to.
    pub references: Vec<Reference>,
    /// The address of the module, as it may be shown.
    pub source: Arc<str>,
    /// The version constraint; `None` where absent.
    pub version: Option<Arc<str>>,
    /// What it calls.
    pub module: Arc<Module>,
    /// The block's header.
    pub header: Span,
}

/// A provider configuration by the names it has in a module: `aws`, or `aws.alias`.
#[derive(Clone, Debug)]
pub struct ProviderRef {
    /// The local name of the provider.
    pub local: Arc<str>,
    /// The alias; `None` for the default configuration.
    pub alias: Option<Arc<str>>,
    /// The reference.
    pub span: Span,
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

/// An entry of a `required_providers` block.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The local name, with its span.
    pub name: Name,
    /// The provider.
    pub source: ProviderSource,
    /// `configuration_aliases`: what a caller must pass.
    pub aliases: Vec<ProviderRef>,
}

/// The provider configuration that a resource uses.
#[derive(Clone, Debug)]
pub struct ProviderUse {
    /// The provider.
    pub source: ProviderSource,
    /// What `provider` says; `None` where the type's name implies it.
    pub written: Option<ProviderRef>,
    /// The configuration as state names it.
    pub address: Arc<str>,
}

/// An entry of `providers` in a module call.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    /// What it is called in the module.
    pub inside: ProviderRef,
    /// What it is called here.
    pub here: ProviderRef,
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The provider's local name, such as `aws`.
    pub name: Name,
    /// `alias`.
    pub alias: Option<Name>,
    /// The configuration as state names it.
    pub address: ProviderAddress,
    /// Its arguments and blocks.
    pub body: Body,
    /// What they refer to.
    pub references: Vec<Reference>,
    /// The block's header.
    pub header: Span,
}

/// A `moved` block. Its addresses start from the module it stands in.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where the objects were.
    pub from: Target,
    /// Where they are now.
    pub to: Target,
    /// The block's header.
    pub header: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What was removed, from the module the block stands in, without keys.
    pub from: Target,
    /// Whether the objects are destroyed; if not, they are only forgotten.
    pub destroy: bool,
    /// What runs before the objects are destroyed.
    pub provisioners: Vec<Provisioner>,
    /// The block's header.
    pub header: Span,
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    /// The names of the module calls that lead to the resource.
    pub module: Vec<Arc<str>>,
    /// The resource.
    pub resource: ResourceKey,
    /// What stands in brackets behind each of the module calls and, last, behind the resource.
    pub keys: Vec<Option<Expr>>,
    /// What names the object for its resource type.
    pub id: Expr,
    /// `for_each`.
    pub for_each: Option<Expr>,
    /// `provider`, for an object whose resource has no block.
    pub provider: Option<ProviderRef>,
    /// What `id` and `for_each` refer to.
    pub references: Vec<Reference>,
    /// Where `to` stands.
    pub to: Span,
    /// The block's header.
    pub header: Span,
}
