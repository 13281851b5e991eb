//! Functions that read files and take paths apart.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("file", &[PATH], Want::Text, |given, args| Ok(read_text(given, args, 0)?.into())),
    Function::new("filebase64", &[PATH], Want::Text, |given, args| Ok(STANDARD.encode(read(given, args, 0)?).into())),
    Function::new("fileexists", &[PATH], Want::Bool, fileexists),
    Function::new("fileset", &[PATH, Param::new("pattern", Want::Text)], Want::Any, fileset),
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
                    "no file exists at {path:?}; this function works only with files that are there before recon runs"
                ),
                std::io::ErrorKind::IsADirectory => format!("{path:?} is a folder, not a file"),
                _ => format!("failed to read {path:?}: {error}"),
            },
        )
    })
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
    let pattern = text(args, 1);
    let matcher = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| Fault::arg(1, format!("failed to glob pattern {pattern:?}: {error}")))?
        .compile_matcher();
    let base = resolve(given, text(args, 0));
    let mut found = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(relative) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(base.join(&relative)) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = relative.join(entry.file_name());
            if kind.is_dir() {
                pending.push(path);
            } else if matcher.is_match(&path) && base.join(&path).is_file() {
                found.push(Value::string(path.to_string_lossy()));
            }
        }
    }
    Ok(Value::set(Type::String, found))
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
