//! The files of one folder to the bodies of a module.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::join;
use super::overrides::merge;
use crate::diagnostic::{Diagnostics, SourceId, SourceMap, Span};
use crate::language::ast::{Body, Expr, ExprKind};
use crate::language::parse::{parse_body, parse_json_body};
use crate::schema::Schemas;

/// What was read of a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    /// What the files say, overrides merged into them.
    pub(super) bodies: Vec<Body>,
    /// There are no files.
    pub(super) empty: bool,
    /// Where something could not be understood.
    pub(super) gaps: Gaps,
}

/// Places at which a problem may follow from one that was reported when a file was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    /// Stretches that could not be understood.
    stretches: Vec<Span>,
    /// Headers of the blocks in which they are: something may only seem to be missing there.
    headers: Vec<Span>,
    /// Names may have been declared in a stretch.
    pub(super) names: bool,
}

impl Gaps {
    /// Whether a problem at a place may be a consequence.
    pub(super) fn explain(&self, span: Span) -> bool {
        let inside = |gap: &Span| gap.source == span.source && gap.start <= span.start && span.end <= gap.end;
        self.headers.contains(&span) || self.stretches.iter().any(inside)
    }

    /// Takes over those of another folder.
    pub(super) fn extend(&mut self, other: &Self) {
        self.stretches.extend(&other.stretches);
        self.headers.extend(&other.headers);
    }

    fn body(&mut self, body: &Body, header: Option<Span>, declares: bool) {
        self.stretches.extend(&body.gaps);
        if !body.gaps.is_empty() {
            self.headers.extend(header);
            self.names |= declares;
        }
        self.stretches.extend(body.attributes.iter().map(|a| &a.expr).filter(|expr| is_invalid(expr)).map(|e| e.span));
        for block in &body.blocks {
            self.body(&block.body, Some(block.header), &*block.ty.text == "locals");
        }
    }
}

fn is_invalid(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Invalid => true,
        ExprKind::Tuple(items) => items.iter().any(is_invalid),
        ExprKind::Object(items) => items.iter().any(|(key, value)| is_invalid(key) || is_invalid(value)),
        _ => false,
    }
}

/// Reads the configuration files of a folder, and others as if they lay there. `None` if the folder cannot be read.
pub(super) fn read(
    (folder, others): (&Path, &[PathBuf]),
    call: Option<Span>,
    schemas: &dyn Schemas,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Folder> {
    let mut names: Vec<String> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_configuration(name))
            .collect(),
        Err(error) => {
            not_readable(folder, &error, call, problems);
            return None;
        }
    };
    names.sort();
    // A folder is no file, whatever it is called.
    names.retain(|name| !folder.join(name).is_dir());
    let files = names.into_iter().map(|name| (join(folder, &name), name));
    let others = others.iter().map(|path| (path.clone(), String::new()));
    let files: Vec<(PathBuf, String)> = files.chain(others).collect();
    let (mut bodies, mut overrides) = (Vec::new(), Vec::new());
    let before = problems.len();
    let mut found = Folder { empty: files.is_empty(), ..Folder::default() };
    for (path, name) in files {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                not_readable(&path, &error, call, problems);
                found.gaps.names = true;
                continue;
            }
        };
        let Some((source, text)) = read_source(&path, bytes, sources, problems) else {
            found.gaps.names = true;
            continue;
        };
        let body = match name.ends_with(".json") {
            true => parse_json_body(source, &text, schemas, problems),
            false => parse_body(source, &text, problems),
        };
        if is_override(&name) { overrides.push(body) } else { bodies.push(body) }
    }
    if problems.len() > before {
        for body in bodies.iter().chain(&overrides) {
            found.gaps.body(body, None, true);
        }
    }
    found.bodies = merge(bodies, overrides, problems);
    Some(found)
}

/// Takes the bytes of a file as text, and the text as a source of spans. `None`, with a problem, if they are no text.
pub fn read_source(
    path: &Path,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<(SourceId, Arc<str>)> {
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text: Arc<str> = text.into();
            Some((sources.add(path, text.clone()), text))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let source = sources.add(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let detail = "The file is not encoded in UTF-8: the bytes here are no character.";
            let span = Span::new(source, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            problems.error("Invalid character encoding").at(span).detail(detail);
            None
        }
    }
}

fn not_readable(path: &Path, error: &std::io::Error, call: Option<Span>, problems: &mut Diagnostics) {
    let detail = format!("{} cannot be read: {error}.", path.display());
    problems.error("File not readable").at(call).detail(detail);
}

/// Whether a file is part of the configuration by its name.
pub fn is_configuration(name: &str) -> bool {
    // Hidden files and those that editors leave behind are nobody's configuration.
    let ignored = name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
    !ignored && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".tf.json").or_else(|| name.strip_suffix(".tf")).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    #[test]
    fn settings_providers_and_modules_can_be_in_json() {
        let (config, problems) = run(&[
            (
                "main.tf.json",
                r#"{
  "terraform": {
    "required_version": ">= 1.0",
    "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 6.0"}},
    "backend": {"local": {"path": "x"}}
  },
  "provider": {"aws": [{"region": "${var.region}"}, {"alias": "b", "default_tags": {"tags": {"a": "b"}}}]},
  "variable": {"region": {"default": "r", "validation": {"condition": "${var.region != \"\"}", "error_message": "no"}}},
  "data": {"aws_region": {"here": {"provider": "aws.b"}}},
  "resource": {"aws_thing": {"a": {"name": "n", "rule": {"port": "${1 + 1}"}, "for_each": ["x"]}}},
  "module": {"m": {"source": "./m", "name": "${data.aws_region.here.name}", "providers": {"aws": "aws"}, "depends_on": ["aws_thing.a"]}},
  "output": {"o": {"value": "${module.m}", "precondition": [{"condition": "${module.m.x > 1}", "error_message": "no"}]}}
}"#,
            ),
            (
                "m/main.tf.json",
                r#"{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
  "variable": {"name": {}}, "output": {"x": {"value": 1}}}"#,
            ),
        ]);
        assert_eq!(problems, [""; 0]);
        let root = config.unwrap().root;
        assert_eq!(root.providers.len(), 2);
        assert_eq!(root.providers[1].body.blocks.len(), 1);
        assert_eq!(root.variables["region"].validations.len(), 1);
        assert_eq!(root.resources[1].body.blocks.len(), 1);
        assert_eq!(root.calls["m"].inputs.len(), 1);
        assert_eq!(root.calls["m"].depends_on.len(), 1);
    }

    #[test]
    fn what_json_cannot_say_is_told_by_name() {
        let (_, problems) = run(&[(
            "main.tf.json",
            r#"{
  "resource": {"aws_thing": {"a": {"nmae": "n", "rule": "x", "name": "${a b}"}, "b": 1}},
  "output": {"o": {"valeu": 1}},
  "locals": {"a b": 1}
}"#,
        )]);
        assert_eq!(
            problems,
            [
                "main.tf.json:2 Incorrect JSON value type",
                "main.tf.json:2 Extra characters after interpolation expression",
                "main.tf.json:2 Incorrect JSON value type",
                "main.tf.json:2 Unsupported argument / Did you mean \"name\"?",
                "main.tf.json:3 Unsupported argument / Did you mean \"value\"?",
                "main.tf.json:3 Missing required argument",
                "main.tf.json:4 Invalid local value name",
            ]
        );
    }
}
