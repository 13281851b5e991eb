//! `data "aws_region"`.

use super::places;
use crate::aws::Aws;
use crate::resource::{DataSource, ErrorKind, Grant, Model, OpError, OpResult, Run};
use crate::value::Value;

/// A region of AWS: the provider's own, or the one named.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RegionModel {
    /// The region's name for people, such as `US East (N. Virginia)`.
    #[attr(computed)]
    pub description: Option<String>,
    /// The host name of EC2 in the region; as an argument, it selects the region.
    #[attr(optional, computed)]
    pub endpoint: Option<String>,
    /// The region's name.
    #[attr(optional, computed, deprecated = "Use region.")]
    pub id: Option<String>,
    /// The region's name; as an argument, it selects the region.
    #[attr(optional, computed, deprecated = "Use region.")]
    pub name: Option<String>,
    /// The region's name, such as `us-east-1`; as an argument, it selects the region.
    #[attr(optional, computed)]
    pub region: Option<String>,
}

/// The data source `aws_region`.
pub(crate) struct RegionData {
    aws: Aws,
}

impl RegionData {
    /// The regions that the given clients can call.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl DataSource for RegionData {
    const NAME: &'static str = "aws_region";
    type Model = RegionModel;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        // Nothing is asked of AWS.
        Vec::new()
    }

    async fn read(&self, wanted: &RegionModel, _run: &Run<'_>) -> OpResult<RegionModel> {
        let name = match selected(wanted)? {
            Some(name) => name,
            None => self.aws.region(None).await?,
        };
        Ok(RegionModel {
            // A region newer than the table works all the same; only its name for people is not known.
            description: Some(places::description(&name).unwrap_or(&name).to_owned()),
            endpoint: Some(places::endpoint(&name)),
            id: Some(name.clone()),
            name: Some(name.clone()),
            region: Some(name),
        })
    }
}

/// The region that the arguments select, if they do.
fn selected(wanted: &RegionModel) -> OpResult<Option<String>> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let wrong = |message: String, help: &str| OpError::new(ErrorKind::Invalid, RegionData::NAME, message).help(help);
    let mut selected: Option<String> = None;
    let by_endpoint = match given(&wanted.endpoint) {
        None => None,
        Some(endpoint) => Some(places::region_of_endpoint(&endpoint).ok_or_else(|| {
            let message = format!("no region has the endpoint {endpoint:?}");
            wrong(message, "Give the endpoint of EC2, such as `ec2.us-east-1.amazonaws.com`, or the region's name.")
        })?),
    };
    for name in [by_endpoint, given(&wanted.region), given(&wanted.name)].into_iter().flatten() {
        if !places::looks_like_region(&name) {
            return Err(wrong(format!("{name:?} is not the name of a region"), "It looks like `eu-west-1`."));
        }
        if let Some(other) = selected.as_ref().filter(|other| **other != name) {
            return Err(wrong(format!("the arguments select both {other} and {name}"), "Give one of them."));
        }
        selected = Some(name);
    }
    Ok(selected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    async fn read(wanted: RegionModel) -> OpResult<RegionModel> {
        let aws = Aws::new(Settings { region: Some("eu-central-1".into()), ..Settings::default() });
        RegionData::new(&aws).read(&wanted, &Run::unrecorded()).await
    }

    #[tokio::test]
    async fn a_region_is_the_providers_or_the_one_selected() {
        let own = read(RegionModel::default()).await.unwrap();
        assert_eq!(own.region.as_deref(), Some("eu-central-1"));
        assert_eq!(own.description.as_deref(), Some("Europe (Frankfurt)"));
        assert_eq!(own.endpoint.as_deref(), Some("ec2.eu-central-1.amazonaws.com"));
        let endpoint = Some("ec2.cn-north-1.amazonaws.com.cn".to_owned());
        let other = read(RegionModel { endpoint, ..RegionModel::default() }).await.unwrap();
        assert_eq!(other.id.as_deref(), Some("cn-north-1"));
    }

    #[tokio::test]
    async fn contradicting_or_unknown_selections_are_refused() {
        let name = |name: &str| Some(name.to_owned());
        for wanted in [
            RegionModel { region: name("us-east-1"), name: name("us-east-2"), ..RegionModel::default() },
            RegionModel { region: name("nowhere"), ..RegionModel::default() },
            RegionModel { endpoint: name("example.com"), ..RegionModel::default() },
        ] {
            assert_eq!(read(wanted).await.unwrap_err().kind, ErrorKind::Invalid);
        }
    }
}
