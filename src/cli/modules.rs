//! The configuration of a folder with its modules, wherever settings, options and the environment say that they are.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::settings::Settings;
use crate::diagnostic::Diagnostics;
use crate::language;
use crate::language::config::Config;
use crate::language::module_source::{ModuleSource, SourceMistake};
use crate::modules::{CliConfig, Event, Lookup, Override, Places, Wanted, install};
use crate::schema::Schemas;

/// Loads the configuration of a folder; nothing where it has mistakes. Nothing is downloaded.
pub(crate) fn load(cx: &mut Context, folder: &Path, settings: &Settings, schemas: &dyn Schemas) -> Option<Config> {
    let mut found = std::mem::take(&mut cx.problems);
    let config = load_what_can_be(cx, folder, settings, schemas);
    let failed = cx.problems.has_errors();
    found.extend(std::mem::replace(&mut cx.problems, Diagnostics::new()));
    cx.problems = found;
    config.filter(|_| !failed)
}

/// Like `load`, with what could be understood beside the mistakes.
pub(crate) fn load_what_can_be(
    cx: &mut Context,
    folder: &Path,
    settings: &Settings,
    schemas: &dyn Schemas,
) -> Option<Config> {
    let places = places(folder, settings, &cx.module_sources, &mut cx.problems);
    let lookup = Lookup::open(places, &mut cx.problems);
    let files = cx.generated.as_slice();
    let config = language::load_with(files, folder, schemas, &lookup, &mut cx.sources, &mut cx.problems);
    if config.is_some() && !cx.problems.has_errors() {
        lookup.unused(&mut cx.problems);
    }
    config
}

/// Which modules `fetch` installs.
#[derive(Clone, Copy)]
pub(crate) struct Fetch {
    /// Take the newest versions, whatever is installed and locked.
    pub(crate) update: bool,
    /// Look at the backend of the configuration as well.
    pub(crate) with_backend: bool,
}

/// Installs the modules that the configuration of a folder calls, and says how many calls there are.
pub(crate) fn fetch(cx: &mut Context, folder: &Path, fetch: Fetch) -> usize {
    let settings = Settings::read(folder, &mut cx.sources, &mut cx.problems);
    let places = places(folder, &settings, &cx.module_sources, &mut cx.problems);
    let cli = cli_config(cx);
    let output = cx.output.clone();
    let mut tell = |event: Event| {
        let text = match event {
            Event::Downloading { source, version: Some(version), key } => {
                format!("Downloading {source} {version} for {key}...\n")
            }
            Event::Downloading { source, version: None, key } => format!("Downloading {source} for {key}...\n"),
            Event::Changed { key } => {
                format!("What is installed for {key} is not what {} has.\n", crate::modules::LOCK_FILE)
            }
            Event::Ready { key, folder } => format!("- {key} in {}\n", folder.display()),
        };
        output.message(&text);
    };
    let schemas = super::setup::schemas();
    let wanted = Wanted {
        places: &places,
        cli: &cli,
        update: fetch.update,
        with_backend: fetch.with_backend,
        schemas: &schemas,
    };
    install(wanted, &mut cx.sources, &mut cx.problems, &mut tell)
}

/// An address that a folder can stand in for.
pub(crate) fn replaceable(address: &str) -> Result<ModuleSource, String> {
    match ModuleSource::parse(address) {
        Ok(ModuleSource::Local(_)) => {
            Err(format!("\"{address}\" is a local path; a folder stands in only for a module from elsewhere."))
        }
        Ok(source) => Ok(source),
        Err(SourceMistake::NoMethod) => Err(format!(
            "\"{address}\" is no address of a module, such as \"terraform-aws-modules/lambda/aws\" or \"git::https://…\"."
        )),
        Err(SourceMistake::Malformed(why)) => Err(format!("\"{address}\" is no address of a module: {why}.")),
    }
}

/// A path as it is named from the working folder.
pub(crate) fn beside(folder: &Path, path: &str) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(path) } else { folder.join(path) }
}

fn places(folder: &Path, settings: &Settings, options: &[String], problems: &mut Diagnostics) -> Places {
    let mut overrides = Vec::new();
    for option in options {
        // A query may have equals signs too, so the folder is behind the last one.
        let parsed = match option.rsplit_once('=') {
            Some((address, path)) if !path.is_empty() => replaceable(address).map(|source| (source, path)),
            _ => Err(format!("`{option}` is no address with a folder behind an equals sign.")),
        };
        match parsed {
            Ok((source, path)) => {
                let option = Some(format!("-module-source={option}"));
                overrides.push(Override { source, folder: PathBuf::from(path), option });
            }
            Err(why) => {
                let help = "Write it as `-module-source terraform-aws-modules/lambda/aws=../lambda`.";
                problems.error("Invalid -module-source option").detail(why).help(help);
            }
        }
    }
    overrides.extend(settings.modules.iter().cloned());
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    Places {
        root: folder.to_path_buf(),
        data: set("TF_DATA_DIR").unwrap_or_else(|| beside(folder, ".terraform")),
        overrides,
        mirror: set("RECON_MODULE_MIRROR"),
    }
}

/// What Terraform's own files and variables say about registries.
fn cli_config(cx: &mut Context) -> CliConfig {
    let mut config = CliConfig::default();
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().find_map(std::env::var_os);
    let own = home.as_ref().map(|home| home.join(".terraformrc")).filter(|path| path.exists());
    if let Some(path) = named.filter(|path| !path.is_empty()).map(PathBuf::from).or(own) {
        config.read(&path, &mut cx.sources, &mut cx.problems);
    }
    if let Some(home) = home {
        config.read_credentials(&home.join(".terraform.d/credentials.tfrc.json"), &mut cx.problems);
    }
    config.take_environment(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    config
}
