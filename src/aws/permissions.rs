//! What declarations of permissions share: where ARNs are, and what follows from an attribute.
//!
//! Which resource an action takes, and which conditions, is in the Service Authorization Reference of AWS. Where AWS is known
//! to go by something else, the declaration says so.

use super::Aws;
use crate::resource::Grant;
use crate::resource::permission::pattern;
use crate::value::{Path, Type, Value};

/// Where the objects of a provider configuration are, as their ARNs name it; `*` for what is not known.
pub(super) struct Here {
    partition: String,
    /// The region.
    pub(super) region: String,
    account: String,
}

impl Aws {
    /// Where the objects of these clients are, as far as it is known without asking.
    pub(super) fn here(&self) -> Here {
        let region = self.known_region();
        let any = || "*".to_owned();
        Here {
            partition: region.as_deref().map_or_else(any, |region| Self::partition(region).to_owned()),
            region: region.unwrap_or_else(any),
            account: self.known_account().map_or_else(any, str::to_owned),
        }
    }
}

impl Here {
    /// The ARN of an object in the region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_in(&self.region, service, resource)
    }

    /// The ARN of an object in another region.
    pub(super) fn arn_in(&self, region: &str, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition, self.account)
    }

    /// The ARN of an object in IAM, which has no regions.
    pub(super) fn iam(&self, resource: &str) -> String {
        self.arn_in("", "iam", resource)
    }

    /// The ARN of an object in S3, which has neither region nor account.
    pub(super) fn s3(&self, resource: &str) -> String {
        format!("arn:{}:s3:::{resource}", self.partition)
    }

    /// What a role that an attribute names must be handed to a service with; nothing where no role is named.
    pub(super) fn pass_role(&self, role: &Value, service: &str) -> Vec<Grant> {
        if !is_given(role) {
            return Vec::new();
        }
        let arn = given(role).unwrap_or_else(|| self.iam("role/*"));
        vec![Grant::new("iam:PassRole", arn).only_if("StringEquals", "iam:PassedToService", service)]
    }

    /// What a role that a service makes for itself needs, if it is not there yet.
    pub(super) fn service_role(&self, service: &str) -> Grant {
        let role = self.iam(&format!("role/aws-service-role/{service}/*"));
        Grant::new("iam:CreateServiceLinkedRole", role).only_if("StringEquals", "iam:AWSServiceName", service)
    }

    /// What a service does with a key in the name of its caller; nothing where no key is named.
    pub(super) fn use_key(&self, key: &Value, via: &str, actions: &[&'static str]) -> Vec<Grant> {
        if !is_given(key) {
            return Vec::new();
        }
        let key = match given(key) {
            Some(arn) if arn.starts_with("arn:") => arn,
            // An alias, or a key by its id.
            _ => self.arn("kms", "key/*"),
        };
        let service = format!("{via}.{}.amazonaws.com", self.region);
        let operator = if self.region == "*" { "StringLike" } else { "StringEquals" };
        let grant = |action: &&'static str| Grant::new(action, &*key).only_if(operator, "kms:ViaService", &*service);
        actions.iter().map(grant).collect()
    }
}

/// The text of a value that is known and not empty.
pub(super) fn given(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether a value is there and not empty, or may be.
pub(super) fn is_given(value: &Value) -> bool {
    !value.is_known() || !value.is_empty_or_null()
}

/// Whether a block is written. One that is not known yet is left to AWS, which fills it in.
pub(super) fn is_written(block: &Value) -> bool {
    block.is_known() && is_given(block)
}

/// What is at a path inside of a block; null where that is not written.
pub(super) fn at(value: &Value, path: &str) -> Value {
    Path::from(path).find(value).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// The name of an object, or the pattern of the one that will be made up.
pub(super) fn named(value: &Value, name: &str, prefix: &str) -> String {
    if let Some(name) = given(&value.attr(name)) {
        return name;
    }
    let prefix = value.attr(prefix);
    if is_given(&prefix) && prefix.is_known() { format!("{}*", pattern(&prefix)) } else { "*".to_owned() }
}

/// Whether one of some attributes is to be changed, or may be.
pub(super) fn differ(prior: &Value, wanted: &Value, names: &[&str]) -> bool {
    names.iter().any(|name| !prior.attr(name).same(&wanted.attr(name)))
}

/// What a change of tags needs.
pub(super) fn retag(
    (prior, wanted): (&Value, &Value),
    (tag, untag): (&'static str, &'static str),
    resource: &str,
) -> Vec<Grant> {
    let (prior, wanted) = (prior.attr("tags_all"), wanted.attr("tags_all"));
    let (before, after) = (prior.entries(), wanted.entries());
    let is_open = !wanted.is_known();
    let sets =
        after.is_some_and(|after| after.iter().any(|(name, it)| prior.get(name).is_none_or(|was| !was.same(it))));
    let removes = before.is_some_and(|before| before.keys().any(|name| wanted.get(name).is_none()));
    let mut found = Vec::new();
    if sets || is_open {
        found.push(Grant::new(tag, resource));
    }
    if removes || is_open {
        found.push(Grant::new(untag, resource));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    fn tagged(tags: &[(&str, &str)]) -> Value {
        let entries = tags.iter().map(|(name, value)| ((*name).into(), Value::string(value))).collect();
        Value::object_of([("tags_all", Value::map(Type::String, entries))])
    }

    #[test]
    fn only_the_tag_actions_that_a_change_needs_are_asked_for() {
        let of = |from: &[(&str, &str)], to: &Value| {
            let grants = retag((&tagged(from), to), ("iam:TagRole", "iam:UntagRole"), "*");
            grants.into_iter().map(|grant| grant.action).collect::<Vec<_>>()
        };
        assert_eq!(of(&[("a", "1")], &tagged(&[("a", "1")])), Vec::<&str>::new());
        assert_eq!(of(&[("a", "1")], &tagged(&[("a", "2")])), ["iam:TagRole"]);
        assert_eq!(of(&[("a", "1")], &tagged(&[])), ["iam:UntagRole"]);
        let open = Value::object_of([("tags_all", Value::unknown(Type::map(Type::String)))]);
        assert_eq!(of(&[], &open), ["iam:TagRole", "iam:UntagRole"]);
    }

    #[test]
    fn what_is_not_known_of_a_place_is_any() {
        let here = Aws::new(Settings { region: Some("cn-north-1".into()), ..Settings::default() }).here();
        assert_eq!(here.arn("lambda", "function:f"), "arn:aws-cn:lambda:cn-north-1:*:function:f");
        assert_eq!(here.iam("role/r"), "arn:aws-cn:iam::*:role/r");
        assert!(here.pass_role(&Value::null(Type::String), "lambda.amazonaws.com").is_empty());
        let unknown = here.pass_role(&Value::unknown(Type::String), "lambda.amazonaws.com");
        assert_eq!(unknown[0].resource, "arn:aws-cn:iam::*:role/*");
    }
}
