//! Folders to a configuration. The one place of the language that opens files.

mod outline;

pub use outline::{OutlineCall, outline};

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::ast::Body;
use super::compile::{self, Declared, PendingCall, Whence};
use super::config::{Backend, Config, Module};
use super::eval::{NoScope, eval};
use super::module_source::ModuleSource;
use super::parse::parse_body;
use crate::diagnostic::{Diagnostics, ModuleCall, SourceId, SourceMap, Span};
use crate::schema::Schemas;
use crate::value::Value;

/// How deep modules may call each other.
const MAX_DEPTH: usize = 50;

/// Where the modules are that do not lie beside the files that call them.
pub trait ModuleFolders {
    /// The folder of a module, by the names of the calls that lead to it. What cannot be found is reported.
    fn folder(&self, path: &[Arc<str>], whence: &Whence, problems: &mut Diagnostics) -> Option<ModuleFolder>;
}

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFolder {
    /// The folder, as it is named from the working folder.
    pub folder: PathBuf,
    /// The folder that its local calls must not leave.
    pub package: Option<PathBuf>,
}

/// No modules but local ones.
#[derive(Clone, Copy, Debug)]
pub struct LocalOnly;

impl ModuleFolders for LocalOnly {
    fn folder(&self, _: &[Arc<str>], whence: &Whence, problems: &mut Diagnostics) -> Option<ModuleFolder> {
        let detail = format!("The module \"{}\" is not on this machine.", whence.source);
        problems.error("Module not installed").at(whence.span).within(whence.header).detail(detail);
        None
    }
}

/// The configuration in a folder, with the modules that it calls. `None` if there is a mistake in any of it; every one is
/// reported.
pub fn load(
    folder: &Path,
    schemas: &dyn Schemas,
    modules: &dyn ModuleFolders,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Config> {
    let mut found = Diagnostics::new();
    let config = load_what_can_be(folder, schemas, modules, sources, &mut found);
    let failed = found.has_errors();
    problems.extend(found);
    config.filter(|_| !failed)
}

/// Like `load`, with what could be understood beside the mistakes, so that it can be checked further.
pub fn load_what_can_be(
    folder: &Path,
    schemas: &dyn Schemas,
    modules: &dyn ModuleFolders,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Config> {
    let mut found = Diagnostics::new();
    let mut loader =
        Loader { schemas, modules, sources, problems: &mut found, parsed: HashMap::new(), around: Vec::new() };
    let mut root = loader.module(&ModuleFolder { folder: folder.to_path_buf(), package: None }, Vec::new(), None);
    let used_providers = root.as_mut().map(|(root, _)| compile::wire(root, schemas, &mut found)).unwrap_or_default();
    // A module that is called twice makes the same mistakes twice.
    let mut told: Vec<crate::diagnostic::Diagnostic> = Vec::with_capacity(found.len());
    for problem in found {
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    problems.extend(told);
    let (root, backend) = root?;
    Some(Config { root, used_providers, backend })
}

/// Whether a folder has configuration files, well-formed or not.
pub fn has_configuration(folder: &Path) -> bool {
    let names =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.into_iter().any(|name| is_configuration(&name))
}

/// A configuration with nothing in it, for a folder that has none.
pub fn empty(folder: &Path, schemas: &dyn Schemas) -> Config {
    let declared = compile::declare(Vec::new(), Vec::new(), folder.to_path_buf(), schemas, &mut Diagnostics::new());
    Config { root: Arc::new(declared.module), used_providers: Default::default(), backend: None }
}

struct Loader<'a> {
    schemas: &'a dyn Schemas,
    modules: &'a dyn ModuleFolders,
    sources: &'a mut SourceMap,
    problems: &'a mut Diagnostics,
    /// What was read of each folder.
    parsed: HashMap<PathBuf, Vec<Body>>,
    /// The real folders of the modules around the one being loaded.
    around: Vec<PathBuf>,
}

impl Loader<'_> {
    fn module(
        &mut self,
        place: &ModuleFolder,
        path: Vec<Arc<str>>,
        call: Option<Span>,
    ) -> Option<(Arc<Module>, Option<Backend>)> {
        let folder = &*place.folder;
        let Some(real) = std::fs::canonicalize(folder).ok().filter(|real| real.is_dir()) else {
            let detail = format!("The folder {} does not exist or cannot be read.", folder.display());
            self.problems.error("Unreadable module directory").at(call).detail(detail);
            return None;
        };
        if self.around.contains(&real) {
            let detail = format!("The module in {} calls itself, directly or through others.", folder.display());
            self.problems.error("Module cycle").at(call).detail(detail);
            return None;
        }
        if self.around.len() >= MAX_DEPTH {
            let detail = format!("Modules may call each other at most {MAX_DEPTH} deep.");
            self.problems.error("Nesting too deep").at(call).detail(detail);
            return None;
        }
        if !self.parsed.contains_key(&real) {
            let bodies = self.read_folder(folder, call)?;
            self.parsed.insert(real.clone(), bodies);
        }
        let bodies = if path.is_empty() { self.parsed.remove(&real) } else { self.parsed.get(&real).cloned() };
        self.around.push(real);
        let declared =
            compile::declare(bodies.unwrap_or_default(), path, folder.to_path_buf(), self.schemas, self.problems);
        let complete = self.complete(declared, place.package.as_deref());
        self.around.pop();
        Some(complete)
    }

    fn complete(&mut self, declared: Declared, package: Option<&Path>) -> (Arc<Module>, Option<Backend>) {
        let Declared { mut module, calls, backend } = declared;
        let mut broken = HashSet::new();
        for call in calls {
            let key = call.name.text.clone();
            match self.called(&call, &module, package) {
                Some(inner) => {
                    compile::check_inputs(&call, &inner, self.problems);
                    module.calls.insert(key, call.complete(inner));
                }
                None => {
                    broken.insert(key);
                }
            }
        }
        compile::check(&module, &broken, self.schemas, self.problems);
        (Arc::new(module), backend)
    }

    /// The module that a call calls. What is wrong in it is told with the call.
    fn called(&mut self, call: &PendingCall, caller: &Module, package: Option<&Path>) -> Option<Arc<Module>> {
        let before = self.problems.len();
        let module = self.called_module(call, caller, package);
        let source = call.whence.as_ref().map(|whence| whence.span);
        for problem in self.problems.iter_mut().skip(before) {
            // A call that leads nowhere is itself the place of the problem.
            if problem.span.is_none_or(|span| !call.header().holds(span) && Some(span) != source) {
                let step = format!("module.{}", call.name.text);
                problem.calls.insert(0, ModuleCall { step, at: call.header() });
            }
        }
        module
    }

    fn called_module(&mut self, call: &PendingCall, caller: &Module, package: Option<&Path>) -> Option<Arc<Module>> {
        let whence = call.whence.as_ref()?;
        let path: Vec<Arc<str>> = caller.path.iter().cloned().chain([call.name.text.clone()]).collect();
        let place = match &whence.source {
            ModuleSource::Local(source) => local_module(&caller.folder, source, package, whence.span, self.problems)?,
            ModuleSource::Registry(_) | ModuleSource::Remote(_) => self.modules.folder(&path, whence, self.problems)?,
        };
        self.module(&place, path, Some(whence.span)).map(|(module, _)| module)
    }

    fn read_folder(&mut self, folder: &Path, call: Option<Span>) -> Option<Vec<Body>> {
        let unreadable = |problems: &mut Diagnostics, path: &Path, error: &std::io::Error| {
            let detail = format!("{} cannot be read: {error}.", path.display());
            problems.error("File not readable").at(call).detail(detail);
        };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                unreadable(self.problems, folder, &error);
                return None;
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_configuration(name))
            .collect();
        names.sort();
        if names.is_empty() {
            let detail = format!("The folder {} contains no configuration files (*.tf).", folder.display());
            self.problems.error("No configuration files").at(call).detail(detail);
            return None;
        }
        let mut bodies = Vec::new();
        for name in names {
            let path = join(folder, &name);
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    unreadable(self.problems, &path, &error);
                    continue;
                }
            };
            let Some((source, text)) = read_source(&path, bytes, self.sources, self.problems) else {
                continue;
            };
            let start = Span::new(source, 0, 0);
            if name.ends_with(".tf.json") {
                let detail = format!("{} is in JSON syntax, which is not supported yet.", path.display());
                self.problems.error("JSON syntax not supported yet").at(start).detail(detail);
            } else if name == "override.tf" || name.ends_with("_override.tf") {
                let detail = format!("{} is an override file; these are not supported yet.", path.display());
                self.problems.error("Override files not supported yet").at(start).detail(detail);
            } else {
                bodies.push(parse_body(source, &text, self.problems));
            }
        }
        Some(bodies)
    }
}

/// Takes the bytes of a file as text, and the text as a source of spans. `None`, with a problem, if they are no text.
pub fn read_source(
    path: &Path,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<(SourceId, Arc<str>)> {
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text: Arc<str> = text.into();
            Some((sources.add(path, text.clone()), text))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let source = sources.add(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let detail = "The file is not encoded in UTF-8.";
            problems.error("Invalid character encoding").at(Span::new(source, at, at)).detail(detail);
            None
        }
    }
}

fn is_configuration(name: &str) -> bool {
    // Hidden files and those that editors leave behind are nobody's configuration.
    let ignored = name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
    !ignored && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

/// The folder of a module whose address is a path, which must not lead out of the package that the caller came in.
pub fn local_module(
    caller: &Path,
    source: &str,
    package: Option<&Path>,
    at: Span,
    problems: &mut Diagnostics,
) -> Option<ModuleFolder> {
    let folder = join(caller, source);
    if let Some(package) = package
        && !folder.starts_with(package)
    {
        let detail = format!("The path \"{source}\" leads out of the package that the calling module came in.");
        let problem = problems.error("Local module path escapes module package").at(at);
        problem.detail(detail).help("A module in a package may call only modules of the same package by a local path.");
        return None;
    }
    Some(ModuleFolder { folder, package: package.map(Path::to_path_buf) })
}

/// A path below a folder, as one would write it: without `./`, and with `..` taken back where that is plain.
fn join(folder: &Path, relative: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for part in folder.join(relative).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(joined.components().next_back(), Some(Component::Normal(_))) => {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    if joined.as_os_str().is_empty() { PathBuf::from(".") } else { joined }
}

/// A value for a variable, from a file of such.
#[derive(Clone, Debug)]
pub struct VariableEntry {
    /// The value, before conversion to the variable's type.
    pub value: Value,
    /// Where its name stands.
    pub span: Span,
}

/// The values in the text of a variable file (`terraform.tfvars` and its like; JSON where the name ends in `.json`).
pub fn parse_variable_file(
    path: &Path,
    text: &str,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> IndexMap<Arc<str>, VariableEntry> {
    let source = sources.add(path, text);
    let mut entries = IndexMap::new();
    if path.extension().is_some_and(|extension| extension == "json") {
        let start = Span::new(source, 0, 0);
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(map) => {
                for (name, json) in &map {
                    let value = crate::value::json::from_json_untyped(json);
                    entries.insert(Arc::from(name.as_str()), VariableEntry { value, span: start });
                }
            }
            Err(error) => {
                let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
                let at = line + error.column().saturating_sub(1);
                let detail = format!("The file is no JSON object: {error}.");
                problems.error("Invalid variable file").at(Span::new(source, at, at)).detail(detail);
            }
        }
        return entries;
    }
    let body = parse_body(source, text, problems);
    for block in &body.blocks {
        let detail = "A variable file holds only values (`name = value`), not blocks.";
        problems.error("Unexpected block in variable file").at(block.header).detail(detail);
    }
    for attribute in body.attributes {
        let value = eval(&attribute.expr, &NoScope, problems);
        entries.insert(attribute.name.text, VariableEntry { value, span: attribute.name.span });
    }
    entries
}

#[cfg(test)]
mod tests;
