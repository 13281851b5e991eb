//! Which file of the package a module specifier means.

use std::collections::{BTreeMap, BTreeSet};

/// How Node.js loads a file of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `require` gives its `module.exports`.
    CommonJs,
    /// An ES module.
    Esm,
    /// JSON.
    Json,
    /// Anything else.
    Other,
}

/// The modules that a package will hold, to resolve imports against.
#[derive(Debug, Default)]
pub(super) struct Modules {
    outputs: BTreeMap<String, Kind>,
    /// From a TypeScript source to its output.
    sources: BTreeMap<String, String>,
    /// The folders `…/node_modules/<package>`.
    packages: BTreeSet<String>,
}

/// What a relative specifier means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A file, and the specifier that every loader of Node.js understands.
    File { specifier: String, kind: Kind },
    /// A folder with its own `package.json`, for Node.js to resolve.
    Folder,
    /// Nothing in the package.
    Missing,
}

const TYPESCRIPT: [(&str, &str); 4] = [(".ts", ".js"), (".tsx", ".js"), (".mts", ".mjs"), (".cts", ".cjs")];

/// The name of the JavaScript that a TypeScript file becomes; `None` for declarations and other files.
pub(super) fn output_of(name: &str) -> Option<String> {
    if is_declaration(name) {
        return None;
    }
    TYPESCRIPT.iter().find_map(|(from, to)| Some(format!("{}{to}", name.strip_suffix(from)?)))
}

/// Tells whether a file only declares types.
pub(super) fn is_declaration(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    // `name.d.css.ts` declares the types of `name.css`.
    file.ends_with(".d.mts")
        || file.ends_with(".d.cts")
        || (file.ends_with(".ts") && (file.ends_with(".d.ts") || file.contains(".d.")))
}

impl Modules {
    pub(super) fn add(&mut self, source: &str, output: &str, kind: Kind) {
        self.outputs.insert(output.to_owned(), kind);
        if source != output {
            self.sources.insert(source.to_owned(), output.to_owned());
        }
        if let Some(at) = output.rfind("node_modules/") {
            let start = at + "node_modules/".len();
            let mut parts = output[start..].split('/');
            let first = parts.next().unwrap_or_default();
            let package = match parts.next() {
                Some(second) if first.starts_with('@') => format!("{first}/{second}"),
                _ => first.to_owned(),
            };
            self.packages.insert(format!("{}{package}", &output[..start]));
        }
    }

    /// Resolves `specifier`, which starts with `.`, as TypeScript does: sources before what is beside them.
    pub(super) fn relative(&self, from: &str, specifier: &str) -> Target {
        let Some(joined) = join(from, specifier) else {
            return Target::Missing;
        };
        let file =
            |specifier: String, output: &str| self.outputs.get(output).map(|&kind| Target::File { specifier, kind });
        if !joined.is_empty() && !specifier.ends_with('/') {
            if let Some(found) = file(specifier.to_owned(), &joined) {
                return found;
            }
            if self.sources.contains_key(&joined)
                && let Some(renamed) = output_of(specifier)
                && let Some(output) = self.sources.get(&joined)
                && let Some(found) = file(renamed, output)
            {
                return found;
            }
            for extension in [".js", ".mjs", ".cjs", ".json", ".node"] {
                if let Some(found) = file(format!("{specifier}{extension}"), &format!("{joined}{extension}")) {
                    return found;
                }
            }
        }
        let folder = if joined.is_empty() { String::new() } else { format!("{joined}/") };
        if !joined.is_empty() && self.outputs.contains_key(&format!("{folder}package.json")) {
            return Target::Folder;
        }
        for index in ["index.js", "index.mjs", "index.cjs", "index.json"] {
            let specifier = format!("{}/{index}", specifier.trim_end_matches('/'));
            if let Some(found) = file(specifier, &format!("{folder}{index}")) {
                return found;
            }
        }
        Target::Missing
    }

    /// Tells whether `require(specifier)` in `from` finds the same file without help.
    pub(super) fn require_finds(&self, from: &str, specifier: &str, found: &str) -> bool {
        let (Some(joined), Some(found)) = (join(from, specifier), join(from, found)) else {
            return false;
        };
        if specifier.ends_with('/') {
            return false;
        }
        let candidates = ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"];
        candidates
            .iter()
            .map(|suffix| format!("{joined}{suffix}").trim_start_matches('/').to_owned())
            .find(|candidate| self.outputs.contains_key(candidate))
            == Some(found)
    }

    /// Tells whether a function that has this package can load `specifier`, which names a package.
    pub(super) fn has_package(&self, from: &str, specifier: &str) -> bool {
        // Package-internal names, absolute paths (layers live in `/opt`) and URLs are for Node.js to judge.
        if specifier.starts_with(['#', '/']) || specifier.contains(':') {
            return true;
        }
        let mut parts = specifier.split('/');
        let first = parts.next().unwrap_or_default();
        // In the Node.js runtimes of Lambda, beside the SDK itself.
        if matches!(first, "@aws-sdk" | "@smithy" | "@aws" | "@aws-crypto") || BUILT_IN.contains(&first) {
            return true;
        }
        let package = match parts.next() {
            Some(second) if first.starts_with('@') => format!("{first}/{second}"),
            _ => first.to_owned(),
        };
        let mut folder = from;
        loop {
            folder = folder.rfind('/').map_or("", |at| &folder[..at]);
            let slash = if folder.is_empty() { "" } else { "/" };
            if self.packages.contains(&format!("{folder}{slash}node_modules/{package}")) {
                return true;
            }
            if folder.is_empty() {
                return false;
            }
        }
    }
}

/// Joins a relative specifier with the folder of `from`; `None` if it leaves the package.
fn join(from: &str, specifier: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Modules that Node.js has without the `node:` prefix.
const BUILT_IN: [&str; 42] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn modules() -> Modules {
        let mut modules = Modules::default();
        modules.add("main.ts", "main.js", Kind::CommonJs);
        modules.add("lib/index.ts", "lib/index.js", Kind::CommonJs);
        modules.add("lib/page.mts", "lib/page.mjs", Kind::Esm);
        modules.add("data.json", "data.json", Kind::Json);
        modules.add("node_modules/@x/y/index.js", "node_modules/@x/y/index.js", Kind::Other);
        modules
    }

    fn found(specifier: &str, kind: Kind) -> Target {
        Target::File { specifier: specifier.to_owned(), kind }
    }

    #[test]
    fn relative_specifiers_mean_files_of_the_package() {
        let modules = modules();
        for (from, specifier, expected) in [
            ("main.ts", "./lib", found("./lib/index.js", Kind::CommonJs)),
            ("main.ts", "./lib/", found("./lib/index.js", Kind::CommonJs)),
            ("main.ts", "./lib/index", found("./lib/index.js", Kind::CommonJs)),
            ("main.ts", "./lib/index.ts", found("./lib/index.js", Kind::CommonJs)),
            ("main.ts", "./lib/page", found("./lib/page.mjs", Kind::Esm)),
            ("main.ts", "./lib/page.mjs", found("./lib/page.mjs", Kind::Esm)),
            ("lib/index.ts", "../data.json", found("../data.json", Kind::Json)),
            ("lib/index.ts", ".", found("./index.js", Kind::CommonJs)),
            ("lib/index.ts", "../main", found("../main.js", Kind::CommonJs)),
            ("main.ts", "./absent", Target::Missing),
            ("main.ts", "../main", Target::Missing),
        ] {
            assert_eq!(modules.relative(from, specifier), expected, "{specifier} in {from}");
        }
        assert!(modules.require_finds("main.ts", "./lib", "./lib/index.js"));
        assert!(!modules.require_finds("main.ts", "./lib/page", "./lib/page.mjs"));
    }

    #[test]
    fn packages_are_found_where_node_looks() {
        let modules = modules();
        for (specifier, expected) in [
            ("@x/y", true),
            ("@x/y/deep", true),
            ("@x/z", false),
            ("left-pad", false),
            ("node:fs", true),
            ("fs/promises", true),
            ("@aws-sdk/client-dynamodb", true),
            ("/opt/nodejs/shared.js", true),
        ] {
            assert_eq!(modules.has_package("lib/index.ts", specifier), expected, "{specifier}");
        }
    }

    #[test]
    fn declarations_have_no_output() {
        for (name, output) in [
            ("main.ts", Some("main.js")),
            ("a/b.tsx", Some("a/b.js")),
            ("a.mts", Some("a.mjs")),
            ("a.cts", Some("a.cjs")),
            ("a.d.ts", None),
            ("a.d.mts", None),
            ("a.d.css.ts", None),
            ("a.js", None),
        ] {
            assert_eq!(output_of(name).as_deref(), output, "{name}");
        }
    }
}
