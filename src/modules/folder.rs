//! Folders of downloaded modules: what is in them, copies of them, and files that are written whole or not at all.

use std::fs;
use std::io;
use std::path::{Component, Path};

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The path in the package, with `/` between its parts.
    pub(super) path: String,
    pub(super) kind: Kind,
}

/// What a file of a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// A file that may be executed.
    Program,
    Link,
}

/// The files of a folder in the order of their paths, without those in `.git`. Devices, sockets and pipes are refused.
pub(super) fn walk(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    visit(folder, "", &mut found)?;
    found.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, found: &mut Vec<Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(refused(format!("the name of the file {} is not UTF-8", entry.path().display())));
        };
        if name == ".git" {
            continue;
        }
        let path = format!("{prefix}{name}");
        let ty = entry.file_type()?;
        if ty.is_dir() {
            visit(&entry.path(), &format!("{path}/"), found)?;
            continue;
        }
        let kind = if ty.is_symlink() {
            Kind::Link
        } else if !ty.is_file() {
            return Err(refused(format!("{path} is neither a file nor a folder")));
        } else if is_program(&entry.metadata()?) {
            Kind::Program
        } else {
            Kind::File
        };
        found.push(Entry { path, kind });
    }
    Ok(())
}

/// Copies the files of one folder into another, which must not exist. Links that lead out of the folder are refused.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in walk(from)? {
        let target = to.join(&entry.path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let source = from.join(&entry.path);
        match entry.kind {
            Kind::Link => {
                let aim = fs::read_link(&source)?;
                if leaves(&entry.path, &aim) {
                    let aim = aim.display();
                    return Err(refused(format!(
                        "the symbolic link {} leads out of the package, to {aim}",
                        entry.path
                    )));
                }
                link(&aim, &target)?;
            }
            Kind::File | Kind::Program => {
                fs::copy(&source, &target)?;
                set_program(&target, entry.kind == Kind::Program)?;
            }
        }
    }
    Ok(())
}

/// Whether what a link at a path in a package aims at is outside of the package.
fn leaves(path: &str, aim: &Path) -> bool {
    let mut depth = path.matches('/').count();
    for part in aim.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

fn refused(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(unix)]
fn is_program(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}

/// Gives a file the usual permissions of a program or of a plain file, and no others.
#[cfg(unix)]
pub(super) fn set_program(path: &Path, is_program: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(if is_program { 0o755 } else { 0o644 }))
}

/// There is no such permission here.
#[cfg(not(unix))]
pub(super) fn set_program(_: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(aim: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(aim, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(refused("symbolic links cannot be made here".into()))
}

/// Removes a folder or a link to one, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file beside its place and puts it there when it is whole. One that holds these bytes already is left alone.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path).inspect_err(|_| {
        // The reason is told; what is left over is of no use.
        let _ = fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_not_leave_their_package() {
        for (path, aim, out) in [
            ("a", "b", false),
            ("a/b", "../c", false),
            ("a/b", "../../c", true),
            ("a", "../c", true),
            ("a", "/etc/passwd", true),
            ("a", "b/../../c", true),
        ] {
            assert_eq!(leaves(path, Path::new(aim)), out, "{path} {aim}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_has_the_same_files_without_git() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("sub/.git")).unwrap();
        fs::write(from.join("sub/.git/x"), "").unwrap();
        fs::write(from.join("sub/run"), "#!").unwrap();
        fs::set_permissions(from.join("sub/run"), fs::Permissions::from_mode(0o4755)).unwrap();
        link(Path::new("sub/run"), &from.join("link")).unwrap();
        let to = folder.path().join("to");
        copy(&from, &to).unwrap();
        assert_eq!(walk(&to).unwrap(), walk(&from).unwrap());
        assert!(!to.join("sub/.git").exists());
        assert_eq!(fs::metadata(to.join("sub/run")).unwrap().permissions().mode() & 0o7777, 0o755);
    }
}
