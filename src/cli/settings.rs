//! `recon.toml`: settings of recon itself, which Terraform does not read.
//!
//! ```toml
//! stack = "CdkBackendStack"        # the name in `cdk` exports; else the folder's name
//!
//! [[exports]]
//! format = "dotenv"                # cdk, json, aws-exports, amplify-outputs, dotenv, typescript
//! path   = "../web/.env.local"     # from the folder of recon.toml
//! prefix = "VITE_"                 # dotenv only
//!
//! [modules]                        # folders that stand in for addresses, from the folder of recon.toml
//! "terraform-aws-modules/lambda/aws" = "../modules/lambda"
//! ```

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostics, SourceId, SourceMap, Span, did_you_mean};
use crate::export::{Format, Options};
use crate::modules::Override;

/// The file's name.
pub(crate) const FILE: &str = "recon.toml";

/// An export file to be written after each apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    /// Its form.
    pub(crate) format: Format,
    /// Where it is written.
    pub(crate) path: PathBuf,
    /// What the form needs.
    pub(crate) options: Options,
}

/// What `recon.toml` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The stack's name, if it is set for the whole folder.
    pub(crate) stack: Option<String>,
    /// The export files.
    pub(crate) exports: Vec<Export>,
    /// Folders that stand in for addresses of modules.
    pub(crate) modules: Vec<Override>,
}

impl Settings {
    /// Reads the file of a folder; nothing is set where there is none.
    pub(crate) fn read(folder: &Path, sources: &mut SourceMap, problems: &mut Diagnostics) -> Self {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                problems.error("Unreadable settings").detail(format!("Cannot read {}: {error}.", path.display()));
                return Self::default();
            }
        };
        let shown = path.strip_prefix(".").unwrap_or(&path).to_path_buf();
        let source = sources.add(shown, text.as_str());
        parse(&text, source, folder, problems)
    }
}

/// The name of the stack where none is set: that of the folder in Pascal case, with `Stack` behind it.
pub(crate) fn stack_of_folder(folder: &Path) -> String {
    let name = folder.canonicalize().ok().and_then(|path| path.file_name().map(|n| n.to_string_lossy().into_owned()));
    let words = name.unwrap_or_default();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut stack: String = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    if !stack.ends_with("Stack") {
        stack.push_str("Stack");
    }
    stack
}

fn parse(text: &str, source: SourceId, folder: &Path, problems: &mut Diagnostics) -> Settings {
    let mut reader = Reader { source, folder, problems, settings: Settings::default() };
    match DeTable::parse(text) {
        Ok(table) => reader.root(table.get_ref()),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let detail = format!("The file is not TOML: {}.", error.message().trim_end_matches('.'));
            reader.problems.error("Invalid settings").at(Span::new(source, span.start, span.end)).detail(detail);
        }
    }
    reader.settings
}

struct Reader<'a> {
    source: SourceId,
    folder: &'a Path,
    problems: &'a mut Diagnostics,
    settings: Settings,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn root(&mut self, table: &DeTable<'_>) {
        self.unknown(table, &["stack", "exports", "modules"], FILE);
        self.settings.stack = table.get("stack").and_then(|value| self.text("stack", value));
        if let Some(modules) = table.get("modules") {
            self.modules(modules);
        }
        let Some(exports) = table.get("exports") else {
            return;
        };
        let Some(array) = exports.get_ref().as_array() else {
            let detail = "`exports` is a list of tables, each written as `[[exports]]`.";
            let at = self.span(exports.span());
            self.problems.error("Invalid settings").at(at).detail(detail);
            return;
        };
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => self.export(table, item.span()),
                None => {
                    let detail = "Each of `exports` is a table with `format` and `path`.";
                    let at = self.span(item.span());
                    self.problems.error("Invalid settings").at(at).detail(detail);
                }
            }
        }
    }

    fn modules(&mut self, modules: &Spanned<DeValue<'_>>) {
        let Some(table) = modules.get_ref().as_table() else {
            let detail = "`modules` is a table of addresses and folders, written below `[modules]`.";
            let at = self.span(modules.span());
            self.problems.error("Invalid settings").at(at).detail(detail);
            return;
        };
        for (address, folder) in table.iter() {
            let text = &**address.get_ref();
            let Some(folder) = self.text(text, folder) else { continue };
            match super::modules::replaceable(text) {
                Ok(source) => {
                    let folder = super::modules::beside(self.folder, &folder);
                    self.settings.modules.push(Override { source, folder, option: None });
                }
                Err(why) => {
                    let at = self.span(address.span());
                    self.problems.error("Invalid module source address").at(at).detail(why);
                }
            }
        }
    }

    fn export(&mut self, table: &DeTable<'_>, header: Range<usize>) {
        self.unknown(table, &["format", "path", "stack", "prefix"], "an `exports` table");
        let mut text = |name: &str| table.get(name).map(|value| (self.text(name, value), value.span()));
        let (format, path, stack, prefix) = (text("format"), text("path"), text("stack"), text("prefix"));
        for (name, value) in [("format", &format), ("path", &path)] {
            if value.is_none() {
                let detail = format!("An `exports` table has no `{name}`.");
                let at = self.span(header.clone());
                self.problems.error("Missing setting").at(at).detail(detail);
            }
        }
        let format = format.and_then(|(name, at)| self.format(&name?, at));
        let (Some(format), Some((Some(path), _))) = (format, path) else {
            return;
        };
        let useless = [("stack", &stack, Format::Cdk), ("prefix", &prefix, Format::Dotenv)];
        for (setting, given, only) in useless {
            if let Some((_, at)) = given
                && format != only
            {
                let at = self.span(at.clone());
                let detail = format!("`{setting}` is for the format `{only}`; `{format}` has no use for it.");
                self.problems.error("Setting without effect").at(at).detail(detail);
            }
        }
        let stack = stack.and_then(|(stack, _)| stack).or_else(|| self.settings.stack.clone());
        let options = Options {
            stack: stack.unwrap_or_else(|| stack_of_folder(self.folder)),
            prefix: prefix.and_then(|(prefix, _)| prefix).unwrap_or_default(),
        };
        self.settings.exports.push(Export { format, path: self.folder.join(path), options });
    }

    fn format(&mut self, name: &str, at: Range<usize>) -> Option<Format> {
        let format = name.parse::<Format>().ok();
        if format.is_none() {
            let names = Format::ALL.map(Format::name);
            let at = self.span(at);
            self.problems
                .error("Unknown export format")
                .at(at)
                .detail(format!("`{name}` is no export format; there are {}.", names.join(", ")))
                .help(did_you_mean(name, names));
        }
        format
    }

    fn unknown(&mut self, table: &DeTable<'_>, known: &[&str], place: &str) {
        for key in table.keys().filter(|key| !known.contains(&&**key.get_ref())) {
            let name = key.get_ref();
            let at = self.span(key.span());
            self.problems
                .error("Unknown setting")
                .at(at)
                .detail(format!("There is no setting `{name}` in {place}."))
                .help(did_you_mean(name, known.iter().copied()));
        }
    }

    fn text(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let found = value.get_ref().as_str().map(str::to_owned);
        if found.is_none() {
            let at = self.span(value.span());
            let kind = value.get_ref().type_str();
            self.problems
                .error("Invalid settings")
                .at(at)
                .detail(format!("`{name}` is a text, not a value of type {kind}."));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Look, diagnostics::diagnostics};

    fn read(text: &str) -> (Settings, String) {
        let mut sources = SourceMap::new();
        let source = sources.add(FILE, text);
        let mut problems = Diagnostics::new();
        let settings = parse(text, source, Path::new("web"), &mut problems);
        (settings, diagnostics(&problems, &sources, Look::PLAIN))
    }

    #[test]
    fn exports_are_read_with_their_paths_beside_the_file() {
        let text = "stack = \"Main\"\n[[exports]]\nformat = \"cdk\"\npath = \"../x.json\"\n\
            [[exports]]\nformat = \"dotenv\"\npath = \".env\"\nprefix = \"VITE_\"\n";
        let (settings, problems) = read(text);
        assert_eq!(problems, "");
        let main = |prefix: &str| Options { stack: "Main".into(), prefix: prefix.into() };
        assert_eq!(
            settings.exports,
            [
                Export { format: Format::Cdk, path: "web/../x.json".into(), options: main("") },
                Export { format: Format::Dotenv, path: "web/.env".into(), options: main("VITE_") },
            ]
        );
    }

    #[test]
    fn every_mistake_is_shown_at_its_place() {
        let (_, problems) = read("[[exports]]\nformat = \"ckd\"\npath = 3\npaht = \"x\"\n\n[[export]]\n");
        insta::assert_snapshot!(problems, @r#"
        Error: Unknown export format

          on recon.toml line 2:
          2 | format = "ckd"
            |          ^^^^^

        `ckd` is no export format; there are cdk, json, aws-exports, amplify-outputs, dotenv, typescript.

        Help: Did you mean "cdk"?

        Error: Invalid settings

          on recon.toml line 3:
          3 | path = 3
            |        ^

        `path` is a text, not a value of type integer.

        Error: Unknown setting

          on recon.toml line 4:
          4 | paht = "x"
            | ^^^^

        There is no setting `paht` in an `exports` table.

        Help: Did you mean "path"?

        Error: Unknown setting

          on recon.toml line 6:
          6 | [[export]]
            |   ^^^^^^

        There is no setting `export` in recon.toml.

        Help: Did you mean "exports"?

        Found 4 errors.
        "#);
    }

    #[test]
    fn folders_stand_in_for_addresses_of_modules() {
        let (settings, problems) =
            read("[modules]\n\"x/y/aws\" = \"../y\"\n\"./m\" = \"m\"\nlambda = \"l\"\n\"a/b/c\" = 1\n");
        let found: Vec<String> =
            settings.modules.iter().map(|m| format!("{} {}", m.source, m.folder.display())).collect();
        assert_eq!(found, ["registry.terraform.io/x/y/aws web/../y"]);
        insta::assert_snapshot!(problems, @r#"
        Error: Invalid module source address

          on recon.toml line 3:
          3 | "./m" = "m"
            | ^^^^^

        "./m" is a local path; a folder stands in only for a module from elsewhere.

        Error: Invalid module source address

          on recon.toml line 4:
          4 | lambda = "l"
            | ^^^^^^

        "lambda" is no address of a module, such as "terraform-aws-modules/lambda/aws" or "git::https://…".

        Error: Invalid settings

          on recon.toml line 5:
          5 | "a/b/c" = 1
            |           ^

        `a/b/c` is a text, not a value of type integer.

        Found 3 errors.
        "#);
    }

    #[test]
    fn a_file_that_is_no_toml_says_where() {
        let (_, problems) = read("stack = \n");
        assert!(problems.contains("on recon.toml line 1"), "{problems}");
    }

    #[test]
    fn a_folder_names_its_stack() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cdk-backend");
        std::fs::create_dir(&path).unwrap();
        assert_eq!(stack_of_folder(&path), "CdkBackendStack");
    }
}
