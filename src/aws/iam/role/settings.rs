//! Making a role, and changing its settings one call at a time.

use aws_sdk_iam::types::Role as Found;

use super::RoleModel;
use super::place::Place;
use crate::aws::iam::{document, tagging};
use crate::aws::{error, tags};
use crate::resource::{ErrorKind, OpError, OpResult};

impl Place<'_> {
    /// The role, if there is one.
    pub(super) async fn find(&self) -> OpResult<Option<Found>> {
        let asked = self
            .aws
            .repeat(self.run, || async {
                self.iam.get_role().role_name(self.role).send().await.map_err(error::from("iam:GetRole"))
            })
            .await;
        Ok(error::gone_is_none(asked)?.and_then(|answer| answer.role))
    }

    /// Makes the role, or finds the one that an earlier try of this creation made.
    pub(super) async fn make(&self, wanted: &RoleModel) -> OpResult<Found> {
        let tags = tagging::at_creation(&wanted.tags_all, self.run.token())?;
        let duration = i32::try_from(wanted.max_session_duration).ok();
        let made = self
            .aws
            .repeat(self.run, || async {
                self.iam
                    .create_role()
                    .role_name(self.role)
                    .assume_role_policy_document(document::to_send(&wanted.assume_role_policy))
                    .path(&wanted.path)
                    .set_description(wanted.description.clone().filter(|text| !text.is_empty()))
                    .set_max_session_duration(duration)
                    .set_permissions_boundary(wanted.permissions_boundary.clone().filter(|arn| !arn.is_empty()))
                    .set_tags(Some(tags.clone()))
                    .send()
                    .await
                    .map_err(error::from("iam:CreateRole"))
            })
            .await;
        let role = match made {
            Ok(answer) => answer.role,
            Err(error) if error.is("EntityAlreadyExists") => match self.find().await? {
                // An earlier try of this very creation went through although its answer was lost.
                Some(role) if tagging::made_by(role.tags(), self.run.token()) => Some(role),
                Some(role) => {
                    let taken = tagging::taken("iam:CreateRole", "role", self.role, role.tags(), self.role);
                    return Err(OpError { uncertain: error.uncertain, ..taken });
                }
                None => return Err(error),
            },
            Err(error) => return Err(error),
        };
        role.ok_or_else(|| OpError::new(ErrorKind::Service, "iam:CreateRole", "the answer has no role"))
    }

    /// Sets who may take on the role, where that changes.
    pub(super) async fn put_trust(&self, prior: &RoleModel, wanted: &RoleModel) -> OpResult<()> {
        if document::same_text(&prior.assume_role_policy, &wanted.assume_role_policy) {
            return Ok(());
        }
        let put = self.aws.repeat(self.run, || async {
            self.iam
                .update_assume_role_policy()
                .role_name(self.role)
                .policy_document(document::to_send(&wanted.assume_role_policy))
                .send()
                .await
                .map_err(error::from("iam:UpdateAssumeRolePolicy"))
        });
        put.await.map(|_| ())
    }

    /// Sets description and length of sessions, where they change.
    pub(super) async fn put_settings(&self, prior: &RoleModel, wanted: &RoleModel) -> OpResult<()> {
        let description = wanted.description.as_deref().unwrap_or_default();
        if prior.max_session_duration != wanted.max_session_duration {
            let put = || async {
                self.iam
                    .update_role()
                    .role_name(self.role)
                    // Some servers take an omitted description as a reset.
                    .set_description(Some(description.to_owned()).filter(|text| !text.is_empty()))
                    .set_max_session_duration(i32::try_from(wanted.max_session_duration).ok())
                    .send()
                    .await
                    .map_err(error::from("iam:UpdateRole"))
            };
            self.aws.repeat(self.run, put).await?;
        }
        if prior.description.as_deref().unwrap_or_default() != description {
            // The newer UpdateRole does not say whether an empty description clears the old one; this does.
            let put = || async {
                let call = self.iam.update_role_description().role_name(self.role).description(description);
                call.send().await.map_err(error::from("iam:UpdateRoleDescription"))
            };
            self.aws.repeat(self.run, put).await?;
        }
        Ok(())
    }

    /// Sets or removes the permissions boundary, where it changes.
    pub(super) async fn put_boundary(&self, prior: &RoleModel, wanted: &RoleModel) -> OpResult<()> {
        let boundary = wanted.permissions_boundary.as_deref().unwrap_or_default();
        if prior.permissions_boundary.as_deref().unwrap_or_default() == boundary {
            return Ok(());
        }
        if boundary.is_empty() {
            let removed = self.aws.repeat(self.run, || async {
                self.iam
                    .delete_role_permissions_boundary()
                    .role_name(self.role)
                    .send()
                    .await
                    .map_err(error::from("iam:DeleteRolePermissionsBoundary"))
            });
            return error::gone_is_done(removed.await);
        }
        let put = self.aws.repeat(self.run, || async {
            self.iam
                .put_role_permissions_boundary()
                .role_name(self.role)
                .permissions_boundary(boundary)
                .send()
                .await
                .map_err(error::from("iam:PutRolePermissionsBoundary"))
        });
        put.await.map(|_| ())
    }

    /// Sets and removes tags.
    pub(super) async fn put_tags(&self, prior: &RoleModel, wanted: &RoleModel) -> OpResult<()> {
        let (set, removed) = tags::changes(&prior.tags_all, &wanted.tags_all);
        if !removed.is_empty() {
            let untag = || async {
                let call = self.iam.untag_role().role_name(self.role).set_tag_keys(Some(removed.clone()));
                call.send().await.map_err(error::from("iam:UntagRole"))
            };
            self.aws.repeat(self.run, untag).await?;
        }
        if !set.is_empty() {
            let set = tagging::to_sdk(&set)?;
            let tag = || async {
                let call = self.iam.tag_role().role_name(self.role).set_tags(Some(set.clone()));
                call.send().await.map_err(error::from("iam:TagRole"))
            };
            self.aws.repeat(self.run, tag).await?;
        }
        Ok(())
    }
}
