//! Functions that read files and take paths apart.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::diagnostic::did_you_mean;
use crate::value::{Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("file", &[PATH], Want::Text, |given, args| Ok(read_text(given, args, 0)?.into())),
    Function::new("filebase64", &[PATH], Want::Text, |given, args| Ok(STANDARD.encode(read(given, args, 0)?).into())),
    Function::new("fileexists", &[PATH], Want::Bool, fileexists),
    Function::new("fileset", &[PATH, Param::new("pattern", Want::Text)], Want::Any, fileset)
        .giving(|_| Some(Type::set(Type::String))),
    Function::new("pathexpand", &[PATH], Want::Text, pathexpand),
    Function::new("abspath", &[PATH], Want::Text, abspath),
    Function::new("dirname", &[PATH], Want::Text, |_, args| Ok(dirname(text(args, 0)).into())),
    Function::new("basename", &[PATH], Want::Text, |_, args| Ok(basename(text(args, 0)).into())),
];

const PATH: Param = Param::new("path", Want::Text);

fn resolve(given: &Given<'_>, path: &str) -> PathBuf {
    given.folder().join(path)
}

pub(super) fn read(given: &Given<'_>, args: &[Value], position: usize) -> Result<Vec<u8>, Fault> {
    let path = text(args, position);
    let real = resolve(given, path);
    std::fs::read(&real).map_err(|error| {
        Fault::arg(
            position,
            match error.kind() {
                std::io::ErrorKind::NotFound => format!(
                    "no file exists at {path:?}{}; this function works only with files that are there before recon runs",
                    nearest(&real)
                ),
                std::io::ErrorKind::IsADirectory => format!("{path:?} is a folder, not a file"),
                _ => format!("failed to read {path:?}: {error}"),
            },
        )
    })
}

/// The file in the same folder whose name is nearest to the missing one, as a clause.
fn nearest(missing: &Path) -> String {
    let file = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let beside = missing.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let names: Vec<String> = beside.into_iter().flatten().flatten().filter_map(|entry| file(&entry.path())).collect();
    let wanted = file(missing).unwrap_or_default();
    match did_you_mean(&wanted, names.iter().map(String::as_str)).strip_prefix("Did you mean ") {
        Some(name) => format!(", but {} does", name.trim_end_matches('?')),
        None => String::new(),
    }
}

pub(super) fn read_text(given: &Given<'_>, args: &[Value], position: usize) -> Result<String, Fault> {
    String::from_utf8(read(given, args, position)?).map_err(|_| {
        let path = text(args, position);
        Fault::arg(position, format!("contents of {path:?} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents"))
    })
}

fn fileexists(given: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let path = text(args, 0);
    match std::fs::metadata(resolve(given, path)) {
        Ok(found) if found.is_file() => Ok(true.into()),
        Ok(_) => Err(Fault::arg(0, format!("{path:?} is not a regular file, but a folder or a device"))),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(false.into())
        }
        Err(error) => Err(Fault::arg(0, format!("failed to look at {path:?}: {error}"))),
    }
}

fn fileset(given: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let written = text(args, 1);
    let (base, pattern, left) = start_of(&resolve(given, text(args, 0)), &clean(written));
    let matcher = globset::GlobBuilder::new(&literal_exclamations(&pattern))
        .literal_separator(true)
        .build()
        .map_err(|error| Fault::arg(1, format!("failed to glob pattern {written:?}: {error}")))?
        .compile_matcher();
    // Folders below the last part of the pattern need not be read.
    let deepest = if pattern.contains("**") { usize::MAX } else { pattern.matches('/').count() };
    let mut found = Vec::new();
    let mut pending = vec![(PathBuf::new(), 0)];
    while let Some((relative, depth)) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(base.join(&relative)) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = relative.join(entry.file_name());
            if kind.is_dir() {
                if depth < deepest {
                    pending.push((path, depth + 1));
                }
            } else if matcher.is_match(&path) && base.join(&path).is_file() {
                found.push(Value::string(from_folder(&left, &path).to_string_lossy()));
            }
        }
    }
    Ok(Value::set(Type::String, found))
}

/// Takes the `..` at the start of a pattern as steps up from the folder. Gives the folder to start from, the rest of the
/// pattern, and the names of the folders that were left, outermost first.
fn start_of(folder: &Path, pattern: &str) -> (PathBuf, String, Vec<OsString>) {
    let mut base = PathBuf::from(clean(&folder.to_string_lossy()));
    let (mut pattern, mut left) = (pattern, Vec::new());
    while let Some(rest) = pattern.strip_prefix("../") {
        let Some(name) = base.file_name().map(OsString::from) else { break };
        left.insert(0, name);
        base.pop();
        pattern = rest;
    }
    (base, pattern.to_owned(), left)
}

/// A path as seen from the folder that was left.
fn from_folder(left: &[OsString], path: &Path) -> PathBuf {
    let mut parts = path.components().peekable();
    let mut inside = 0;
    while left.get(inside).is_some_and(|name| parts.next_if(|part| part.as_os_str() == name).is_some()) {
        inside += 1;
    }
    let mut shown: PathBuf = left[inside..].iter().map(|_| "..").collect();
    shown.extend(parts);
    shown
}

/// In the original only `^` excludes characters, so an exclamation mark goes where it has no meaning.
fn literal_exclamations(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, class)) = rest.split_once("[!") {
        out.push_str(before);
        out.push('[');
        match class.split_once(']') {
            Some((inner, behind)) => {
                out.push_str(inner);
                out.push_str("!]");
                rest = behind;
            }
            None => {
                out.push('!');
                rest = class;
            }
        }
    }
    out + rest
}

fn pathexpand(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let path = text(args, 0);
    let Some(rest) = path.strip_prefix('~') else {
        return Ok(path.into());
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(Fault::arg(0, "the home folder of another user is not known; write the whole path"));
    }
    let home = std::env::home_dir().ok_or_else(|| Fault::Call("there is no home folder".into()))?;
    Ok(clean(&format!("{}{rest}", home.to_string_lossy())).into())
}

fn abspath(given: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let path = std::path::absolute(resolve(given, text(args, 0))).map_err(|error| Fault::Call(error.to_string()))?;
    Ok(clean(&path.to_string_lossy()).into())
}

/// A path without needless parts, by its text alone.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn dirname(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    match Path::new(trimmed).file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None if trimmed.is_empty() => "/".to_owned(),
        None => trimmed.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}
