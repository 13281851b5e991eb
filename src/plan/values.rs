//! What has been evaluated so far, and the scopes through which expressions see it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex};

use crate::address::{Key, ModulePath};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::Scope;
use crate::language::config::{Module, Repetition, ResourceKey};
use crate::language::references::Subject;
use crate::value::{Entries, Marks, Type, Value};

/// What is the same for the whole run.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The workspace's name; nothing where any workspace is meant.
    pub workspace: Option<String>,
    /// The folder that relative file names start from.
    pub folder: PathBuf,
    /// The root module's folder as it was named.
    pub root: PathBuf,
    /// The time of the plan.
    pub now: jiff::Timestamp,
    /// The time as expressions see it: only during apply.
    pub clock: Option<jiff::Timestamp>,
}

/// The values of every module instance.
#[derive(Debug, Default)]
pub struct Values {
    modules: HashMap<ModulePath, ModuleValues>,
    /// The instances of each module, by the names of the calls.
    instances: HashMap<Vec<Arc<str>>, Vec<ModulePath>>,
}

#[derive(Debug, Default)]
struct ModuleValues {
    variables: HashMap<Arc<str>, Value>,
    locals: HashMap<Arc<str>, Value>,
    outputs: Entries,
    resources: HashMap<ResourceKey, Value>,
    calls: HashMap<Arc<str>, (Shape, Vec<Key>)>,
    /// The objects of module calls with the number of outputs they were made of. Only ever locked for a look.
    called: Mutex<HashMap<Arc<str>, (usize, Value)>>,
}

impl Values {
    /// Nothing but the root module.
    pub fn new() -> Self {
        let mut values = Self::default();
        values.modules.insert(ModulePath::root(), ModuleValues::default());
        values.instances.insert(Vec::new(), vec![ModulePath::root()]);
        values
    }

    /// The instances of a module that are known so far.
    pub fn instances(&self, module: &[Arc<str>]) -> &[ModulePath] {
        self.instances.get(module).map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets how many instances a call has.
    pub fn set_call(&mut self, at: &ModulePath, name: &Arc<str>, shape: Shape, keys: Vec<Key>) {
        let mut names = at.call_names();
        names.push(name.clone());
        let all = self.instances.entry(names).or_default();
        for key in &keys {
            let child = at.child(name, key.clone());
            if let Entry::Vacant(vacant) = self.modules.entry(child) {
                all.push(vacant.key().clone());
                vacant.insert(ModuleValues::default());
            }
        }
        self.module_mut(at).calls.insert(name.clone(), (shape, keys));
    }

    /// Makes the inside of a module known whose number of instances is not: one stands for all, and the call as a whole is
    /// unknown.
    pub fn set_call_of_any(&mut self, at: &ModulePath, name: &Arc<str>) {
        self.set_call(at, name, Shape::One, vec![Key::None]);
        self.module_mut(at).calls.insert(name.clone(), (Shape::One, Vec::new()));
    }

    /// Sets a variable.
    pub fn set_variable(&mut self, at: &ModulePath, name: &Arc<str>, value: Value) {
        self.module_mut(at).variables.insert(name.clone(), value);
    }

    /// Sets a local.
    pub fn set_local(&mut self, at: &ModulePath, name: &Arc<str>, value: Value) {
        self.module_mut(at).locals.insert(name.clone(), value);
    }

    /// Sets an output.
    pub fn set_output(&mut self, at: &ModulePath, name: &Arc<str>, value: Value) {
        self.module_mut(at).outputs.insert(name.clone(), value);
    }

    /// Sets a resource as a whole: an object, or a tuple or object of its instances.
    pub fn set_resource(&mut self, at: &ModulePath, key: &ResourceKey, value: Value) {
        self.module_mut(at).resources.insert(key.clone(), value);
    }

    /// A resource as a whole.
    pub fn resource(&self, at: &ModulePath, key: &ResourceKey) -> Option<&Value> {
        self.modules.get(at)?.resources.get(key)
    }

    /// The outputs of a module instance.
    pub fn outputs(&self, at: &ModulePath) -> Option<&Entries> {
        self.modules.get(at).map(|module| &module.outputs)
    }

    fn module_mut(&mut self, at: &ModulePath) -> &mut ModuleValues {
        self.modules.entry(at.clone()).or_default()
    }

    fn call_object(&self, at: &ModulePath, name: &Arc<str>) -> Option<Value> {
        let module = self.modules.get(at)?;
        let (shape, keys) = module.calls.get(name)?;
        let outputs = |key: &Key| self.outputs(&at.child(name, key.clone()));
        let count: usize = keys.iter().filter_map(&outputs).map(Entries::len).sum();
        let mut called = module.called.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((made_of, value)) = called.get(name)
            && *made_of == count
        {
            return Some(value.clone());
        }
        let object = |key: &Key| Value::object(outputs(key).cloned().unwrap_or_default());
        let value = whole(*shape, keys.iter().map(|key| (key.clone(), object(key))));
        called.insert(name.clone(), (count, value.clone()));
        Some(value)
    }

    /// Forgets what depends on values that apply may still change. Expansions stay: apply does not change them.
    #[must_use]
    pub fn expansions_only(&self) -> Self {
        let modules = self
            .modules
            .iter()
            .map(|(at, module)| (at.clone(), ModuleValues { calls: module.calls.clone(), ..ModuleValues::default() }));
        Self { modules: modules.collect(), instances: self.instances.clone() }
    }
}

/// How the instances of something make one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The only instance is the value.
    One,
    /// A tuple by position.
    Positions,
    /// An object by name.
    Names,
}

impl From<&Repetition> for Shape {
    fn from(repetition: &Repetition) -> Self {
        match repetition {
            Repetition::One => Self::One,
            Repetition::Count(_) => Self::Positions,
            Repetition::ForEach(_) => Self::Names,
        }
    }
}

/// The value of something with instances: the only one's, a tuple by position, or an object by name.
pub fn whole(shape: Shape, instances: impl IntoIterator<Item = (Key, Value)>) -> Value {
    let mut positions = BTreeMap::new();
    let mut names = Entries::new();
    for (key, value) in instances {
        match key {
            Key::None => return value,
            Key::Index(index) => {
                positions.insert(index, value);
            }
            Key::Name(name) => {
                names.insert(name, value);
            }
        }
    }
    match shape {
        Shape::One => Value::unknown(Type::Dynamic),
        Shape::Positions => Value::tuple(positions.into_values().collect()),
        Shape::Names => Value::object(names),
    }
}

/// Which instance of a resource or call an expression belongs to.
#[derive(Clone, Debug)]
pub enum Repeat {
    /// There is only one.
    One,
    /// `count.index`.
    Index(u64),
    /// `each.key` and `each.value`.
    Each(Arc<str>, Value),
    /// Any one under `count`, whichever there will be.
    AnyIndex,
    /// Any one under `for_each`, whichever there will be.
    AnyKey,
}

impl Repeat {
    /// Any instance.
    pub fn any(repetition: &Repetition) -> Self {
        match repetition {
            Repetition::One => Self::One,
            Repetition::Count(_) => Self::AnyIndex,
            Repetition::ForEach(_) => Self::AnyKey,
        }
    }
}

/// What expressions of one module instance see.
pub struct ModuleScope<'a> {
    /// What has been evaluated.
    pub values: &'a Values,
    /// What is the same everywhere.
    pub surroundings: &'a Surroundings,
    /// The module.
    pub module: &'a Module,
    /// Which instance of it.
    pub at: &'a ModulePath,
    /// Which instance of a resource or call, for its own expressions.
    pub repeat: &'a Repeat,
    /// The object that `self` means, where there is one.
    pub this: Option<&'a Value>,
}

impl Scope for ModuleScope<'_> {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let module = self.values.modules.get(self.at);
        let found = match subject {
            Subject::Variable(name) => module.and_then(|m| m.variables.get(name)).cloned(),
            Subject::Local(name) => module.and_then(|m| m.locals.get(name)).cloned(),
            Subject::Module(name) => self.values.call_object(self.at, name),
            Subject::Resource(key) => module.and_then(|m| m.resources.get(key)).cloned(),
            Subject::Each(_) | Subject::CountIndex => return self.repeated(subject, span),
            Subject::Path(name) => match &**name {
                "module" => Some(path_value(&self.module.folder)),
                "root" => Some(path_value(&self.surroundings.root)),
                "cwd" => Some(Value::string(self.surroundings.folder.to_string_lossy())),
                _ => None,
            },
            Subject::Terraform(name) => match &**name {
                "workspace" => Some(match &self.surroundings.workspace {
                    Some(name) => Value::string(name),
                    None => Value::unknown(Type::String),
                }),
                "applying" => Some(Value::bool(self.surroundings.clock.is_some()).marked(Marks::EPHEMERAL)),
                _ => None,
            },
            Subject::ThisObject => self.this.cloned(),
        };
        // What failed to evaluate was reported where it stands; what refers to it is not reported again.
        match (found, subject) {
            (Some(value), _) => Ok(value),
            (None, Subject::ThisObject | Subject::Path(_) | Subject::Terraform(_)) => {
                Err(Box::new(Diagnostic::error("Invalid reference").with(|d| {
                    d.at(span).detail(format!("`{subject}` has no meaning here."));
                })))
            }
            (None, _) => Ok(Value::unknown(Type::Dynamic)),
        }
    }

    fn folder(&self) -> &FilePath {
        &self.surroundings.folder
    }

    fn now(&self) -> Option<jiff::Timestamp> {
        self.surroundings.clock
    }

    fn planned(&self) -> Option<jiff::Timestamp> {
        Some(self.surroundings.now)
    }
}

impl ModuleScope<'_> {
    fn repeated(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        match (subject, self.repeat) {
            (Subject::CountIndex, Repeat::Index(index)) => Ok(Value::number(*index)),
            (Subject::Each(name), Repeat::Each(key, value)) => Ok(match &**name {
                "key" => Value::string(key),
                _ => value.clone(),
            }),
            (Subject::CountIndex, Repeat::AnyIndex) => Ok(Value::unknown(Type::Number)),
            (Subject::Each(name), Repeat::AnyKey) => Ok(match &**name {
                "key" => Value::unknown(Type::String),
                _ => Value::unknown(Type::Dynamic),
            }),
            _ => Err(Box::new(Diagnostic::error("Invalid reference").with(|d| {
                let argument = if matches!(subject, Subject::CountIndex) { "count" } else { "for_each" };
                d.at(span).detail(format!("`{subject}` has a value only in a block that has `{argument}`."));
            }))),
        }
    }
}

fn path_value(path: &FilePath) -> Value {
    let text = path.to_string_lossy().replace('\\', "/");
    Value::string(if text.is_empty() { "." } else { &text })
}
