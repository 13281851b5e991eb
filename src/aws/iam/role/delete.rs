//! Deleting a role that others may hold on to.

use std::time::Duration;

use tokio::time::Instant;

use super::RoleModel;
use super::lists::Owned;
use super::place::Place;
use crate::aws::error;
use crate::resource::{ErrorKind, OpError, OpResult};

/// How long IAM may take to notice that the last policy was detached.
const SETTLE: Duration = Duration::from_secs(30);

/// How long it may take to remove what hangs on a role, while somebody may put more there.
const REMOVAL: Duration = Duration::from_secs(300);

/// Deletes a role with the policies it owns, and, with consent, with whatever else hangs on it.
pub(super) async fn delete(place: &Place<'_>, prior: &RoleModel) -> OpResult<()> {
    if Owned::of(prior) != (Owned { inline: false, attached: false }) {
        remove_own(place, prior).await?;
    }
    let start = Instant::now();
    let mut last_removal = start;
    loop {
        // IAM refuses as long as anything hangs on the role, so asking first would only cost calls.
        let refusal = match error::gone_is_done(delete_role(place).await) {
            Err(error) if error.is("DeleteConflict") => error,
            other => return other,
        };
        let holders = match Holders::of(place).await {
            Err(error) if error.kind == ErrorKind::Gone => return Ok(()),
            other => other?,
        };
        if !holders.is_empty() {
            if !prior.force_detach_policies {
                return Err(holders.refused(place.role));
            }
            if start.elapsed() > REMOVAL {
                return Err(refusal);
            }
            holders.remove(place).await?;
            last_removal = Instant::now();
        } else if last_removal.elapsed() > SETTLE {
            return Err(refusal);
        } else {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn delete_role(place: &Place<'_>) -> OpResult<()> {
    let deleted = place.aws.repeat(place.run, || async {
        place.iam.delete_role().role_name(place.role).send().await.map_err(error::from("iam:DeleteRole"))
    });
    deleted.await.map(|_| ())
}

async fn remove_own(place: &Place<'_>, prior: &RoleModel) -> OpResult<()> {
    for name in prior.inline_policy.iter().filter_map(|policy| policy.name.as_deref()).filter(|name| !name.is_empty()) {
        place.remove_inline(name).await?;
    }
    for arn in prior.managed_policy_arns.iter().flatten() {
        place.detach(arn).await?;
    }
    Ok(())
}

/// What hangs on a role.
#[derive(Debug, Default)]
struct Holders {
    inline: Vec<String>,
    attached: Vec<String>,
    profiles: Vec<String>,
}

impl Holders {
    async fn of(place: &Place<'_>) -> OpResult<Self> {
        let profiles = place.aws.repeat(place.run, || async {
            let pages =
                place.iam.list_instance_profiles_for_role().role_name(place.role).into_paginator().items().send();
            pages.collect::<Result<Vec<_>, _>>().await.map_err(error::from("iam:ListInstanceProfilesForRole"))
        });
        Ok(Self {
            inline: place.inline_names().await?,
            attached: place.attached().await?,
            profiles: profiles.await?.into_iter().map(|profile| profile.instance_profile_name).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.inline.is_empty() && self.attached.is_empty() && self.profiles.is_empty()
    }

    fn refused(&self, role: &str) -> OpError {
        let mut lines = Vec::new();
        for (what, names) in [
            ("inline policies", &self.inline),
            ("attached policies", &self.attached),
            ("instance profiles", &self.profiles),
        ] {
            if !names.is_empty() {
                lines.push(format!("{what} {}", names.join(", ")));
            }
        }
        let message = format!("the role `{role}` has what recon did not make: {}", lines.join("; "));
        let mut error = OpError::new(ErrorKind::Conflict, "iam:DeleteRole", message);
        error.code = Some("DeleteConflict".into());
        error.help("Remove them, import them, or set `force_detach_policies = true` and apply before destroying.")
    }

    async fn remove(&self, place: &Place<'_>) -> OpResult<()> {
        for name in &self.inline {
            place.remove_inline(name).await?;
        }
        for arn in &self.attached {
            place.detach(arn).await?;
        }
        for profile in &self.profiles {
            let removed = place.aws.repeat(place.run, || async {
                let call =
                    place.iam.remove_role_from_instance_profile().role_name(place.role).instance_profile_name(profile);
                call.send().await.map_err(error::from("iam:RemoveRoleFromInstanceProfile"))
            });
            error::gone_is_done(removed.await)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_deletion_names_every_holder() {
        let holders = Holders {
            inline: vec!["audit".into()],
            attached: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
            profiles: vec![],
        };
        let error = holders.refused("fn");
        assert!(error.message.contains("inline policies audit; attached policies arn:aws:iam::aws:policy/Read"));
        assert!(!error.message.contains("instance"));
        assert!(error.help.unwrap().contains("force_detach_policies"));
    }
}
