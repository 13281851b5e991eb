//! Where the states of a folder's workspaces are: where a `backend` block says, where Terraform has put them, or in `state/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language::config::Backend;
use crate::language::{NoScope, eval};

/// The workspace that is always there.
pub(crate) const DEFAULT: &str = "default";
/// Terraform's file for the workspace `default`, and the folder of those for the others.
const TERRAFORMS: &str = "terraform.tfstate";
const TERRAFORMS_FOLDER: &str = "terraform.tfstate.d";
/// recon's own folder, and the one of what is in the emulator.
const OWN: &str = "state";
const EMULATORS: &str = "state/local";

/// Where the states of the workspaces of a folder are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One file for each workspace in a folder: what the emulator holds.
    Emulator,
    /// As a `backend "local"` block says.
    Backend {
        /// The state of the workspace `default`.
        path: PathBuf,
        /// The folder that has one for each of the others.
        folder: PathBuf,
    },
    /// Without such a block: where states are.
    Found,
}

impl Layout {
    /// The layout of the working folder, by the `backend` block of its configuration.
    pub(crate) fn of(local: bool, backend: Option<&Backend>) -> Self {
        if local {
            return Self::Emulator;
        }
        let Some(backend) = backend else {
            return Self::Found;
        };
        let set = |name: &str| {
            // The compiler has checked that these are constants.
            let value = eval(&backend.body.attribute(name)?.expr, &NoScope, &mut Diagnostics::new());
            value.as_str().filter(|text| !text.is_empty()).map(PathBuf::from)
        };
        Self::Backend {
            path: set("path").unwrap_or_else(|| TERRAFORMS.into()),
            folder: set("workspace_dir").unwrap_or_else(|| TERRAFORMS_FOLDER.into()),
        }
    }

    /// The state of a workspace.
    pub(crate) fn path(&self, workspace: &str) -> Result<PathBuf, Box<Diagnostic>> {
        match self {
            Self::Emulator => Ok(Path::new(EMULATORS).join(format!("{workspace}.tfstate"))),
            Self::Backend { path, .. } if workspace == DEFAULT => Ok(path.clone()),
            Self::Backend { folder, .. } => Ok(folder.join(workspace).join(TERRAFORMS)),
            Self::Found => found(workspace),
        }
    }

    /// The folder that belongs to a workspace alone and goes with it, if it has one.
    pub(crate) fn folder(&self, workspace: &str) -> Option<PathBuf> {
        let path = self.path(workspace).ok()?;
        let folder = path.parent()?;
        let own = workspace != DEFAULT && folder.file_name()? == workspace && path.file_name()? == TERRAFORMS;
        own.then(|| folder.to_path_buf())
    }

    /// The names of all workspaces but `default`, sorted.
    pub(crate) fn others(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        match self {
            Self::Emulator => files_in(Path::new(EMULATORS), &mut names),
            Self::Backend { folder, .. } => folders_in(folder, &mut names),
            Self::Found => {
                files_in(Path::new(OWN), &mut names);
                folders_in(Path::new(TERRAFORMS_FOLDER), &mut names);
            }
        }
        names.remove(DEFAULT);
        names.into_iter().filter(|name| is_name(name)).collect()
    }

    /// Whether there is a workspace of a name.
    pub(crate) fn has(&self, workspace: &str) -> bool {
        workspace == DEFAULT || self.others().iter().any(|other| other == workspace)
    }
}

/// Where a workspace's state is, or will be where there is none yet: with Terraform's others, if it has some here.
fn found(workspace: &str) -> Result<PathBuf, Box<Diagnostic>> {
    let own = Path::new(OWN).join(format!("{workspace}.tfstate"));
    let folder = Path::new(TERRAFORMS_FOLDER).join(workspace);
    let (terraforms, is_there) = match workspace {
        DEFAULT => (PathBuf::from(TERRAFORMS), Path::new(TERRAFORMS).exists()),
        _ => (folder.join(TERRAFORMS), folder.exists()),
    };
    let own_is_there = own.exists() || own.with_extension("journal").exists();
    match (is_there, own_is_there) {
        (true, true) => Err(Box::new(two(&terraforms, &own))),
        (true, false) => Ok(terraforms),
        (false, true) => Ok(own),
        (false, false) => {
            let managed = Path::new(TERRAFORMS).exists() || Path::new(TERRAFORMS_FOLDER).exists();
            Ok(if managed { terraforms } else { own })
        }
    }
}

fn two(terraforms: &Path, own: &Path) -> Diagnostic {
    let (terraforms, own) = (terraforms.display(), own.display());
    Diagnostic::error("Two states").with(|d| {
        d.detail(format!(
            "There is a state in {terraforms}, where Terraform keeps it, and one in {own}. Only one of them can be that of \
             this folder."
        ));
        d.help("Compare them with `recon state list -state=FILE`, and move the one that is not meant away.");
    })
}

/// Whether a text can be the name of a workspace: what is part of paths and addresses as it is.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c))
}

fn files_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".tfstate").or(name.strip_suffix(".journal")));
        names.extend(name.filter(|_| !entry.path().is_dir()).map(str::to_owned));
    }
}

fn folders_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            names.extend(entry.file_name().to_str().map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_paths_and_addresses_can_hold() {
        for name in ["default", "dev", "a-b_c.d", "Ann@x", "1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "ä", "a%b", "a\nb"] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn a_backend_says_where_each_workspace_is() {
        let layout = Layout::Backend { path: "a/x.json".into(), folder: "w".into() };
        assert_eq!(layout.path(DEFAULT).unwrap(), Path::new("a/x.json"));
        assert_eq!(layout.path("dev").unwrap(), Path::new("w/dev/terraform.tfstate"));
        assert_eq!(layout.folder("dev"), Some("w/dev".into()));
        assert_eq!(layout.folder(DEFAULT), None);
        assert_eq!(Layout::Emulator.path("dev").unwrap(), Path::new("state/local/dev.tfstate"));
        assert_eq!(Layout::Emulator.folder("dev"), None);
    }
}
