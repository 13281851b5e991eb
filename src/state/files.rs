//! Files that are replaced whole, survive a crash, and are nobody else's to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::StateError;

/// Replaces a file with new content, readable by its owner only. After a crash it holds the old or the new, never a part.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), StateError> {
    replace_if(path, &beside(path, ".tmp"), content, || Ok(())).map(drop)
}

/// The same by way of a certain temporary file, if it is still allowed when that is complete. Whoever wants to prevent it
/// from then on only has to remove the temporary file. Gives the new file, its cursor behind the content.
pub(super) fn replace_if(
    path: &Path,
    temporary: &Path,
    content: &[u8],
    allowed: impl Fn() -> Result<(), StateError>,
) -> Result<File, StateError> {
    let replaced = || {
        let file = write_new(temporary, content).map_err(StateError::io("write", temporary))?;
        allowed()?;
        fs::rename(temporary, path).map_err(StateError::io("replace", path))?;
        Ok(file)
    };
    let result = replaced();
    if result.is_err() {
        // The first error is the one to report; what could be left behind is overwritten by the next write.
        let _ = fs::remove_file(temporary);
        // That the temporary file is gone is not the reason, if somebody has removed it.
        allowed()?;
        return result;
    }
    sync_folder(path)?;
    result
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(file)
}

/// What tells a file from another one that takes its name.
#[cfg(unix)]
pub(super) fn number(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Here an open file cannot be removed or replaced.
#[cfg(not(unix))]
pub(super) fn number(_metadata: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// Options that create files for their owner only.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes durable which names the folder of a file has.
pub(super) fn sync_folder(path: &Path) -> Result<(), StateError> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = folder_of(path);
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot sync a folder, and need not.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other.map_err(StateError::io("sync the folder", folder)),
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file whose name is a file's name with an ending added.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The whole content; `None` where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(StateError::NotAFile { path: path.into() }),
        Ok(_) => fs::read(path).map(Some).map_err(StateError::io("read", path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::io("read", path)(error)),
    }
}

/// The file at the end of symbolic links, whether it exists or not.
pub(super) fn follow(path: &Path) -> Result<PathBuf, StateError> {
    let mut path = path.to_owned();
    // As many links as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(StateError::io("follow the link", path)(io::Error::other("too many symbolic links")))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_was_prevented_meanwhile_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, temporary) = (folder.path().join("a"), folder.path().join("a.tmp"));
        fs::write(&path, "old").unwrap();
        let lost = || Err(StateError::LockLost { place: "a".into() });
        assert!(matches!(replace_if(&path, &temporary, b"new", lost), Err(StateError::LockLost { .. })));
        // Stopped behind the look at the lock: whoever took it has removed the temporary file.
        let looks = Cell::new(0);
        let allowed = || {
            looks.set(looks.get() + 1);
            if looks.get() > 1 {
                return lost();
            }
            fs::remove_file(&temporary).unwrap();
            Ok(())
        };
        assert!(matches!(replace_if(&path, &temporary, b"new", allowed), Err(StateError::LockLost { .. })));
        assert_eq!((fs::read(&path).unwrap().as_slice(), temporary.exists()), (&b"old"[..], false));
        replace_if(&path, &temporary, b"new", || Ok(())).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), temporary.exists()), (&b"new"[..], false));
    }
}
