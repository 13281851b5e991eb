//! What others changed, in every form that people and programs read.

mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;

use std::path::PathBuf;

use super::items::{Shown, shown};
use super::report::Outside;
use super::tree::one_line;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::observed::Drift;
use crate::value::{Path, Value};

/// What was found about the objects that state knows.
#[derive(Debug, Default)]
pub struct Findings {
    /// The objects that differ, by address.
    pub objects: Vec<Finding>,
    /// Every object that was asked for, by address.
    pub asked: Vec<String>,
    /// Why some could not be read.
    pub problems: Diagnostics,
}

/// An object that differs.
#[derive(Debug)]
pub struct Finding {
    /// The object, as people are shown it.
    pub outside: Outside,
    /// The attributes that differ.
    pub differences: Vec<Difference>,
    /// Where its block stands in the configuration, if it has one.
    pub place: Option<Place>,
}

/// A place in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, from the working folder.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// An attribute that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The attribute.
    pub path: Path,
    /// What state holds, without secrets.
    pub state: Shown,
    /// What there is, without secrets.
    pub live: Shown,
}

impl Finding {
    /// The object of a drift, in every detail that is shown.
    pub fn new(outside: Outside, drift: &Drift, place: Option<Place>) -> Self {
        let is_shown = |path: &Path| {
            let label = |name: &str| outside.items.iter().any(|item| item.label.is_named(name));
            path.first().is_some_and(label)
        };
        let secret = |value: &Value| !value.marks_deep().is_none();
        let differences = drift.differences.iter().filter(|difference| is_shown(&difference.path)).map(|difference| {
            // A secret on one side makes the other side one.
            let hides = secret(&difference.before) || secret(&difference.after);
            let show = |value: &Value| if hides && !value.is_null() { Shown::Sensitive } else { shown(value) };
            Difference { path: difference.path.clone(), state: show(&difference.before), live: show(&difference.after) }
        });
        Self { differences: differences.collect(), outside, place }
    }

    /// What happened to the object, as the rest of a sentence that begins with its address.
    pub fn phrase(&self) -> String {
        if self.outside.gone {
            return "is gone: it was deleted outside recon".to_owned();
        }
        let names: Vec<String> = self.differences.iter().map(|d| format!("`{}`", d.path)).collect();
        format!("was changed outside recon: {}", names.join(", "))
    }

    /// Each difference as a line.
    fn lines(&self) -> Vec<String> {
        let short = |value: &Shown| {
            let line = one_line(value);
            if line.chars().count() > 200 {
                format!("{}\u{2026}", line.chars().take(199).collect::<String>())
            } else {
                line
            }
        };
        self.differences
            .iter()
            .map(|difference| {
                format!(
                    "{}: state has {}, there is {}",
                    difference.path,
                    short(&difference.state),
                    short(&difference.live)
                )
            })
            .collect()
    }
}

/// A problem in one line.
fn sentence(problem: &Diagnostic) -> String {
    let text = format!("{}: {}", problem.summary, problem.detail);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::render::items::{Content, Item, Label, Symbol};

    /// Two objects that differ, one that does not, and one that could not be read.
    pub(super) fn findings() -> Findings {
        let (before, after) = (Shown::Number("512".into()), Shown::Number("128".into()));
        let item = Item {
            symbol: Symbol::Change,
            label: Label::Attribute("memory_size".into()),
            content: Content::Change(before.clone(), after.clone()),
            replaces: false,
        };
        let changed = Finding {
            outside: Outside {
                address: "module.m[\"<a>\"].aws_lambda_function.posts".into(),
                id: Some("posts".into()),
                gone: false,
                items: vec![item],
            },
            differences: vec![Difference { path: Path::from("memory_size"), state: before, live: after }],
            place: Some(Place { file: "m/main.tf".into(), line: 7 }),
        };
        let gone = Finding {
            outside: Outside { address: "aws_iam_role.r".into(), id: None, gone: true, items: Vec::new() },
            differences: Vec::new(),
            place: None,
        };
        let mut problems = Diagnostics::new();
        problems.error("Access denied").of("aws_iam_role.s").detail("Not allowed:\n100% no.");
        let asked = ["aws_iam_role.r", "aws_iam_role.s", "aws_iam_role.t", &changed.outside.address];
        let asked = asked.map(str::to_owned).to_vec();
        Findings { objects: vec![gone, changed], asked, problems }
    }
}
