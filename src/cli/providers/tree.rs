//! The providers that a configuration and its state require, module by module, as `terraform providers` prints them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::args::StatePlace;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::modules;
use crate::cli::settings::Settings;
use crate::cli::setup::{Setup, schemas};
use crate::language::config::Module;

/// Prints the tree. Versions are not in it: recon has its own of the types.
pub(super) async fn run(cx: &mut Context) -> Option<Exit> {
    let folder = Path::new(".");
    let settings = Settings::read(folder, &mut cx.sources, &mut cx.problems);
    let config = modules::load(cx, folder, &settings, &schemas())?;
    if config.empty {
        cx.problems
            .error("No configuration files")
            .detail("There are no `.tf` files in this folder, so nothing requires a provider.")
            .help("Run the command in the folder of a configuration, or name it with `-chdir=DIR`.");
        return None;
    }
    let snapshot = Setup::state_of_folder(cx, &StatePlace::default()).await?;
    let mut text = String::from("\nProviders required by configuration:\n.\n");
    branches(&config.root, "", &mut text);
    let stored: BTreeSet<&str> =
        snapshot.instances.values().filter_map(|instance| source(&instance.provider)).collect();
    if !stored.is_empty() {
        text.push_str("\nProviders required by state:\n\n");
        stored.iter().for_each(|source| text.push_str(&format!("    provider[{source}]\n")));
    }
    text.push('\n');
    cx.output.result(&text);
    Some(Exit::Success)
}

/// The source in the name of a provider configuration, such as `provider["registry.terraform.io/hashicorp/aws"].west`.
fn source(name: &str) -> Option<&str> {
    name.split('"').nth(1)
}

fn branches(module: &Module, indent: &str, text: &mut String) {
    let used = module.resources.values().map(|resource| resource.provider.source.to_string());
    let required = module.requirements.values().map(|requirement| requirement.source.to_string());
    let configured = module.providers.iter().map(|provider| provider.address.source.to_string());
    let sources: BTreeSet<String> = used.chain(required).chain(configured).collect();
    let count = sources.len() + module.calls.len();
    let fork = |at: usize| if at + 1 == count { ("└── ", "    ") } else { ("├── ", "│   ") };
    for (at, source) in sources.iter().enumerate() {
        text.push_str(&format!("{indent}{}provider[{source}]\n", fork(at).0));
    }
    for (at, (name, call)) in module.calls.iter().enumerate() {
        let (branch, below) = fork(sources.len() + at);
        text.push_str(&format!("{indent}{branch}module.{name}\n"));
        branches(&call.module, &format!("{indent}{below}"), text);
    }
}
