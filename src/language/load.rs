//! Folders to a configuration. The one place of the language that opens files.

mod folder;
mod overrides;
mod variable_file;

pub use variable_file::{VariableEntry, parse_variable_file};

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::compile::{self, Declared, PendingCall};
use super::config::{Backend, Config, Module};
use crate::diagnostic::{Diagnostics, SourceMap, Span};
use crate::schema::Schemas;
use folder::{Folder, Gaps};

/// How deep modules may call each other.
const MAX_DEPTH: usize = 50;

/// The configuration in a folder, with the local modules that it calls. `None` if there is a mistake in any of it; every one
/// is reported.
pub fn load(
    folder: &Path,
    schemas: &dyn Schemas,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Config> {
    let mut found = Diagnostics::new();
    let mut loader = Loader {
        schemas,
        sources,
        problems: &mut found,
        parsed: HashMap::new(),
        around: Vec::new(),
        syntax: Vec::new(),
        gaps: Gaps::default(),
        empty_root: false,
    };
    let mut root = loader.module(folder, Vec::new(), None);
    let (syntax, gaps, empty) = (loader.syntax, loader.gaps, loader.empty_root);
    let used_providers = root.as_mut().map(|(root, _)| compile::wire(root, schemas, &mut found)).unwrap_or_default();
    let failed = found.has_errors();
    // A module that is called twice makes the same mistakes twice.
    let mut told = HashSet::new();
    for (position, problem) in found.into_iter().enumerate() {
        let when_read = syntax.iter().any(|range| range.contains(&position));
        let follows = !when_read && problem.span.is_some_and(|span| gaps.explain(span));
        if !follows && told.insert((problem.span, problem.summary.clone(), problem.detail.clone())) {
            problems.push(problem);
        }
    }
    let (root, backend) = root.filter(|_| !failed)?;
    Some(Config { root, used_providers, backend, empty })
}

struct Loader<'a> {
    schemas: &'a dyn Schemas,
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
        folder: &Path,
        path: Vec<Arc<str>>,
        call: Option<Span>,
    ) -> Option<(Arc<Module>, Option<Backend>)> {
        let Some(real) = std::fs::canonicalize(folder).ok().filter(|real| real.is_dir()) else {
            let detail = format!("The folder {} does not exist or cannot be read.", folder.display());
            self.problems.error("Module folder not found").at(call).detail(detail);
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
            let read = folder::read(folder, call, self.schemas, self.sources, self.problems)?;
            self.syntax.push(before..self.problems.len());
            self.gaps.extend(&read.gaps);
            self.parsed.insert(real.clone(), read);
        }
        let read = if path.is_empty() { self.parsed.remove(&real) } else { self.parsed.get(&real).cloned() };
        let Folder { bodies, empty, gaps } = read.unwrap_or_default();
        self.empty_root |= path.is_empty() && empty;
        self.around.push(real);
        let declared = compile::declare(bodies, path, folder.to_path_buf(), self.schemas, self.problems);
        let complete = self.complete(declared, !gaps.names);
        self.around.pop();
        // Where names are missing, whoever refers to them is not to blame.
        (!gaps.names).then_some(complete)
    }

    /// Loads what a module calls. References are checked if all names of the module are known.
    fn complete(&mut self, declared: Declared, names_known: bool) -> (Arc<Module>, Option<Backend>) {
        let Declared { mut module, calls, backend } = declared;
        let mut broken = HashSet::new();
        for call in calls {
            let key = call.name.text.clone();
            match self.called(&call, &module) {
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

    fn called(&mut self, call: &PendingCall, caller: &Module) -> Option<Arc<Module>> {
        let (source, span) = &call.source;
        if source.is_empty() {
            return None;
        }
        let local = source == "." || source == ".." || source.starts_with("./") || source.starts_with("../");
        if !local {
            let detail = format!(
                "The module source \"{source}\" is not a local path. Modules from registries, repositories and archives are \
                 not supported yet."
            );
            self.problems
                .error("Module source not supported yet")
                .at(*span)
                .detail(detail)
                .help("A local path begins with `./` or `../`.");
            return None;
        }
        let folder = join(&caller.folder, source);
        let path: Vec<Arc<str>> = caller.path.iter().cloned().chain([call.name.text.clone()]).collect();
        self.module(&folder, path, Some(*span)).map(|(module, _)| module)
    }
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
