//! The policies written into a role and those attached to it, where the role owns its lists.

use std::collections::BTreeSet;

use super::place::Place;
use super::{InlinePolicy, RoleModel};
use crate::aws::iam::document::{self, Usage};
use crate::aws::iam::visibility::once_visible;
use crate::diagnostic::Diagnostics;
use crate::resource::OpResult;
use crate::value::Value;

/// Which of its lists a role owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) inline: bool,
    pub(super) attached: bool,
}

impl Owned {
    /// A list is owned once it was written in configuration. Otherwise it stays null in state: what other resources put on
    /// the role is theirs to report, and a refresh saves the calls.
    pub(super) fn of(model: &RoleModel) -> Self {
        Self { inline: !model.inline_policy.is_empty(), attached: model.managed_policy_arns.is_some() }
    }
}

/// Checks the inline policies of what is wanted.
pub(super) fn check(wanted: &Value, problems: &mut Diagnostics) {
    let blocks = wanted.attr("inline_policy");
    for (i, block) in blocks.items().unwrap_or_default().iter().enumerate() {
        let (name, policy) = (block.attr("name"), block.attr("policy"));
        if name.is_null() != policy.is_null() {
            let (there, missing) = if name.is_null() { ("policy", "name") } else { ("name", "policy") };
            problems
                .error("Incomplete inline policy")
                .on(format!("inline_policy.{i}.{there}").as_str())
                .detail(format!("The block has a `{there}` but no `{missing}`."))
                .help("Write both, or an empty block to remove all inline policies.");
        }
        document::check_at(wanted, &format!("inline_policy.{i}.policy"), Usage::Inline, problems);
    }
}

impl Place<'_> {
    /// The lists that the role owns, as they are.
    pub(super) async fn lists(
        &self,
        owned: Owned,
        prior: &RoleModel,
    ) -> OpResult<(Vec<InlinePolicy>, Option<Vec<String>>)> {
        let attached = if owned.attached { Some(self.attached().await?) } else { None };
        let mut inline = Vec::new();
        if owned.inline {
            for name in self.inline_names().await? {
                if let Some(text) = self.inline_document(&name).await? {
                    let author = prior.inline_policy.iter().find(|policy| policy.name.as_deref() == Some(&name));
                    let author = author.and_then(|policy| policy.policy.as_deref()).unwrap_or_default();
                    inline.push(InlinePolicy { policy: Some(document::kept(author, &text)), name: Some(name) });
                }
            }
            // An empty block says "no policies": as long as that is so, it is what there is.
            if inline.is_empty() && prior.inline_policy.iter().all(|policy| name_of(policy).is_none()) {
                inline.clone_from(&prior.inline_policy);
            }
        }
        Ok((inline, attached))
    }

    /// Makes the lists that are wanted the only ones, where they differ from what there is.
    pub(super) async fn put_lists(&self, prior: &RoleModel, wanted: &RoleModel) -> OpResult<()> {
        if !wanted.inline_policy.is_empty() && !same_inline(&prior.inline_policy, &wanted.inline_policy) {
            self.put_inline(&prior.inline_policy, &wanted.inline_policy).await?;
        }
        if let Some(arns) = &wanted.managed_policy_arns {
            let arns: BTreeSet<&str> = arns.iter().map(String::as_str).collect();
            let prior: Option<BTreeSet<&str>> =
                prior.managed_policy_arns.as_ref().map(|arns| arns.iter().map(String::as_str).collect());
            if prior.as_ref() != Some(&arns) {
                self.put_attached(&arns).await?;
            }
        }
        Ok(())
    }

    async fn put_inline(&self, prior: &[InlinePolicy], wanted: &[InlinePolicy]) -> OpResult<()> {
        let names: BTreeSet<&str> = wanted.iter().filter_map(name_of).collect();
        let there = once_visible(self.aws, self.run, |_| false, || self.inline_names()).await?;
        for stranger in there.iter().filter(|name| !names.contains(name.as_str())) {
            self.remove_inline(stranger).await?;
        }
        for policy in wanted {
            let (Some(name), Some(text)) = (name_of(policy), policy.policy.as_deref()) else {
                continue;
            };
            let unchanged = there.iter().any(|there| there == name)
                && prior.iter().any(|prior| {
                    name_of(prior) == Some(name)
                        && prior.policy.as_deref().is_some_and(|prior| document::same_text(prior, text))
                });
            if !unchanged {
                self.put_policy(name, text).await?;
            }
        }
        Ok(())
    }

    async fn put_attached(&self, wanted: &BTreeSet<&str>) -> OpResult<()> {
        let there = once_visible(self.aws, self.run, |_| false, || self.attached()).await?;
        for stranger in there.iter().filter(|arn| !wanted.contains(arn.as_str())) {
            self.detach(stranger).await?;
        }
        for arn in wanted.iter().filter(|arn| !there.iter().any(|there| there == *arn)) {
            self.attach(arn).await?;
        }
        Ok(())
    }
}

fn name_of(policy: &InlinePolicy) -> Option<&str> {
    policy.name.as_deref().filter(|name| !name.is_empty())
}

fn same_inline(a: &[InlinePolicy], b: &[InlinePolicy]) -> bool {
    let within = |a: &[InlinePolicy], b: &[InlinePolicy]| {
        a.iter().all(|x| {
            b.iter().any(|y| {
                let texts = (x.policy.as_deref().unwrap_or_default(), y.policy.as_deref().unwrap_or_default());
                name_of(x) == name_of(y) && document::same_text(texts.0, texts.1)
            })
        })
    };
    a.is_empty() == b.is_empty() && within(a, b) && within(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(name: Option<&str>, text: Option<&str>) -> InlinePolicy {
        InlinePolicy { name: name.map(Into::into), policy: text.map(Into::into) }
    }

    #[test]
    fn inline_policies_are_compared_by_name_and_meaning() {
        let a = [policy(Some("a"), Some(r#"{"Statement":[{"Action":["x"]}]}"#)), policy(Some("b"), Some("{}"))];
        let b = [policy(Some("b"), Some("{ }")), policy(Some("a"), Some(r#"{"Statement":{"Action":"x"}}"#))];
        assert!(same_inline(&a, &b));
        assert!(!same_inline(&a, &b[..1]));
        assert!(!same_inline(&[], &[policy(None, None)]), "an empty block takes ownership");
    }

    #[test]
    fn half_an_inline_policy_is_told() {
        let text = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let block = |entries: [(&str, Value); 2]| Value::object_of(entries);
        let null = || Value::null(crate::value::Type::String);
        let wanted = Value::object_of([(
            "inline_policy",
            Value::tuple(vec![
                block([("name", "a".into()), ("policy", text.into())]),
                block([("name", null()), ("policy", null())]),
                block([("name", "b".into()), ("policy", null())]),
            ]),
        )]);
        let mut problems = Diagnostics::new();
        check(&wanted, &mut problems);
        let places: Vec<_> = problems.iter().filter_map(|p| p.attribute.as_ref().map(ToString::to_string)).collect();
        assert_eq!(places, ["inline_policy[2].name"]);
    }

    #[test]
    fn lists_are_owned_once_written() {
        let role = RoleModel::default();
        assert_eq!(Owned::of(&role), Owned { inline: false, attached: false });
        let role = RoleModel {
            managed_policy_arns: Some(vec![]),
            inline_policy: vec![policy(None, None)],
            ..RoleModel::default()
        };
        assert_eq!(Owned::of(&role), Owned { inline: true, attached: true });
    }
}
