//! The zip: written byte for byte the same, and listed.

use std::io::Cursor;
use std::path::Path;

use miniz_oxide::deflate::compress_to_vec;

use super::{Entry, Exports, PackageError};

/// Larger levels gain a per cent or two for twice the time.
const LEVEL: u8 = 6;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// A file's version is 2.0: folders and deflate.
const VERSION_NEEDED: u16 = 20;
/// Made on Unix, so that readers honour the modes.
const VERSION_MADE_BY: u16 = (3 << 8) | 20;
const UTF8_NAME: u16 = 1 << 11;
/// 1980-01-01, the first day that a zip can name.
const DATE: u16 = (1 << 5) | 1;
const TIME: u16 = 0;

/// A file that is compressed and ready for the archive.
#[derive(Debug)]
pub(super) struct PackedFile {
    pub(super) name: String,
    pub(super) size: u64,
    exports: Option<Exports>,
    executable: bool,
    crc32: u32,
    method: u16,
    data: Vec<u8>,
}

impl PackedFile {
    /// Compresses `content`; this is most of the work, and independent of other files.
    pub(super) fn new(name: String, content: Vec<u8>, exports: Option<Exports>) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        let size = content.len() as u64;
        // Lambda runs `bootstrap` and layers' tools only if they are executable, and modes differ between machines.
        let executable = content.starts_with(b"\x7fELF") || content.starts_with(b"#!");
        let deflated = compress_to_vec(&content, LEVEL);
        let (method, data) = if deflated.len() < content.len() { (DEFLATED, deflated) } else { (STORED, content) };
        Self { name, size, exports, executable, crc32: crc.sum(), method, data }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry { name: self.name.clone(), size: self.size, exports: self.exports.clone() }
    }
}

/// Writes the archive of `files`, which are sorted by name.
pub(super) fn write(files: &[PackedFile], path: &Path) -> Result<Vec<u8>, PackageError> {
    let too_many = || PackageError::TooManyFiles { path: path.to_path_buf(), count: files.len() };
    let count = u16::try_from(files.len()).map_err(|_| too_many())?;
    let mut zip = Vec::with_capacity(files.iter().map(|file| file.data.len() + 2 * file.name.len() + 76).sum());
    let mut directory = Vec::new();
    for file in files {
        let offset = u32_of(zip.len(), path)?;
        zip.extend(0x0403_4b50_u32.to_le_bytes());
        let common = header(file, path)?;
        zip.extend(&common);
        zip.extend(file.name.as_bytes());
        zip.extend(&file.data);

        let mode: u32 = if file.executable { 0o100_755 } else { 0o100_644 };
        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend(VERSION_MADE_BY.to_le_bytes());
        directory.extend(&common);
        // Comment length, disk number and internal attributes.
        directory.extend([0; 6]);
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(file.name.as_bytes());
    }
    let start = u32_of(zip.len(), path)?;
    let length = u32_of(directory.len(), path)?;
    zip.extend(directory);
    zip.extend(0x0605_4b50_u32.to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(count.to_le_bytes());
    zip.extend(count.to_le_bytes());
    zip.extend(length.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0; 2]);
    Ok(zip)
}

/// The 26 bytes that a file's local header and its line in the directory share.
fn header(file: &PackedFile, path: &Path) -> Result<Vec<u8>, PackageError> {
    let name_length =
        u16::try_from(file.name.len()).map_err(|_| PackageError::NameTooLong { path: path.join(&file.name) })?;
    let flags = if file.name.is_ascii() { 0 } else { UTF8_NAME };
    let mut header = Vec::with_capacity(26);
    for half in [VERSION_NEEDED, flags, file.method, TIME, DATE] {
        header.extend(half.to_le_bytes());
    }
    header.extend(file.crc32.to_le_bytes());
    header.extend(u32_of(file.data.len(), path)?.to_le_bytes());
    header.extend(u32_of(usize::try_from(file.size).unwrap_or(usize::MAX), path)?.to_le_bytes());
    header.extend(name_length.to_le_bytes());
    // No extra field: those hold what differs between machines.
    header.extend([0; 2]);
    Ok(header)
}

fn u32_of(number: usize, path: &Path) -> Result<u32, PackageError> {
    u32::try_from(number)
        .map_err(|_| PackageError::too_large(path, super::Limit::Zip, number as u64, std::iter::empty()))
}

/// Lists an archive that someone else made.
pub(super) fn list(path: &Path, zip: &[u8]) -> Result<Vec<Entry>, PackageError> {
    if !zip.starts_with(b"PK") {
        return Err(PackageError::NotAnArchive { path: path.to_path_buf() });
    }
    let damaged = |source| PackageError::DamagedArchive { path: path.to_path_buf(), source };
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).map_err(damaged)?;
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        if file.is_file() {
            let name = file.name().map_err(damaged)?.replace('\\', "/");
            entries.push(Entry { name, size: file.size(), exports: None });
        }
    }
    if entries.is_empty() {
        return Err(PackageError::Empty { path: path.to_path_buf() });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}
