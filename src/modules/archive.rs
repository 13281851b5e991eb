//! Archives of modules, unpacked with suspicion: nothing leaves the folder, nothing is a link or a device, and there is a
//! bound on how much comes out.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::folder::set_program;

/// How much may come out of an archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// In bytes, all files together.
    pub(super) bytes: u64,
    /// Files and folders.
    pub(super) entries: usize,
}

impl Limits {
    /// Far more than any module has.
    pub(super) const MODULE: Self = Self { bytes: 1024 * 1024 * 1024, entries: 100_000 };
}

/// How much memory an xz stream may ask for.
const XZ_MEMORY_KIB: u32 = 256 * 1024;

/// The form of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    Tar,
    TarGzip,
    TarBzip2,
    TarXz,
}

impl Format {
    const NAMES: [(&'static str, Self); 8] = [
        ("zip", Self::Zip),
        ("tar", Self::Tar),
        ("tar.gz", Self::TarGzip),
        ("tgz", Self::TarGzip),
        ("tar.bz2", Self::TarBzip2),
        ("tbz2", Self::TarBzip2),
        ("tar.xz", Self::TarXz),
        ("txz", Self::TarXz),
    ];

    /// The form that `archive=` names.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The form by the ending of a path.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        let ends = |name: &str| path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        Self::NAMES.iter().find(|(name, _)| ends(name)).map(|(_, format)| *format)
    }

    /// The names of all forms, for people.
    pub(super) fn names() -> String {
        Self::NAMES.map(|(name, _)| name).join(", ")
    }
}

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("the archive cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("the archive has a file named \"{name}\", and {why}")]
    Name { name: String, why: &'static str },
    #[error("\"{name}\" in the archive is {what}; only files and folders are taken")]
    Kind { name: String, what: &'static str },
    #[error("the archive holds more than {} of files, which is the most that is taken", size(*limit))]
    TooLarge { limit: u64 },
    #[error("the archive holds more than {limit} files and folders, which is the most that is taken")]
    TooMany { limit: usize },
    #[error("the archive holds nothing")]
    Empty,
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

fn size(bytes: u64) -> String {
    match bytes / 1024 / 1024 {
        0 => format!("{bytes} bytes"),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// Unpacks an archive into a folder that it makes.
pub(super) fn unpack(archive: &Path, format: Format, folder: &Path, limits: Limits) -> Result<(), ArchiveError> {
    let file = BufReader::new(File::open(archive).map_err(ArchiveError::Unreadable)?);
    let mut target = Target { folder, limits, bytes: 0, entries: 0 };
    match format {
        Format::Zip => unpack_zip(file, &mut target)?,
        Format::Tar => unpack_tar(file, &mut target)?,
        Format::TarGzip => unpack_tar(flate2::read::MultiGzDecoder::new(file), &mut target)?,
        Format::TarBzip2 => unpack_tar(bzip2::read::MultiBzDecoder::new(file), &mut target)?,
        Format::TarXz => unpack_tar(lzma_rust2::XzReader::new_mem_limit(file, true, XZ_MEMORY_KIB), &mut target)?,
    }
    if target.entries == 0 { Err(ArchiveError::Empty) } else { Ok(()) }
}

fn unpack_zip(file: BufReader<File>, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let unreadable = |error: zip::result::ZipError| ArchiveError::Unreadable(error.into());
    let mut archive = zip::ZipArchive::new(file).map_err(unreadable)?;
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(unreadable)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        // The upper half says what kind of file it is, where the archive was made on a system with kinds.
        let mode = entry.unix_mode().unwrap_or(0);
        match mode & 0o170_000 {
            0o120_000 => return Err(ArchiveError::Kind { name, what: "a symbolic link" }),
            0 | 0o100_000 | 0o040_000 => {}
            _ => return Err(ArchiveError::Kind { name, what: "a device or the like" }),
        }
        if entry.is_dir() {
            target.folder(&name)?;
        } else {
            target.file(&name, mode & 0o111 != 0, &mut entry)?;
        }
    }
    Ok(())
}

fn unpack_tar(stream: impl Read, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().map_err(ArchiveError::Unreadable)? {
        let mut entry = entry.map_err(ArchiveError::Unreadable)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let ty = entry.header().entry_type();
        let is_program = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        match ty {
            tar::EntryType::Regular | tar::EntryType::Continuous => target.file(&name, is_program, &mut entry)?,
            tar::EntryType::Directory => target.folder(&name)?,
            // Says something about the archive, such as the commit that it was made of.
            tar::EntryType::XGlobalHeader => {}
            tar::EntryType::Symlink => return Err(ArchiveError::Kind { name, what: "a symbolic link" }),
            tar::EntryType::Link => return Err(ArchiveError::Kind { name, what: "a hard link" }),
            _ => return Err(ArchiveError::Kind { name, what: "a device or the like" }),
        }
    }
    Ok(())
}

/// The folder that an archive is unpacked into, and how much has come out.
struct Target<'a> {
    folder: &'a Path,
    limits: Limits,
    bytes: u64,
    entries: usize,
}

impl Target<'_> {
    fn folder(&mut self, name: &str) -> Result<(), ArchiveError> {
        let path = self.place(name)?;
        fs::create_dir_all(&path).map_err(|source| ArchiveError::Unwritable { path, source })
    }

    fn file(&mut self, name: &str, is_program: bool, content: &mut impl Read) -> Result<(), ArchiveError> {
        let path = self.place(name)?;
        let unwritable = |source| ArchiveError::Unwritable { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        let mut file = match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ArchiveError::Name { name: name.to_owned(), why: "there is another one of that name" });
            }
            file => file.map_err(unwritable)?,
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = content.read(&mut buffer).map_err(ArchiveError::Unreadable)?;
            if count == 0 {
                break;
            }
            self.bytes += count as u64;
            if self.bytes > self.limits.bytes {
                return Err(ArchiveError::TooLarge { limit: self.limits.bytes });
            }
            file.write_all(&buffer[..count]).map_err(unwritable)?;
        }
        set_program(&path, is_program).map_err(unwritable)
    }

    /// Where an entry goes, if its name stays in the folder on every system.
    fn place(&mut self, name: &str) -> Result<PathBuf, ArchiveError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(ArchiveError::TooMany { limit: self.limits.entries });
        }
        let refused = |why| Err(ArchiveError::Name { name: name.to_owned(), why });
        if name.starts_with('/') {
            return refused("names in an archive are not absolute");
        }
        if name.contains(['\\', '\0']) {
            return refused("it has a character that names of files do not have everywhere");
        }
        if name.as_bytes().get(1) == Some(&b':') {
            return refused("it begins with the letter of a drive");
        }
        let mut path = self.folder.to_path_buf();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => return refused("it leads out of the archive"),
                part => path.push(part),
            }
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests;
