//! Where an installed or given module is. Nobody is called: what is not on this machine is reported.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fetch;
use super::lock::Lock;
use super::manifest::Manifest;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language::module_source::{DEFAULT_REGISTRY, Getter, ModuleSource, RegistrySource, without_password};
use crate::language::{Constraints, ModuleFolder, ModuleFolders, Version, Whence};

/// The places of a run where modules may be.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder of the configuration.
    pub root: PathBuf,
    /// Terraform's folder for what it installs, which is `.terraform` unless `TF_DATA_DIR` says otherwise.
    pub data: PathBuf,
    /// Folders that stand in for addresses; the first that fits is taken.
    pub overrides: Vec<Override>,
    /// A folder of modules by namespace, name and system.
    pub mirror: Option<PathBuf>,
}

/// A folder that stands in for an address.
#[derive(Clone, Debug)]
pub struct Override {
    /// The address; without a subfolder it stands for all of its package.
    pub source: ModuleSource,
    /// The folder.
    pub folder: PathBuf,
    /// The option that says so, if it is not `recon.toml`.
    pub option: Option<String>,
}

impl Places {
    /// The folder of installed modules.
    pub(super) fn modules(&self) -> PathBuf {
        self.data.join("modules")
    }

    /// The folder that stands in for an address.
    fn overridden(&self, source: &ModuleSource) -> Option<(usize, PathBuf)> {
        let exact = self.overrides.iter().position(|given| given.source == *source);
        if let Some(i) = exact {
            return Some((i, self.overrides[i].folder.clone()));
        }
        let package = source.package();
        let i = self.overrides.iter().position(|given| given.source == package)?;
        let folder = &self.overrides[i].folder;
        Some((i, source.subfolder().map_or_else(|| folder.clone(), |subfolder| folder.join(subfolder))))
    }

    /// The folder of a registry module in the mirror: its newest version that will do, or all of it if there are none.
    fn mirrored(
        &self,
        source: &RegistrySource,
        version: Option<&Constraints>,
    ) -> Result<Option<PathBuf>, Box<Diagnostic>> {
        let Some(mirror) = &self.mirror else { return Ok(None) };
        // The modules of other hosts have a folder of their own, so that none is mistaken for another.
        let mirror = if source.host == DEFAULT_REGISTRY { mirror.clone() } else { mirror.join(&source.host) };
        let folder = mirror.join(&source.namespace).join(&source.name).join(&source.system);
        let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(None) };
        let names = entries
            .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir())?.file_name().into_string().ok());
        let versions: Vec<(Version, String)> = names
            .filter_map(|name| Some((Version::parse(&name)?, name)))
            .filter(|(_, name)| is_version(name))
            .collect();
        let found = if versions.is_empty() {
            folder
        } else {
            let will_do = versions.iter().filter(|(candidate, _)| meets(candidate, version));
            let Some((_, name)) = will_do.max() else {
                return Err(Box::new(no_version(
                    source,
                    version,
                    versions.into_iter().map(|(version, _)| version),
                    &format!("the mirror {}", folder.display()),
                )));
            };
            folder.join(name)
        };
        Ok(Some(source.subfolder.as_ref().map_or_else(|| found.clone(), |subfolder| found.join(subfolder))))
    }
}

/// Whether an address names a folder of this machine. It is used where it is; only an archive has to be unpacked.
pub(super) fn is_in_place(source: &ModuleSource) -> bool {
    matches!(source, ModuleSource::Remote(source)
        if source.getter == Getter::File && matches!(fetch::archive_form(source), Ok(None)))
}

/// A folder named with at least one dot is a version, and not a folder of a module that is called `1`.
fn is_version(name: &str) -> bool {
    name.contains('.')
}

/// Whether a version will do; without constraints any release will.
pub(super) fn meets(version: &Version, constraints: Option<&Constraints>) -> bool {
    constraints.map_or(!version.is_prerelease(), |constraints| constraints.met_by(version))
}

/// The problem that no version will do.
pub(super) fn no_version(
    source: &RegistrySource,
    constraints: Option<&Constraints>,
    versions: impl IntoIterator<Item = Version>,
    place: &str,
) -> Diagnostic {
    let newest = versions.into_iter().max_by_key(|version| (!version.is_prerelease(), version.clone()));
    Diagnostic::error("Unresolvable module version constraint").with(|problem| {
        let wanted = constraints
            .map_or("a release".to_owned(), |constraints| format!("the version constraint \"{constraints}\""));
        let newest = newest.map_or("It has none at all.".to_owned(), |newest| format!("The newest one is {newest}."));
        problem.detail(format!("No version of the module \"{source}\" in {place} meets {wanted}. {newest}"));
    })
}

/// Finds modules for the language.
#[derive(Debug)]
pub struct Lookup {
    pub(super) places: Places,
    pub(super) manifest: Manifest,
    pub(super) lock: Lock,
    used: RefCell<BTreeSet<usize>>,
}

/// What there is for a call.
pub(super) enum Found {
    /// It is installed where the manifest says.
    Installed(ModuleFolder),
    /// Something stands in for its address, so nothing is installed.
    Given(ModuleFolder),
    /// Nothing; why.
    Missing(Box<Diagnostic>),
    /// Something that cannot be used.
    Refused(Box<Diagnostic>),
}

impl Lookup {
    /// Reads what is installed. A list that cannot be read is reported.
    pub fn open(places: Places, problems: &mut Diagnostics) -> Self {
        let mut taken = |problem: Box<Diagnostic>| {
            problems.push(*problem);
        };
        let manifest = Manifest::read(&places.modules()).unwrap_or_else(|problem| {
            taken(problem);
            Manifest::default()
        });
        let lock = Lock::read(&places.root).unwrap_or_else(|problem| {
            taken(problem);
            Lock::default()
        });
        Self::of(places, manifest, lock)
    }

    pub(super) fn of(places: Places, manifest: Manifest, lock: Lock) -> Self {
        Self { places, manifest, lock, used: RefCell::default() }
    }

    /// Warns of options that no module has been found by.
    pub fn unused(&self, problems: &mut Diagnostics) {
        let used = self.used.borrow();
        for (_, given) in self.places.overrides.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
            if let Some(option) = &given.option {
                let detail = format!("No module of the configuration is found by `{option}`.");
                problems.warning("Option without effect").detail(detail);
            }
        }
    }

    /// What there is for a call.
    pub(super) fn find(&self, key: &str, whence: &Whence) -> Found {
        match self.installed(key, whence) {
            Ok(folder) => Found::Installed(folder),
            Err(why) => self.given(whence).unwrap_or(Found::Missing(why)),
        }
    }

    /// What stands in for an address, so that nothing is installed for it.
    pub(super) fn given(&self, whence: &Whence) -> Option<Found> {
        let given = |folder| Some(Found::Given(ModuleFolder { folder, package: None }));
        if let Some((i, folder)) = self.places.overridden(&whence.source) {
            self.used.borrow_mut().insert(i);
            return given(folder);
        }
        match &whence.source {
            ModuleSource::Registry(source) => {
                match self.places.mirrored(source, whence.version.as_ref().map(|(version, _)| version)) {
                    Ok(Some(folder)) => return given(folder),
                    Ok(None) => {}
                    Err(problem) => return Some(Found::Refused(problem)),
                }
            }
            ModuleSource::Remote(source) if is_in_place(&whence.source) => {
                let folder = fetch::local_path(source);
                return given(source.subfolder.as_ref().map_or_else(|| folder.clone(), |sub| folder.join(sub)));
            }
            ModuleSource::Remote(_) | ModuleSource::Local(_) => {}
        }
        None
    }

    /// What the manifest has for a call, if it still fits.
    fn installed(&self, key: &str, whence: &Whence) -> Result<ModuleFolder, Box<Diagnostic>> {
        let shown = without_password(&whence.source.to_string());
        let problem = |summary: &str, detail: String| {
            Box::new(Diagnostic::error(summary).with(|problem| {
                problem.detail(detail).help("Run `recon get`, which downloads what is missing.");
            }))
        };
        let missing = || {
            let detail = format!(
                "The module \"{shown}\" is not on this machine, and nothing is downloaded without being asked to."
            );
            problem("Module not installed", detail)
        };
        let entry = self.manifest.get(key).ok_or_else(missing)?;
        if entry.source != whence.source.to_string() {
            let was = without_password(&entry.source);
            let detail =
                format!("The address of this module was \"{was}\" when it was installed, and is \"{shown}\" now.");
            return Err(problem("Module source has changed", detail));
        }
        let version = entry.version.as_deref();
        if let Some((constraints, _)) = &whence.version {
            let met = version.and_then(Version::parse).is_some_and(|version| constraints.met_by(&version));
            if !met {
                let detail = format!(
                    "The installed version {} of the module \"{shown}\" does not meet the constraint \"{constraints}\".",
                    version.unwrap_or("(none)")
                );
                return Err(problem("Module version requirements have changed", detail));
            }
        }
        if !entry.folder.is_dir() {
            return Err(missing());
        }
        if let Some(locked) = self.lock.get(key)
            && locked.source == whence.source.package().to_string()
            && locked.version.as_deref() != version
        {
            let text = |version: Option<&str>| version.unwrap_or("(none)").to_owned();
            let detail = format!(
                "{} has version {} of the module \"{shown}\", and version {} is installed.",
                super::LOCK_FILE,
                text(locked.version.as_deref()),
                text(version)
            );
            let mut problem = problem("Installed module is not the locked one", detail);
            problem.help = vec![
                "Run `recon get` for the locked version, or `recon get -update` to lock the newest that meets the constraint.".into(),
            ];
            return Err(problem);
        }
        Ok(ModuleFolder { folder: entry.folder.clone(), package: self.package(key, &entry.folder) })
    }

    /// The folder of the package that an installed module is in.
    fn package(&self, key: &str, folder: &Path) -> Option<PathBuf> {
        let package = self.places.modules().join(key);
        folder.starts_with(&package).then_some(package)
    }
}

impl ModuleFolders for Lookup {
    fn folder(&self, path: &[Arc<str>], whence: &Whence, problems: &mut Diagnostics) -> Option<ModuleFolder> {
        let key = path.join(".");
        match self.find(&key, whence) {
            Found::Installed(folder) => {
                if let Some((i, _)) = self.places.overridden(&whence.source)
                    && let Some(option) = &self.places.overrides[i].option
                    && self.used.borrow_mut().insert(i)
                {
                    let detail = format!(
                        "The module is installed in {}, which goes before `{option}`.",
                        folder.folder.display()
                    );
                    let help = format!("Remove {} to use the other folder.", self.places.modules().display());
                    problems
                        .warning("Option without effect")
                        .at(whence.span)
                        .within(whence.header)
                        .detail(detail)
                        .help(help);
                }
                Some(folder)
            }
            Found::Given(folder) => Some(folder),
            Found::Missing(mut problem) | Found::Refused(mut problem) => {
                problem.at(whence.span).within(whence.header);
                problems.push(*problem);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
