//! A source folder: which files belong in the function, and turning them into what the archive holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::archive::PackedFile;
use super::imports::{self, Kind, Modules};
use super::tsconfig::TsConfig;
use super::typescript::{self, Format, Source};
use super::{Built, PackageError, SyntaxError, Warning, error};

/// Left out at any depth, folder or file.
const LEFT_OUT: [&str; 32] = [
    ".DS_Store",
    ".aws-sam",
    ".cache",
    ".editorconfig",
    ".eslintcache",
    ".git",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".gitkeep",
    ".gitmodules",
    ".hg",
    ".idea",
    ".mypy_cache",
    ".npmignore",
    ".npmrc",
    ".nyc_output",
    ".pytest_cache",
    ".svn",
    ".terraform",
    ".terraform.lock.hcl",
    ".venv",
    ".vscode",
    "Thumbs.db",
    "__pycache__",
    "bun.lock",
    "bun.lockb",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
];

/// Left out right under a `node_modules`: tools that no function loads, and the package managers' notes.
const NOT_LOADED: [&str; 8] =
    [".bin", ".modules.yaml", ".package-lock.json", ".pnpm", ".yarn-integrity", "@tsconfig", "@types", "typescript"];

/// Below this many files for each, more threads cost more than they save.
const FILES_PER_THREAD: usize = 4;

/// Compilers recurse as deep as the code is nested. Only what is used of it takes memory.
const STACK: usize = 256 * 1024 * 1024;

struct Found {
    /// The path in the folder, with forward slashes.
    name: String,
    path: PathBuf,
    size: u64,
}

struct Job {
    found: Found,
    output: String,
    /// How to compile it; `None` is copied.
    format: Option<Format>,
}

/// Takes every file of the folder that belongs in a function, compiled where it is TypeScript.
pub(super) fn build(root: &Path) -> Result<Built, PackageError> {
    let found = list(root)?;
    if found.is_empty() {
        return Err(PackageError::Empty { path: root.to_path_buf() });
    }
    error::check_unzipped(root, found.iter().map(|file| (file.name.as_str(), file.size)))?;
    let module_folders = module_folders(&found)?;
    let config = TsConfig::read(root)?;
    let mut warnings = layout_warnings(root);
    let (jobs, modules) = plan(root, found, &module_folders, &mut warnings)?;
    let mut files = Vec::with_capacity(jobs.len());
    let mut errors: Vec<SyntaxError> = Vec::new();
    for done in run(&jobs, |job| pack(root, job, &modules, &config)) {
        match done {
            Ok((file, found)) => {
                files.push(file);
                warnings.extend(found);
            }
            Err(PackageError::Syntax { errors: more }) => errors.extend(more),
            Err(other) => return Err(other),
        }
    }
    if !errors.is_empty() {
        return Err(PackageError::Syntax { errors });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Built { files, warnings })
}

fn pack(
    root: &Path,
    job: &Job,
    modules: &Modules,
    config: &TsConfig,
) -> Result<(PackedFile, Vec<Warning>), PackageError> {
    let content = read(&job.found.path)?;
    let Some(format) = job.format else {
        return Ok((PackedFile::new(job.output.clone(), content, None), Vec::new()));
    };
    let path = root.join(&job.found.name);
    let text = String::from_utf8(content)
        .map_err(|error| PackageError::NotUtf8 { path: path.clone(), offset: error.utf8_error().valid_up_to() })?;
    let source = Source { name: &job.found.name, path: &path, text: &text, format };
    let compiled = typescript::compile(&source, config, modules).map_err(|errors| PackageError::Syntax { errors })?;
    let file = PackedFile::new(job.output.clone(), compiled.code.into_bytes(), Some(compiled.exports));
    Ok((file, compiled.warnings))
}

/// Runs `work` over all jobs on as many threads as help; results come in the order of the jobs.
fn run<T: Send>(jobs: &[Job], work: impl Fn(&Job) -> T + Sync) -> Vec<T> {
    let useful = jobs.len().div_ceil(FILES_PER_THREAD);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(useful).max(1);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut mine = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else {
                break mine;
            };
            mine.push((index, work(job)));
        }
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker).ok();
        let running: Vec<_> = (0..threads).filter_map(spawn).collect();
        // Does what is left, which is all of it where no thread could be started.
        let mut done = if running.is_empty() { worker() } else { Vec::new() };
        for thread in running {
            done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Decides for each file what it becomes.
fn plan(
    root: &Path,
    found: Vec<Found>,
    module_folders: &BTreeMap<String, bool>,
    warnings: &mut Vec<Warning>,
) -> Result<(Vec<Job>, Modules), PackageError> {
    let mut compiled: BTreeMap<String, String> = BTreeMap::new();
    for file in found.iter().filter(|file| !in_node_modules(&file.name)) {
        if let Some(output) = imports::output_of(&file.name)
            && let Some(other) = compiled.insert(output.clone(), file.name.clone())
        {
            let (first, second) = (root.join(other), root.join(&file.name));
            return Err(PackageError::SameOutput { output, first, second });
        }
    }
    let mut modules = Modules::default();
    let mut jobs = Vec::with_capacity(found.len());
    for file in found {
        let source = (!in_node_modules(&file.name)).then(|| imports::output_of(&file.name)).flatten();
        let output = source.clone().unwrap_or_else(|| file.name.clone());
        if source.is_none()
            && let Some(from) = compiled.get(&output)
        {
            warnings.push(Warning {
                path: root.join(&file.name),
                excerpt: None,
                message: format!("`{output}` is left out, because `{from}` becomes a file of that name."),
                help: Some("Delete it if it is an old build.".to_owned()),
            });
            continue;
        }
        let kind = kind_of(&output, module_folders);
        modules.add(&file.name, &output, kind);
        let format = source.is_some().then_some(if kind == Kind::Esm { Format::Esm } else { Format::CommonJs });
        jobs.push(Job { found: file, output, format });
    }
    Ok((jobs, modules))
}

fn kind_of(output: &str, module_folders: &BTreeMap<String, bool>) -> Kind {
    match output.rsplit_once('.').map(|(_, extension)| extension) {
        Some("mjs") => Kind::Esm,
        Some("cjs" | "node") => Kind::CommonJs,
        Some("json") => Kind::Json,
        Some("js") => {
            let mut folder = output;
            loop {
                folder = folder.rfind('/').map_or("", |at| &folder[..at]);
                match module_folders.get(folder) {
                    Some(true) => return Kind::Esm,
                    Some(false) => return Kind::CommonJs,
                    None if folder.is_empty() => return Kind::CommonJs,
                    None => {}
                }
            }
        }
        _ => Kind::Other,
    }
}

/// The folders that have a `package.json`, and whether it says `"type": "module"`.
///
/// Only those in the function count: what is above the folder does not exist in Lambda.
fn module_folders(found: &[Found]) -> Result<BTreeMap<String, bool>, PackageError> {
    let mut folders = BTreeMap::new();
    for file in found.iter().filter(|file| !in_node_modules(&file.name)) {
        let folder = match file.name.rsplit_once('/') {
            Some((folder, "package.json")) => folder,
            None if file.name == "package.json" => "",
            _ => continue,
        };
        // A broken package.json is for Node.js to complain about; here it only says no.
        let json: Option<serde_json::Value> = serde_json::from_slice(&read(&file.path)?).ok();
        let is_module = json.is_some_and(|json| json.get("type").and_then(|kind| kind.as_str()) == Some("module"));
        folders.insert(folder.to_owned(), is_module);
    }
    Ok(folders)
}

fn layout_warnings(root: &Path) -> Vec<Warning> {
    let linked = root.join("node_modules/.pnpm");
    if !linked.is_dir() {
        return Vec::new();
    }
    vec![Warning {
        path: linked,
        excerpt: None,
        message: "pnpm keeps packages outside of where a function looks for them, so some will not be found."
            .to_owned(),
        help: Some("Install with `node-linker=hoisted`, or add esbuild to the folder so that it bundles.".to_owned()),
    }]
}

fn read(path: &Path) -> Result<Vec<u8>, PackageError> {
    fs::read(path).map_err(|source| PackageError::reading(path, source))
}

fn in_node_modules(name: &str) -> bool {
    name.split('/').any(|part| part == "node_modules")
}

/// The files that belong in the function, sorted by name.
fn list(root: &Path) -> Result<Vec<Found>, PackageError> {
    let canonical = fs::canonicalize(root).map_err(|source| PackageError::reading(root, source))?;
    let mut walk = Walk {
        inside: vec![canonical.clone()],
        root: canonical,
        development: development_packages(root)?,
        found: Vec::new(),
    };
    walk.folder(root, "")?;
    walk.found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(walk.found)
}

/// The packages under `node_modules` that npm installed for development only, as paths in the folder.
///
/// Whether they are there differs between a laptop and a build machine, and the code must not. npm says so for each
/// package; other package managers do not, and then those that `package.json` names are known.
fn development_packages(root: &Path) -> Result<BTreeSet<String>, PackageError> {
    let json = |name: &str| -> Result<Option<serde_json::Value>, PackageError> {
        let path = root.join(name);
        match fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PackageError::reading(&path, error)),
        }
    };
    let members = |value: Option<&serde_json::Value>| value.and_then(|value| value.as_object()).cloned();
    let installed = json("node_modules/.package-lock.json")?;
    if let Some(packages) = members(installed.as_ref().and_then(|installed| installed.get("packages"))) {
        let is_development = |details: &serde_json::Value| details.get("dev") == Some(&serde_json::Value::Bool(true));
        let development = packages.into_iter().filter(|(_, details)| is_development(details));
        return Ok(development.map(|(path, _)| path).collect());
    }
    let package = json("package.json")?;
    let named = |group: &str| members(package.as_ref().and_then(|package| package.get(group))).unwrap_or_default();
    let needed = named("dependencies");
    let development = named("devDependencies").into_iter().map(|(name, _)| name);
    Ok(development.filter(|name| !needed.contains_key(name)).map(|name| format!("node_modules/{name}")).collect())
}

struct Walk {
    root: PathBuf,
    /// The folders around the place, without links, to notice a cycle.
    inside: Vec<PathBuf>,
    development: BTreeSet<String>,
    found: Vec<Found>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), PackageError> {
        let unreadable = |source| PackageError::reading(folder, source);
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let file_name = entry.file_name();
            let Some(file_name) = file_name.to_str() else { return Err(PackageError::NameNotUnicode { path }) };
            let name = if prefix.is_empty() { file_name.to_owned() } else { format!("{prefix}/{file_name}") };
            if left_out(prefix, file_name) || self.development.contains(&name) {
                continue;
            }
            let kind = entry.file_type().map_err(|source| PackageError::reading(&path, source))?;
            if kind.is_symlink() {
                check_link(&self.root, &path)?;
            }
            let about = fs::metadata(&path).map_err(|source| PackageError::reading(&path, source))?;
            if about.is_dir() {
                let real = fs::canonicalize(&path).map_err(|source| PackageError::reading(&path, source))?;
                if self.inside.contains(&real) {
                    return Err(PackageError::LinkCycle { path });
                }
                self.inside.push(real);
                self.folder(&path, &name)?;
                self.inside.pop();
            } else if about.is_file() {
                self.found.push(Found { name, path, size: about.len() });
            } else {
                return Err(PackageError::NotAFile { path });
            }
        }
        Ok(())
    }
}

fn check_link(root: &Path, path: &Path) -> Result<(), PackageError> {
    let unreadable = |source| PackageError::Unreadable { path: path.to_path_buf(), source };
    let target = fs::canonicalize(path).map_err(unreadable)?;
    if target.starts_with(root) {
        return Ok(());
    }
    Err(PackageError::LinkLeavesFolder { path: path.to_path_buf(), target })
}

/// Tells whether `name`, a file or folder in the folder `prefix`, stays out of the function.
fn left_out(prefix: &str, name: &str) -> bool {
    if LEFT_OUT.contains(&name)
        || name == ".env"
        || name.starts_with(".env.")
        || name.starts_with("._")
        || [".map", ".tsbuildinfo", ".pyc", ".tfstate", ".tfstate.backup"].iter().any(|end| name.ends_with(end))
        || imports::is_declaration(name)
    {
        return true;
    }
    if prefix == "node_modules" || prefix.ends_with("/node_modules") {
        return NOT_LOADED.contains(&name);
    }
    if in_node_modules(prefix) {
        return false;
    }
    let is_test = || {
        let script = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];
        let stem = script.iter().find_map(|end| name.strip_suffix(end));
        stem.is_some_and(|stem| stem.ends_with(".test") || stem.ends_with(".spec"))
    };
    (name.starts_with("tsconfig") && name.ends_with(".json"))
        || [".eslintrc", ".prettierrc", "eslint.config.", "prettier.config.", "jest.config.", "vitest.config."]
            .iter()
            .any(|start| name.starts_with(start))
        || matches!(name, "__tests__" | "__mocks__" | "coverage")
        || is_test()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_never_loads_is_left_out() {
        for (prefix, name, expected) in [
            ("", "main.ts", false),
            ("", "main.test.ts", true),
            ("lib", "main.spec.mjs", true),
            ("", "test", false),
            ("", "__tests__", true),
            ("", "types.d.ts", true),
            ("", ".env", true),
            ("", ".env.local", true),
            ("", ".environment", false),
            ("", "tsconfig.build.json", true),
            ("", "package.json", false),
            ("", "package-lock.json", true),
            ("", "main.js.map", true),
            ("", "node_modules", false),
            ("node_modules", "typescript", true),
            ("node_modules", "@types", true),
            ("node_modules", ".bin", true),
            ("node_modules/a/node_modules", ".bin", true),
            ("node_modules/a", "typescript", false),
            ("node_modules/a", "x.test.js", false),
            ("node_modules/a", "x.d.ts", true),
        ] {
            assert_eq!(left_out(prefix, name), expected, "{prefix}/{name}");
        }
    }
}
