//! Tags as the services have them: what is recon's own, what is AWS's, and what changes.

use std::collections::BTreeMap;

/// The tag that says which creation made an object, for types that are found again by it (P4).
pub const OWNERSHIP: &str = "recon:token";

/// The tags that people set: without those of AWS and of recon.
pub fn readable(tags: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    tags.into_iter().filter(|(name, _)| !name.starts_with("aws:") && !name.starts_with("recon:")).collect()
}

/// What to set and what to remove to get from the one to the other.
pub fn changes(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let set = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
    let removed = from.keys().filter(|name| !to.contains_key(*name));
    (set.map(|(n, v)| (n.clone(), v.clone())).collect(), removed.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_sent() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let (set, removed) = changes(&map(&[("a", "1"), ("b", "1"), ("c", "1")]), &map(&[("a", "1"), ("b", "2")]));
        assert_eq!((set, removed), (map(&[("b", "2")]), vec!["c".to_owned()]));
        assert_eq!(readable([("aws:x".into(), "1".into()), ("recon:token".into(), "t".into())]), map(&[]));
    }
}
