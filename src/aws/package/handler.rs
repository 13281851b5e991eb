//! Whether the function's handler is in its package.

use super::{Entry, Package};
use crate::diagnostic::Diagnostic;

/// Why a handler cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// The text is no handler.
    #[error("`{handler}` is not a handler")]
    Malformed {
        /// The handler as written.
        handler: String,
    },
    /// No file has the handler's name.
    #[error("the handler `{handler}` needs {}", one_of(looked_for))]
    File {
        /// The handler as written.
        handler: String,
        /// The names that would do, in the order in which Lambda tries them.
        looked_for: Vec<String>,
        /// Files with a similar name.
        near: Vec<String>,
        /// Some of the files that could hold a handler, if none has a similar name.
        others: Vec<String>,
    },
    /// The handler's file exports no such function.
    #[error("`{file}` does not export `{export}`, which the handler `{handler}` names")]
    Export {
        /// The handler as written.
        handler: String,
        /// The file in the archive.
        file: String,
        /// The missing name.
        export: String,
        /// What the file does export.
        exports: Vec<String>,
    },
}

impl HandlerError {
    pub(super) fn file(handler: &str, looked_for: &[String], names: Vec<String>) -> Self {
        let wanted = looked_for.first().map(|name| stem(name).to_owned()).unwrap_or_default();
        let extension = |name: &str| name.rsplit_once('.').map(|(_, extension)| extension.to_owned());
        let fits = |name: &&String| looked_for.iter().any(|wanted| extension(wanted) == extension(name));
        let others: Vec<String> = names.iter().filter(fits).take(3).cloned().collect();
        let near = nearest(&wanted, names, stem);
        let others = if near.is_empty() { others } else { Vec::new() };
        Self::File { handler: handler.to_owned(), looked_for: looked_for.to_vec(), near, others }
    }

    /// Says what to do about it, in full sentences, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Malformed { .. } => Some(
                "Write the file without its extension, a dot and the function, such as \"main.handler\".".to_owned(),
            ),
            Self::File { near, others, .. } if near.is_empty() && others.is_empty() => None,
            Self::File { near, others, .. } if near.is_empty() => Some(format!(
                "The package has {}: name such a file in `handler`, or add the missing one.",
                list(others, "and")
            )),
            Self::File { near, .. } => Some(format!("Did you mean {}?", one_of(near))),
            Self::Export { exports, .. } if exports.is_empty() => {
                Some("The file exports nothing: write `export` in front of the function.".to_owned())
            }
            Self::Export { exports, .. } => Some(format!("It exports {}.", list(exports, "and"))),
        }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let help = error.help().unwrap_or_default();
        Self::error("Missing handler").with(|it| {
            it.detail(format!("Function code: {error}.")).help(help);
        })
    }
}

/// A handler of the Node.js runtimes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// The file without its extension.
    pub(super) module: String,
    /// The first name that the module has to export.
    pub(super) export: String,
}

impl Node {
    /// Takes the file up to the first dot after the last slash, as the runtime does.
    pub(super) fn parse(handler: &str) -> Result<Self, HandlerError> {
        let malformed = || HandlerError::Malformed { handler: handler.to_owned() };
        let (folder, name) = handler.rsplit_once('/').map_or(("", handler), |(folder, name)| (folder, name));
        let (module, function) = name.split_once('.').ok_or_else(malformed)?;
        let export = function.split('.').next().unwrap_or_default();
        if module.is_empty() || export.is_empty() {
            return Err(malformed());
        }
        let module = if handler.contains('/') { format!("{folder}/{module}") } else { module.to_owned() };
        let module = module.trim_start_matches("./").to_owned();
        Ok(Self { module, export: export.to_owned() })
    }
}

/// Checks that `handler` is in the package, as far as that can be told without running it.
///
/// Node.js, Python and Ruby are checked; for JavaScript that was compiled here, the export too. Other runtimes look
/// elsewhere. A function with layers may have its handler in one of them, so its caller does not call this.
pub fn check_handler(package: &Package, handler: &str, runtime: &str) -> Result<(), HandlerError> {
    // Absolute: in a layer or in the runtime itself.
    if handler.starts_with('/') {
        return Ok(());
    }
    if runtime.starts_with("nodejs") {
        return check_node(package, handler);
    }
    let looked_for = if runtime.starts_with("python") {
        let (module, _) =
            handler.rsplit_once('.').ok_or_else(|| HandlerError::Malformed { handler: handler.to_owned() })?;
        let module = module.replace('.', "/");
        vec![format!("{module}.py"), format!("{module}/__init__.py")]
    } else if runtime.starts_with("ruby") {
        let (module, _) =
            handler.split_once('.').ok_or_else(|| HandlerError::Malformed { handler: handler.to_owned() })?;
        vec![format!("{module}.rb")]
    } else {
        return Ok(());
    };
    find(package, handler, &looked_for).map(|_| ())
}

fn check_node(package: &Package, handler: &str) -> Result<(), HandlerError> {
    let node = Node::parse(handler)?;
    let looked_for: Vec<String> =
        ["", ".js", ".mjs", ".cjs"].iter().map(|extension| format!("{}{extension}", node.module)).collect();
    let entry = match package.entries.iter().find(|entry| entry.name == node.module) {
        Some(entry) => entry,
        None => find(package, handler, &looked_for[1..])?,
    };
    let Some(exports) = &entry.exports else {
        return Ok(());
    };
    if exports.open || exports.names.contains(&node.export) {
        return Ok(());
    }
    Err(HandlerError::Export {
        handler: handler.to_owned(),
        file: entry.name.clone(),
        export: node.export,
        exports: exports.names.clone(),
    })
}

fn find<'p>(package: &'p Package, handler: &str, looked_for: &[String]) -> Result<&'p Entry, HandlerError> {
    looked_for.iter().find_map(|name| package.entries.iter().find(|entry| entry.name == *name)).ok_or_else(|| {
        let names = package.entries.iter().map(|entry| entry.name.clone());
        HandlerError::file(handler, looked_for, names.filter(|name| !name.contains("node_modules/")).collect())
    })
}

fn stem(name: &str) -> &str {
    let file = name.rfind('/').map_or(0, |at| at + 1);
    name[file..].find('.').map_or(name, |at| &name[..file + at])
}

/// The three names nearest to `wanted`, if they are near at all.
fn nearest(wanted: &str, names: Vec<String>, of: impl Fn(&str) -> &str) -> Vec<String> {
    let file = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let far = (wanted.chars().count() / 2).max(2);
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| {
            let moved = usize::from(of(&name) != wanted);
            let distance = distance(of(&name), wanted).min(distance(&file(of(&name)), &file(wanted)) + moved);
            (distance, name)
        })
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many characters have to change to get from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

fn one_of(names: &[String]) -> String {
    list(names, "or")
}

fn list(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {word} `{last}`", first.join(", "))
        }
    }
}
