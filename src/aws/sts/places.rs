//! The partitions and regions of AWS.

/// A partition: a part of AWS with its own accounts, ARNs and host names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    /// Its name, the second part of its ARNs.
    pub(super) name: &'static str,
    /// What its host names end with.
    pub(super) dns_suffix: &'static str,
    /// What the names of its regions start with; the first partition takes all others.
    prefix: &'static str,
}

const PARTITIONS: &[Partition] = &[
    Partition { name: "aws-cn", dns_suffix: "amazonaws.com.cn", prefix: "cn-" },
    Partition { name: "aws-us-gov", dns_suffix: "amazonaws.com", prefix: "us-gov-" },
    Partition { name: "aws-eusc", dns_suffix: "amazonaws.eu", prefix: "eusc-" },
    Partition { name: "aws-iso", dns_suffix: "c2s.ic.gov", prefix: "us-iso-" },
    Partition { name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov", prefix: "us-isob-" },
    Partition { name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk", prefix: "eu-isoe-" },
    Partition { name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov", prefix: "us-isof-" },
    Partition { name: "aws", dns_suffix: "amazonaws.com", prefix: "" },
];

const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("eusc-de-east-1", "AWS European Sovereign Cloud (Germany)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

/// The partition of a region.
pub(super) fn partition_of(region: &str) -> Partition {
    let found = PARTITIONS.iter().find(|partition| region.starts_with(partition.prefix));
    *found.expect("the last prefix is empty and fits every name")
}

/// A region's name for people.
pub(super) fn description(region: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(name, _)| *name == region).map(|(_, description)| *description)
}

/// The host name of EC2 in a region, which has stood for the region's endpoint since there were few services.
pub(super) fn endpoint(region: &str) -> String {
    format!("ec2.{region}.{}", partition_of(region).dns_suffix)
}

/// The region of a host name of EC2.
pub(super) fn region_of_endpoint(host: &str) -> Option<String> {
    let region = host.strip_prefix("ec2.")?.split('.').next()?;
    (looks_like_region(region) && endpoint(region) == host).then(|| region.to_owned())
}

/// Whether a text is built like the name of a region: words of small letters and a number at the end.
pub(in crate::aws) fn looks_like_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_found_by_its_endpoint() {
        for (region, _) in REGIONS {
            assert!(looks_like_region(region), "{region}");
            assert_eq!(region_of_endpoint(&endpoint(region)).as_deref(), Some(*region));
        }
        for wrong in ["", "us", "us-east", "us-east-x", "US-EAST-1", "1-1", "-1"] {
            assert!(!looks_like_region(wrong), "{wrong}");
        }
    }

    #[test]
    fn partitions_follow_from_the_region() {
        let names = ["us-east-1", "cn-north-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"];
        let partitions: Vec<_> = names.iter().map(|name| partition_of(name).name).collect();
        assert_eq!(partitions, ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"]);
    }
}
