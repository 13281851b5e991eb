//! Export files on disk: written whole or not at all, and only when they change.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

/// Why an export file was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Its folder is not there.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The path leads to a folder.
    #[error("{} is a folder", .0.display())]
    IsFolder(PathBuf),
    /// The operating system refused.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<ExportError> for Diagnostic {
    fn from(error: ExportError) -> Self {
        Self::error("Export not possible").with(|d| match &error {
            ExportError::NoFolder(folder) => {
                d.detail(format!("An export goes to the folder {}, which does not exist.", folder.display()));
                d.help("Make the folder, or correct the path. Relative paths of recon.toml start from its folder.");
            }
            ExportError::IsFolder(path) => {
                d.detail(format!("The path of an export, {}, is a folder.", path.display()));
                d.help("Name a file in it.");
            }
            ExportError::Io { path, source } => {
                d.detail(format!("Cannot write {}: {source}.", path.display()));
            }
        })
    }
}

/// Whether a file could be written at a path, as far as that can be told beforehand.
pub fn check_folder(path: &Path) -> Result<(), ExportError> {
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(ExportError::NoFolder(folder));
    }
    if path.is_dir() {
        return Err(ExportError::IsFolder(path.to_path_buf()));
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

/// Writes a file unless it already has the content; says whether it did. The permissions of a file that is there stay. A
/// new one gets the usual ones, even with a secret inside: a front end publishes what it imports.
pub fn write(path: &Path, text: &str) -> Result<bool, ExportError> {
    check_folder(path)?;
    // A link is kept, and what it leads to replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if std::fs::read(&target).is_ok_and(|content| content == text.as_bytes()) {
        return Ok(false);
    }
    replace(&target, text).map_err(|source| ExportError::Io { path: path.to_path_buf(), source })?;
    Ok(true)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".recon-export-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's mask takes off what it takes off every new file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = std::fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exports.json");
        assert!(write(&path, "one").unwrap());
        assert!(!write(&path, "one").unwrap());
        assert!(write(&path, "two").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error_and_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/exports.json");
        assert!(matches!(write(&path, "x"), Err(ExportError::NoFolder(_))));
        assert!(!folder.path().join("missing").exists());
        assert!(matches!(check_folder(folder.path()), Err(ExportError::IsFolder(_))));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_of_an_existing_file_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exports.json");
        std::fs::write(&path, "one").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, "two").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
