//! IAM: roles, their policies, managed policies, and policy documents.
//!
//! IAM is global: nothing here has a region. Changes to one role follow one another in the queue `iam:role:NAME`, those
//! to one managed policy in `iam:policy:NAME`.

pub(crate) mod document;
mod names;
mod permissions;
mod policy;
mod policy_document;
mod role;
mod role_policy;
mod role_policy_attachment;
mod tagging;
mod visibility;

pub(crate) use policy::Policy;
pub(crate) use policy_document::PolicyDocument;
pub(crate) use role::Role;
pub(crate) use role_policy::RolePolicy;
pub(crate) use role_policy_attachment::RolePolicyAttachment;
