//! How a function is named where AWS takes a name, an ARN or part of an ARN.

/// A function named by itself, by its ARN or by a part of it, with or without a version or alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FunctionName {
    /// The region, if an ARN tells it.
    pub(super) region: Option<String>,
    /// The name alone.
    pub(super) name: String,
    /// The version or alias.
    pub(super) qualifier: Option<String>,
}

impl FunctionName {
    /// The parts of a name.
    pub(super) fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split(':').collect();
        let region = (parts[0] == "arn").then(|| parts.get(3).copied().unwrap_or_default());
        let start = parts.iter().position(|part| *part == "function").map_or(0, |at| at + 1);
        let part = |at: usize| parts.get(at).filter(|part| !part.is_empty()).map(|part| (*part).to_owned());
        Self {
            region: region.filter(|region| !region.is_empty()).map(str::to_owned),
            name: part(start).unwrap_or_else(|| text.to_owned()),
            qualifier: part(start + 1),
        }
    }

    /// The queue of changes to the function in a region.
    pub(super) fn queue(&self, region: &str) -> String {
        format!("lambda:{}:{}", self.region.as_deref().unwrap_or(region), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_is_understood() {
        let parsed = |text| {
            let name = FunctionName::parse(text);
            (name.region.unwrap_or_default(), name.name, name.qualifier.unwrap_or_default())
        };
        let parts = |r: &str, n: &str, q: &str| (r.to_owned(), n.to_owned(), q.to_owned());
        assert_eq!(parsed("posts"), parts("", "posts", ""));
        assert_eq!(parsed("posts:live"), parts("", "posts", "live"));
        assert_eq!(parsed("123456789012:function:posts"), parts("", "posts", ""));
        assert_eq!(parsed("function:posts:7"), parts("", "posts", "7"));
        assert_eq!(
            parsed("arn:aws:lambda:eu-west-1:123456789012:function:posts:live"),
            parts("eu-west-1", "posts", "live")
        );
        assert_eq!(parsed(""), parts("", "", ""));
        assert_eq!(FunctionName::parse("posts").queue("us-east-1"), "lambda:us-east-1:posts");
    }
}
