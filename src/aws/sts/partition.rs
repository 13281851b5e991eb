//! `data "aws_partition"`.

use super::places;
use crate::aws::Aws;
use crate::resource::{DataSource, Grant, Model, OpResult, Run};
use crate::value::Value;

/// The partition of AWS that the provider's region belongs to, as ARNs and host names need it.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PartitionModel {
    /// What host names end with, such as `amazonaws.com`.
    #[attr(computed)]
    pub dns_suffix: Option<String>,
    /// The partition's name.
    #[attr(optional, computed, deprecated = "Use partition.")]
    pub id: Option<String>,
    /// The partition's name, such as `aws`.
    #[attr(computed)]
    pub partition: Option<String>,
    /// What the names of private endpoint services start with, such as `com.amazonaws`.
    #[attr(computed)]
    pub reverse_dns_prefix: Option<String>,
}

/// The data source `aws_partition`.
pub(crate) struct PartitionData {
    aws: Aws,
}

impl PartitionData {
    /// The partition that the given clients call.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl DataSource for PartitionData {
    const NAME: &'static str = "aws_partition";
    type Model = PartitionModel;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        // Nothing is asked of AWS.
        Vec::new()
    }

    async fn read(&self, _wanted: &PartitionModel, _run: &Run<'_>) -> OpResult<PartitionModel> {
        let partition = places::partition_of(&self.aws.region(None).await?);
        Ok(PartitionModel {
            dns_suffix: Some(partition.dns_suffix.to_owned()),
            id: Some(partition.name.to_owned()),
            partition: Some(partition.name.to_owned()),
            reverse_dns_prefix: Some(partition.dns_suffix.rsplit('.').collect::<Vec<_>>().join(".")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    #[tokio::test]
    async fn a_partition_follows_from_the_region() {
        let aws = Aws::new(Settings { region: Some("cn-north-1".into()), ..Settings::default() });
        let found = PartitionData::new(&aws).read(&PartitionModel::default(), &Run::unrecorded()).await.unwrap();
        assert_eq!(found.partition.as_deref(), Some("aws-cn"));
        assert_eq!(found.dns_suffix.as_deref(), Some("amazonaws.com.cn"));
        assert_eq!(found.reverse_dns_prefix.as_deref(), Some("cn.com.amazonaws"));
    }
}
