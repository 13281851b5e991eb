//! Folders to a configuration. The one place of the language that opens files.

mod folder;
mod outline;
mod overrides;
mod variable_file;

pub use folder::{is_configuration, read_source};
pub use outline::{OutlineCall, backend, outline};
pub use variable_file::{VariableEntry, parse_variable_file};

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::compile::{self, Declared, PendingCall, Whence};
use super::config::{Backend, Config, Module};
use super::module_source::ModuleSource;
use crate::diagnostic::{Diagnostics, ModuleCall, SourceMap, Span};
use crate::schema::Schemas;
use folder::{Folder, Gaps};

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
    load_with(&[], folder, schemas, modules, sources, problems)
}

/// Like `load_what_can_be`, with files from elsewhere as if they lay in the folder.
pub fn load_with(
    files: &[PathBuf],
    folder: &Path,
    schemas: &dyn Schemas,
    modules: &dyn ModuleFolders,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Config> {
    let mut found = Diagnostics::new();
    let mut loader = Loader {
        files,
        schemas,
        modules,
        sources,
        problems: &mut found,
        parsed: HashMap::new(),
        around: Vec::new(),
        syntax: Vec::new(),
        gaps: Gaps::default(),
        empty_root: false,
    };
    let mut root = loader.module(&ModuleFolder { folder: folder.to_path_buf(), package: None }, Vec::new(), None);
    let (syntax, gaps, empty) = (loader.syntax, loader.gaps, loader.empty_root);
    let used_providers = root.as_mut().map(|(root, _)| compile::wire(root, schemas, &mut found)).unwrap_or_default();
    // A module that is called twice makes the same mistakes twice.
    let mut told = HashSet::new();
    for (position, problem) in found.into_iter().enumerate() {
        let when_read = syntax.iter().any(|range| range.contains(&position));
        let follows = !when_read && problem.span.is_some_and(|span| gaps.explain(span));
        if !follows && told.insert((problem.span, problem.summary.clone(), problem.detail.clone())) {
            problems.push(problem);
        }
    }
    let (root, backend) = root?;
    Some(Config { root, used_providers, backend, empty })
}

struct Loader<'a> {
    /// Files of the root module that lie elsewhere.
    files: &'a [PathBuf],
    schemas: &'a dyn Schemas,
    modules: &'a dyn ModuleFolders,
    sources: &'a mut SourceMap,
    problems: &'a mut Diagnostics,
    /// What was read of each folder.
    parsed: HashMap<PathBuf, Folder>,
    /// The real folders of the modules around the one being loaded.
    around: Vec<PathBuf>,
    /// Which problems were found when files were read.
    syntax: Vec<Range<usize>>,
    /// Where files could not be understood.
    gaps: Gaps,
    /// The root folder has no files.
    empty_root: bool,
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
            let before = self.problems.len();
            let files = if path.is_empty() { self.files } else { &[] };
            let read = folder::read((folder, files), call, self.schemas, self.sources, self.problems)?;
            self.syntax.push(before..self.problems.len());
            self.gaps.extend(&read.gaps);
            self.parsed.insert(real.clone(), read);
        }
        let read = if path.is_empty() { self.parsed.remove(&real) } else { self.parsed.get(&real).cloned() };
        let Folder { bodies, empty, gaps } = read.unwrap_or_default();
        self.empty_root |= path.is_empty() && empty;
        self.around.push(real);
        let declared = compile::declare(bodies, path, folder.to_path_buf(), self.schemas, self.problems);
        let complete = self.complete(declared, place.package.as_deref(), !gaps.names);
        self.around.pop();
        // Where names are missing, whoever refers to them is not to blame.
        (!gaps.names).then_some(complete)
    }

    /// Loads what a module calls. References are checked if all names of the module are known.
    fn complete(
        &mut self,
        declared: Declared,
        package: Option<&Path>,
        names_known: bool,
    ) -> (Arc<Module>, Option<Backend>) {
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
        if names_known {
            compile::check(&module, &broken, self.schemas, self.problems);
        }
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

#[cfg(test)]
mod tests;
