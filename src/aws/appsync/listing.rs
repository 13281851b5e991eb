//! Children of an API, read by the page.

use std::collections::{HashMap, HashSet};

use crate::aws::error;
use crate::resource::{Listing, OpResult};

/// The most that AppSync puts on a page.
pub(super) const PAGE: i32 = 25;

/// Finds wanted objects, in their order, in a listing: as far as that is worth its pages, and no further than to the last one
/// that is wanted. `page` gives a page and what the next one is asked with; `name` what an object is wanted by.
pub(super) async fn find<T: Clone, F: Future<Output = OpResult<(Vec<T>, Option<String>)>>>(
    wanted: &[String],
    name: impl Fn(&T) -> Option<&str>,
    page: impl Fn(Option<String>) -> F,
) -> OpResult<Vec<Option<T>>> {
    let mut missing: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut found: HashMap<&str, T> = HashMap::with_capacity(missing.len());
    let mut next = None;
    for _ in 0..Listing::pages_worth(wanted.len()) {
        // Without the API there is nothing to list.
        let Some((objects, token)) = error::gone_is_none(page(next).await)? else {
            break;
        };
        for object in objects {
            if let Some(wanted) = name(&object).and_then(|name| missing.take(name)) {
                found.insert(wanted, object);
            }
        }
        next = token.filter(|token| !token.is_empty());
        if next.is_none() || missing.is_empty() {
            break;
        }
    }
    Ok(wanted.iter().map(|name| found.get(name.as_str()).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::resource::{ErrorKind, OpError};

    /// Lists `0`, `1` and so on up to a number, 25 on a page, and counts pages.
    async fn listed(of: usize, wanted: &[String]) -> (Vec<Option<String>>, usize) {
        let pages = AtomicUsize::new(0);
        let page = |token: Option<String>| {
            let at = pages.fetch_add(1, Ordering::Relaxed);
            let expected = (at > 0).then(|| at.to_string());
            async move {
                assert_eq!(token, expected, "each page is asked with the token of the one before");
                let end = of.min((at + 1) * 25);
                let names = (at * 25..end).map(|n| n.to_string()).collect();
                Ok((names, (end < of).then(|| (at + 1).to_string())))
            }
        };
        let found = find(wanted, |name: &String| Some(name), page).await.unwrap();
        (found, pages.load(Ordering::Relaxed))
    }

    fn names(range: impl Iterator<Item = usize>) -> Vec<String> {
        range.map(|n| n.to_string()).collect()
    }

    #[tokio::test]
    async fn a_thousand_objects_are_forty_pages() {
        let wanted = names((0..1000).rev());
        let (found, pages) = listed(1000, &wanted).await;
        assert_eq!(pages, 40);
        assert!(found.iter().zip(&wanted).all(|(found, wanted)| found.as_ref() == Some(wanted)));
    }

    #[tokio::test]
    async fn a_listing_ends_with_what_is_wanted_and_before_it_costs_more_than_it_saves() {
        assert_eq!(listed(1000, &names(0..20)).await.1, 1, "the rest is not wanted");
        let (found, pages) = listed(1000, &names((0..8).map(|n| n * 100))).await;
        assert_eq!(pages, 2, "eight objects are worth two pages");
        assert_eq!(found.iter().flatten().count(), 1);
        let (found, pages) = listed(3, &names([1, 7, 1, 2].into_iter())).await;
        assert_eq!((found[0].as_deref(), found[1].as_deref(), found[2].as_deref()), (Some("1"), None, Some("1")));
        assert_eq!(pages, 1);
    }

    #[tokio::test]
    async fn a_listing_of_what_is_gone_is_empty_and_any_other_failure_is_one() {
        let wanted = ["a".to_owned()];
        let fails = |kind| find(&wanted, |_: &String| None, move |_| async move { Err(OpError::new(kind, "x", "y")) });
        assert_eq!(fails(ErrorKind::Gone).await.unwrap(), [None]);
        assert_eq!(fails(ErrorKind::Denied).await.unwrap_err().kind, ErrorKind::Denied);
    }
}
