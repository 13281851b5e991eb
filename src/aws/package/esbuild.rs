//! Bundling with the esbuild that the folder itself has installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::archive::PackedFile;
use super::handler::{HandlerError, Node};
use super::{Built, Exports, Options, PackageError, Warning, error};

/// In the order in which esbuild itself prefers them.
const ENTRIES: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/// What the runtime has, whatever its version; the newest when the runtime is not known.
const NEWEST: &str = "node22";

/// Tells whether the folder is a package that has esbuild.
pub(super) fn is_in(folder: &Path) -> bool {
    folder.join("package.json").is_file() && folder.join("node_modules/esbuild").is_dir()
}

/// Bundles the handler's file into one, with nothing of the machine in it.
pub(super) fn bundle(folder: &Path, options: Options<'_>) -> Result<Built, PackageError> {
    let handler = options.handler.ok_or_else(|| PackageError::NoEntry { path: folder.to_path_buf() })?;
    let node = Node::parse(handler)?;
    let candidates: Vec<String> = ENTRIES.iter().map(|extension| format!("{}.{extension}", node.module)).collect();
    let Some(entry) = candidates.iter().find(|name| folder.join(name).is_file()) else {
        return Err(HandlerError::file(handler, &candidates, names_beside(folder, &node.module)).into());
    };
    let program = program(folder);
    let output = Command::new(&program)
        .current_dir(folder)
        .args([entry.as_str(), "--bundle", "--platform=node", "--format=cjs", "--external:@aws-sdk/*"])
        .arg(format!("--target={}", target(options.runtime)))
        .args(["--log-level=warning", "--log-limit=0", "--color=false", "--charset=utf8"])
        .env_remove("NODE_PATH")
        .env_remove("ESBUILD_BINARY_PATH")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| PackageError::EsbuildStart { program, source })?;
    let report = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !output.status.success() {
        let report = if report.is_empty() { format!("esbuild ended with {}.", output.status) } else { report };
        return Err(PackageError::Esbuild { path: folder.to_path_buf(), report });
    }
    let exports = exports(&output.stdout);
    let file = PackedFile::new(format!("{}.js", node.module), output.stdout, exports);
    error::check_unzipped(folder, std::iter::once((file.name.as_str(), file.size)))?;
    let warning =
        (!report.is_empty()).then(|| Warning { path: folder.join(entry), excerpt: None, message: report, help: None });
    Ok(Built { files: vec![file], warnings: warning.into_iter().collect() })
}

fn program(folder: &Path) -> PathBuf {
    // The process starts in the folder, where a relative path would mean something else.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    if cfg!(windows) {
        folder.join("node_modules/.bin/esbuild.cmd")
    } else {
        folder.join("node_modules/esbuild/bin/esbuild")
    }
}

/// esbuild's name for a runtime: `node20` for `nodejs20.x`.
fn target(runtime: Option<&str>) -> String {
    let version = runtime.and_then(|runtime| runtime.strip_prefix("nodejs")).and_then(|rest| rest.strip_suffix(".x"));
    version
        .filter(|version| version.parse::<u32>().is_ok())
        .map_or_else(|| NEWEST.to_owned(), |version| format!("node{version}"))
}

/// Reads the names that esbuild notes for Node.js at the end of a bundle.
fn exports(bundle: &[u8]) -> Option<Exports> {
    const NOTE: &str = "0 && (module.exports = {";
    let text = std::str::from_utf8(bundle).ok()?;
    let (_, after) = text.rsplit_once(NOTE)?;
    let (inside, _) = after.split_once("})")?;
    let mut names: Vec<String> = inside
        .split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let open = names.iter().any(|name| name.starts_with("..."));
    names.retain(|name| !name.starts_with("..."));
    names.sort();
    Some(Exports { names, open })
}

fn names_beside(folder: &Path, module: &str) -> Vec<String> {
    let prefix = module.rsplit_once('/').map_or(String::new(), |(prefix, _)| format!("{prefix}/"));
    let entries = std::fs::read_dir(folder.join(&prefix)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| format!("{prefix}{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_follows_the_runtime() {
        for (runtime, expected) in [
            (Some("nodejs20.x"), "node20"),
            (Some("nodejs24.x"), "node24"),
            (Some("provided.al2023"), NEWEST),
            (None, NEWEST),
        ] {
            assert_eq!(target(runtime), expected);
        }
    }

    #[test]
    fn the_note_at_the_end_of_a_bundle_names_its_exports() {
        let bundle = b"module.exports = x;\n// Annotate\n0 && (module.exports = {\n  handler,\n  again,\n  ...require(\"x\")\n});\n";
        let exports = exports(bundle).unwrap();
        assert_eq!(exports.names, ["again", "handler"]);
        assert!(exports.open);
        assert_eq!(super::exports(b"module.exports = 1;"), None);
    }
}
