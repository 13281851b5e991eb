//! The policy that a plan needs, for `plan` and `show`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value as Json;

use super::context::Context;
use super::setup::Setup;
use crate::plan::permissions::permissions;
use crate::plan::{Made, Wish};
use crate::render::policy;
use crate::state::Snapshot;

/// In place of a file: the result of the command.
const STDOUT: &str = "-";

/// Whether the policy is asked for, and where it goes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Permissions {
    /// Print the IAM policy that applying this plan needs, in place of the plan; with FILE, write it there beside the plan
    #[arg(long = "permissions", value_name = "FILE", num_args = 0..=1, require_equals = true,
        default_missing_value = STDOUT)]
    to: Option<PathBuf>,
}

impl Permissions {
    /// Whether the policy is asked for.
    pub(crate) fn are_asked_for(&self) -> bool {
        self.to.is_some()
    }

    /// Whether the policy takes the place of the plan.
    pub(crate) fn replace_the_plan(&self) -> bool {
        self.to.as_deref() == Some(Path::new(STDOUT))
    }

    /// Prints or writes the policy, if it is asked for. Nothing, with the reason among the problems, where that fails.
    pub(crate) async fn tell(
        &self,
        setup: &Setup,
        (wish, made, snapshot): (&Wish<'_>, &Made, &Snapshot),
        cx: &mut Context,
    ) -> Option<()> {
        let Some(to) = &self.to else {
            return Some(());
        };
        if !setup.identify().await {
            cx.problems
                .warning("Account not known")
                .detail(
                    "AWS did not tell whose credentials these are, so the ARNs of the policy have `*` for the account.",
                )
                .help("Put the account's 12 digits in place of it, or plan with credentials of the account.");
        }
        let grants = permissions(wish, made, snapshot);
        if grants.is_empty() {
            cx.output.message(
                "This plan calls nothing of AWS, so its policy has no statement. IAM does not take such a policy.\n",
            );
        }
        let documents = policy::documents(&grants);
        if documents.len() > 1 {
            cx.problems
                .warning("Policy too long for one document")
                .detail(format!(
                    "A managed policy has at most {} characters without white space, so this one comes in {} documents.",
                    policy::LIMIT,
                    documents.len()
                ))
                .help("Make a policy of each, and attach all of them.");
        }
        if self.replace_the_plan() {
            cx.output.result(&in_one_text(documents));
            return Some(());
        }
        for (number, document) in documents.iter().enumerate() {
            let path = numbered(to, number + 1);
            if let Err(error) = std::fs::write(&path, policy::text(document)) {
                let detail = format!("Cannot write {}: {error}.", path.display());
                cx.problems.error("Policy not written").detail(detail);
                return None;
            }
            cx.output.message(&format!("Wrote the policy that this plan needs to {}\n", path.display()));
        }
        Some(())
    }
}

/// The document; a list of them where there are several.
fn in_one_text(mut documents: Vec<Json>) -> String {
    match documents.len() {
        1 => policy::text(&documents.remove(0)),
        _ => policy::text(&Json::Array(documents)),
    }
}

/// The file of a document: `policy.json`, then `policy-2.json`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|it| format!(".{}", it.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_has_a_file_of_its_own() {
        assert_eq!(numbered(Path::new("ci/policy.json"), 1), Path::new("ci/policy.json"));
        assert_eq!(numbered(Path::new("ci/policy.json"), 2), Path::new("ci/policy-2.json"));
        assert_eq!(numbered(Path::new("policy"), 3), Path::new("policy-3"));
    }
}
