//! What `recon get` does: everything that a configuration calls is put where plans find it.
//!
//! A package is fetched into a folder of its own beside the installed ones and is renamed to its place when it is whole, so
//! a run that is killed leaves nothing half made. The manifest is written behind each module, and the next run goes on
//! from there.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cli_config::CliConfig;
use super::fetch::{self, FetchError};
use super::http::Http;
use super::lock::Locked;
use super::lookup::{Found, Lookup, Places, is_in_place, meets, no_version};
use super::manifest::Entry;
use super::registry::{Registries, RegistryError};
use super::{digest, folder};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::language::module_source::{ModuleSource, RegistrySource, RemoteSource, without_password};
use crate::language::{ModuleFolder, Version, Whence, local_module, outline};
use crate::schema::Schemas;

/// How deep modules may call each other.
const MAX_DEPTH: usize = 50;

/// What to install.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Where modules may be; `root` is the folder of the configuration.
    pub places: &'a Places,
    /// Addresses and tokens of registries.
    pub cli: &'a CliConfig,
    /// Whether the newest versions are taken, whatever is installed and locked.
    pub update: bool,
    /// Whether the backend of the configuration is looked at as well.
    pub with_backend: bool,
    /// The resource types there are.
    pub schemas: &'a dyn Schemas,
}

/// What happens meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A package is being fetched.
    Downloading {
        /// Its address.
        source: String,
        /// The version chosen, of a registry module.
        version: Option<String>,
        /// The call that it is for.
        key: String,
    },
    /// What is installed is not what is locked, so it is fetched again.
    Changed {
        /// The call.
        key: String,
    },
    /// A module is where plans find it.
    Ready {
        /// The call.
        key: String,
        /// Where it is.
        folder: PathBuf,
    },
}

/// Installs what a configuration calls, and says how many calls of modules there are. What cannot be had is reported, and the
/// rest is installed.
pub fn install(
    wanted: Wanted<'_>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
    tell: &mut dyn FnMut(Event),
) -> usize {
    let mut unreadable = Diagnostics::new();
    let lookup = Lookup::open(wanted.places.clone(), &mut unreadable);
    // A lock that cannot be read must not be written over; a manifest that cannot be read is made anew.
    if unreadable.iter().any(|problem| problem.summary == super::lock::UNREADABLE) {
        problems.extend(unreadable);
        return 0;
    }
    let http = Http::default();
    let mut installer = Installer {
        wanted,
        lookup,
        registries: Registries::new(&http, wanted.cli),
        http: &http,
        staging: None,
        fetched: HashMap::new(),
        recorded: BTreeSet::new(),
        visited: BTreeSet::new(),
        sources,
        problems,
        tell,
    };
    let root = ModuleFolder { folder: wanted.places.root.clone(), package: None };
    installer.module(&root, &[], None, &mut Vec::new());
    installer.finish();
    installer.lookup.unused(installer.problems);
    installer.visited.len()
}

struct Installer<'a> {
    wanted: Wanted<'a>,
    lookup: Lookup,
    registries: Registries<'a>,
    http: &'a Http,
    staging: Option<Staging>,
    /// Packages that were fetched in this run.
    fetched: HashMap<Package, Fetched>,
    /// The calls that the manifest is to have.
    recorded: BTreeSet<String>,
    /// All calls.
    visited: BTreeSet<String>,
    sources: &'a mut SourceMap,
    problems: &'a mut Diagnostics,
    tell: &'a mut dyn FnMut(Event),
}

/// What names a package: its address, and the version of a registry module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Package {
    source: String,
    version: Option<String>,
}

#[derive(Clone, Debug)]
struct Fetched {
    folder: PathBuf,
    /// The folder in it that a registry or page named.
    inner: Option<String>,
    hash: String,
}

impl Installer<'_> {
    /// Installs what the module in a folder calls.
    fn module(&mut self, place: &ModuleFolder, path: &[Arc<str>], call: Option<Span>, around: &mut Vec<PathBuf>) {
        let real = fs::canonicalize(&place.folder).ok();
        if let Some(real) = real.as_ref().filter(|real| around.contains(real)) {
            let detail = format!("The module in {} calls itself, directly or through others.", real.display());
            self.problems.error("Module cycle").at(call).detail(detail);
            return;
        }
        if around.len() >= MAX_DEPTH {
            let detail = format!("Modules may call each other at most {MAX_DEPTH} deep.");
            self.problems.error("Nesting too deep").at(call).detail(detail);
            return;
        }
        let with_backend = self.wanted.with_backend && path.is_empty();
        let calls = outline(&place.folder, call, with_backend, self.wanted.schemas, self.sources, self.problems);
        around.push(real.unwrap_or_else(|| place.folder.clone()));
        for called in calls.into_iter().flatten() {
            let path: Vec<Arc<str>> = path.iter().cloned().chain([called.name.clone()]).collect();
            let key = path.join(".");
            self.visited.insert(key.clone());
            if let Some(inner) = self.call(&key, &called.whence, place) {
                (self.tell)(Event::Ready { key, folder: inner.folder.clone() });
                self.module(&inner, &path, Some(called.whence.span), around);
            }
        }
        around.pop();
    }

    /// The folder of a called module, which is there afterwards.
    fn call(&mut self, key: &str, whence: &Whence, caller: &ModuleFolder) -> Option<ModuleFolder> {
        if let ModuleSource::Local(source) = &whence.source {
            let place = local_module(&caller.folder, source, caller.package.as_deref(), whence.span, self.problems)?;
            self.record(key, whence, None, &place.folder);
            return Some(place);
        }
        let found = match self.wanted.update {
            true => self.lookup.given(whence),
            false => Some(self.lookup.find(key, whence)),
        };
        match found {
            Some(Found::Installed(place)) if self.is_as_locked(key, whence, &place) => {
                self.recorded.insert(key.to_owned());
                Some(place)
            }
            Some(Found::Given(place)) => {
                if is_in_place(&whence.source) {
                    self.record(key, whence, None, &place.folder);
                }
                Some(place)
            }
            Some(Found::Refused(mut problem)) => {
                problem.at(whence.span).within(whence.header);
                self.problems.push(*problem);
                None
            }
            Some(Found::Installed(_) | Found::Missing(_)) | None => match self.download(key, whence) {
                Ok(place) => Some(place),
                Err(mut problem) => {
                    problem.at(whence.span).within(whence.header);
                    self.problems.push(*problem);
                    None
                }
            },
        }
    }

    /// Whether an installed module has the content that is locked. What is not locked is taken as it is, and stays unlocked:
    /// Terraform may have installed it, and leaves files out of a package that it installs twice.
    fn is_as_locked(&mut self, key: &str, whence: &Whence, place: &ModuleFolder) -> bool {
        let source = whence.source.package().to_string();
        let Some(locked) = self.lookup.lock.get(key).filter(|locked| locked.source == source) else { return true };
        let as_locked = match &place.package {
            Some(package) => digest::of_folder(package).is_ok_and(|hash| hash == locked.hash),
            None => false,
        };
        if !as_locked {
            (self.tell)(Event::Changed { key: key.to_owned() });
        }
        as_locked
    }

    fn record(&mut self, key: &str, whence: &Whence, version: Option<String>, folder: &Path) {
        let source = whence.source.to_string();
        self.lookup.manifest.insert(Entry { key: key.to_owned(), source, version, folder: folder.to_path_buf() });
        self.recorded.insert(key.to_owned());
    }

    fn download(&mut self, key: &str, whence: &Whence) -> Result<ModuleFolder, Box<Diagnostic>> {
        let source = whence.source.package();
        let version = match &source {
            ModuleSource::Registry(source) => Some(self.version(key, source, whence)?),
            ModuleSource::Remote(_) | ModuleSource::Local(_) => None,
        };
        let package = Package { source: source.to_string(), version };
        let fetched = match self.fetched.get(&package) {
            Some(fetched) => fetched.clone(),
            None => {
                let fetched = self.fetch(key, &source, &package)?;
                self.fetched.insert(package.clone(), fetched.clone());
                fetched
            }
        };
        self.compare_with_lock(key, &package, &fetched)?;
        let failed = |error: FetchError| failed_download(&package.source, &error.to_string());
        let subfolder = fetch::subfolder(&fetched.folder, fetched.inner.as_deref(), whence.source.subfolder());
        let subfolder = subfolder.map_err(failed)?;
        let place = self.wanted.places.modules().join(key);
        self.put(&fetched.folder, &place).map_err(|error| failed(FetchError::Folder(error)))?;
        let folder = subfolder.map_or_else(|| place.clone(), |subfolder| place.join(subfolder));
        self.record(key, whence, package.version.clone(), &folder);
        let (source, version) = (package.source, package.version);
        self.lookup.lock.insert(Locked { key: key.to_owned(), source, version, hash: fetched.hash });
        self.write()?;
        Ok(ModuleFolder { folder, package: Some(place) })
    }

    /// The version to install: the locked one while it will do, else the newest that does.
    fn version(&mut self, key: &str, source: &RegistrySource, whence: &Whence) -> Result<String, Box<Diagnostic>> {
        let constraints = whence.version.as_ref().map(|(constraints, _)| constraints);
        if !self.wanted.update
            && let Some(locked) = self.lookup.lock.get(key).filter(|locked| locked.source == source.to_string())
            && let Some(version) = locked.version.as_deref().and_then(Version::parse)
            && (constraints.is_none() || meets(&version, constraints))
        {
            return Ok(version.to_string());
        }
        let versions = self.registries.versions(source).map_err(|error| registry_problem(source, &error))?;
        match versions.iter().filter(|version| meets(version, constraints)).max() {
            Some(newest) => Ok(newest.to_string()),
            None => {
                Err(Box::new(no_version(source, constraints, versions, &format!("the registry at {}", source.host))))
            }
        }
    }

    fn fetch(&mut self, key: &str, source: &ModuleSource, package: &Package) -> Result<Fetched, Box<Diagnostic>> {
        (self.tell)(Event::Downloading {
            source: without_password(&package.source),
            version: package.version.clone(),
            key: key.to_owned(),
        });
        let failed = |error: FetchError| failed_download(&package.source, &error.to_string());
        let (remote, named) = match (source, &package.version) {
            (ModuleSource::Registry(source), Some(version)) => {
                let location = self.registries.location(source, version);
                let location = location.map_err(|error| registry_problem(source, &error))?;
                let remote = fetch::sent_on(&location.from, &location.to).map_err(failed)?;
                let named = remote.subfolder.clone();
                (RemoteSource { subfolder: None, ..remote }, named)
            }
            (ModuleSource::Remote(source), _) => (source.clone(), None),
            (ModuleSource::Registry(_) | ModuleSource::Local(_), _) => {
                unreachable!("registry modules have a version, and local ones are not fetched")
            }
        };
        let name = self.fetched.len().to_string();
        let folder = self.staging()?.folder.join(name);
        folder::remove(&folder).map_err(|error| failed(FetchError::Folder(error)))?;
        let inner = fetch::package(self.http, &remote, &folder).map_err(failed)?;
        let hash = digest::of_folder(&folder).map_err(|error| failed(FetchError::Folder(error)))?;
        let inner = match (inner, named) {
            (Some(inner), Some(named)) => Some(format!("{inner}/{named}")),
            (inner, named) => inner.or(named),
        };
        Ok(Fetched { folder, inner, hash })
    }

    fn compare_with_lock(&self, key: &str, package: &Package, fetched: &Fetched) -> Result<(), Box<Diagnostic>> {
        let same = |locked: &&Locked| locked.source == package.source && locked.version == package.version;
        match self.lookup.lock.get(key).filter(same) {
            Some(locked) if !self.wanted.update && locked.hash != fetched.hash => {
                Err(Box::new(Diagnostic::error("Module content differs from the lock").with(|problem| {
                    problem.detail(format!(
                        "What \"{}\"{} gives has the hash {}, and {} has {} for it: the content behind the address has changed.",
                        without_password(&package.source),
                        package.version.as_ref().map_or_else(String::new, |version| format!(" {version}")),
                        fetched.hash,
                        super::LOCK_FILE,
                        locked.hash
                    ));
                    problem.help("If the change is expected, take it with `recon get -update`; if not, find out who made it.");
                })))
            }
            _ => Ok(()),
        }
    }

    /// Puts a copy of a fetched package in its place.
    fn put(&mut self, fetched: &Path, place: &Path) -> io::Result<()> {
        let beside = fetched.with_extension("placed");
        folder::remove(&beside)?;
        folder::copy(fetched, &beside)?;
        folder::remove(place)?;
        fs::rename(&beside, place)
    }

    /// The folder for what is being fetched. While we have it, no other run does.
    fn staging(&mut self) -> Result<&Staging, Box<Diagnostic>> {
        if self.staging.is_none() {
            self.staging = Some(Staging::open(&self.wanted.places.modules())?);
        }
        Ok(self.staging.as_ref().expect("it was just made"))
    }

    fn write(&self) -> Result<(), Box<Diagnostic>> {
        let modules = self.wanted.places.modules();
        let written = fs::create_dir_all(&modules)
            .and_then(|()| self.lookup.manifest.write(&modules))
            .map_err(|error| (modules.join(super::manifest::FILE), error))
            .and_then(|()| {
                let root = &self.wanted.places.root;
                self.lookup.lock.write(root).map_err(|error| (root.join(super::LOCK_FILE), error))
            });
        written.map_err(|(path, error)| {
            Box::new(Diagnostic::error("List of modules not written").with(|problem| {
                problem.detail(format!("Cannot write {}: {error}.", path.display()));
            }))
        })
    }

    /// Forgets what is not called any more, unless a mistake has kept us from seeing all calls, and writes the lists.
    fn finish(&mut self) {
        if self.visited.is_empty() && !self.wanted.places.modules().exists() {
            return;
        }
        let (source, version, folder) = (String::new(), None, self.wanted.places.root.clone());
        self.lookup.manifest.insert(Entry { key: String::new(), source, version, folder });
        if !self.problems.has_errors() {
            let (recorded, visited) = (&self.recorded, &self.visited);
            self.lookup.manifest.retain(|key| key.is_empty() || recorded.contains(key));
            self.lookup.lock.retain(|key| visited.contains(key));
        }
        if let Err(problem) = self.write() {
            self.problems.push(*problem);
        }
    }
}

fn failed_download(source: &str, why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Failed to download module").with(|problem| {
        let why = why.trim_end_matches('.');
        problem.detail(format!("The module \"{}\" cannot be fetched: {why}.", without_password(source)));
    }))
}

fn registry_problem(source: &RegistrySource, error: &RegistryError) -> Box<Diagnostic> {
    let summary = match error {
        RegistryError::NotFound { .. } => "Module not found",
        RegistryError::Http(_)
        | RegistryError::Discovery { .. }
        | RegistryError::NoService { .. }
        | RegistryError::Malformed { .. } => "Error accessing remote module registry",
    };
    Box::new(Diagnostic::error(summary).with(|problem| {
        problem.detail(format!("The module \"{source}\" cannot be fetched: {error}."));
    }))
}

/// A folder for packages that are not in their places yet; removed at the end, and at the beginning of the next run.
struct Staging {
    folder: PathBuf,
    /// Held by the process, so that it ends with it.
    _lock: File,
}

impl Staging {
    fn open(modules: &Path) -> Result<Self, Box<Diagnostic>> {
        let path = modules.join(".recon-get");
        let failed = |why: String| {
            Box::new(Diagnostic::error("Modules cannot be installed").with(|problem| {
                problem.detail(format!("The folder {} cannot be used: {why}.", modules.display()));
            }))
        };
        fs::create_dir_all(modules).map_err(|error| failed(error.to_string()))?;
        let lock = File::create(modules.join(".recon-get.lock")).map_err(|error| failed(error.to_string()))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => failed("another run installs modules into it".to_owned()),
            TryLockError::Error(error) => failed(error.to_string()),
        })?;
        let folder = path;
        folder::remove(&folder).and_then(|()| fs::create_dir(&folder)).map_err(|error| failed(error.to_string()))?;
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What is left is removed by the next run.
        let _ = folder::remove(&self.folder);
    }
}
