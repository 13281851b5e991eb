//! From a source folder to the zip that Lambda runs.
//!
//! [`package`] takes a folder, or an archive that already exists, and gives the bytes to upload with their
//! `CodeSha256`. Equal input gives equal bytes on any machine and from any working directory: names are sorted,
//! times and modes are fixed, and the compressor is pinned. A new compressor would redeploy every function, so the
//! unit tests hold a digest.
//!
//! What a folder becomes:
//!
//! - If its own `package.json` comes with `node_modules/esbuild`, esbuild bundles the handler's file into one.
//! - Otherwise every file is taken. `.ts`, `.tsx`, `.mts` and `.cts` become JavaScript, as CommonJS unless the folder says otherwise;
//!   the rest is copied.
//! - Left out, because a function never loads them or they are not for publication: type declarations and source maps,
//!   `.env*` and `.npmrc`, lock files, `tsconfig*.json`, settings of editors, linters and version control, caches,
//!   tests (`*.test.*`, `*.spec.*`, `__tests__`, `__mocks__`), state files; in `node_modules` also `.bin`, `typescript`,
//!   `@types` and what was installed for development only.
//! - Symbolic links are followed, and refused when they leave the folder.
//! - A file is executable in the zip if its content can be executed (ELF or `#!`), whatever its mode on this machine.

mod archive;
mod commonjs;
mod error;
mod esbuild;
mod folder;
mod handler;
mod helpers;
mod imports;
mod tsconfig;
mod typescript;

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

pub use self::error::{Limit, PackageError, SyntaxError, Warning};
pub use self::handler::{HandlerError, check_handler};

/// The most bytes that a zip may have when it is sent with the API call itself.
pub const ZIP_LIMIT: u64 = 50 * 1024 * 1024;

/// The most bytes that a function may have when unpacked.
pub const UNZIPPED_LIMIT: u64 = 250 * 1024 * 1024;

/// What the function says about its code; both are needed for esbuild and for the handler's check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The function's `handler`, such as `main.handler`.
    pub handler: Option<&'a str>,
    /// The function's `runtime`, such as `nodejs22.x`.
    pub runtime: Option<&'a str>,
}

/// Code that is ready to upload.
#[derive(Debug, Clone)]
pub struct Package {
    /// The bytes of the archive.
    pub zip: Vec<u8>,
    /// The SHA-256 of [`Package::zip`] in base64, which is what AWS calls `CodeSha256`.
    pub sha256_base64: String,
    /// What is in the archive, sorted by name.
    pub entries: Vec<Entry>,
    /// What is likely to fail when the function runs.
    pub warnings: Vec<Warning>,
}

/// One file of a [`Package`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path in the archive, with forward slashes.
    pub name: String,
    /// Its size when unpacked.
    pub size: u64,
    /// What the module exports, for JavaScript that was made from TypeScript.
    pub exports: Option<Exports>,
}

/// What a compiled module exports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// The names, sorted; `default` among them.
    pub names: Vec<String>,
    /// Set if there are more that only running the module can tell (`export * from "package"`, `module.exports =`).
    pub open: bool,
}

/// Makes the archive of `path`, which is a folder, a `.zip` or a `.jar`.
///
/// Every TypeScript error of every file is reported at once. Relative imports that lead nowhere are warnings, since the
/// file that has them may never be loaded.
pub fn package(path: &Path, options: Options<'_>) -> Result<Package, PackageError> {
    let about = std::fs::metadata(path).map_err(|source| PackageError::reading(path, source))?;
    let (zip, entries, warnings) = if about.is_dir() {
        let built = if esbuild::is_in(path) { esbuild::bundle(path, options)? } else { folder::build(path)? };
        error::check_unzipped(path, built.files.iter().map(|file| (file.name.as_str(), file.size)))?;
        let entries = built.files.iter().map(archive::PackedFile::entry).collect();
        (archive::write(&built.files, path)?, entries, built.warnings)
    } else if about.is_file() {
        let zip = std::fs::read(path).map_err(|source| PackageError::reading(path, source))?;
        let entries = archive::list(path, &zip)?;
        error::check_unzipped(path, entries.iter().map(|entry| (entry.name.as_str(), entry.size)))?;
        (zip, entries, Vec::new())
    } else {
        return Err(PackageError::NotAFile { path: path.to_path_buf() });
    };
    let size = zip.len() as u64;
    if size > ZIP_LIMIT {
        return Err(PackageError::too_large(path, Limit::Zip, size, entries.iter().map(|e| (e.name.as_str(), e.size))));
    }
    let sha256_base64 = STANDARD.encode(Sha256::digest(&zip));
    Ok(Package { zip, sha256_base64, entries, warnings })
}

/// The files of a package before they are put in an archive.
#[derive(Debug, Default)]
struct Built {
    /// Sorted by name.
    files: Vec<archive::PackedFile>,
    warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests;
