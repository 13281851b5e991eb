use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::plan::observed::{Observation, Observed};
use crate::plan::providers::Providers;
use crate::resource::{
    ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Recovery, Registry, ResourceType, Run,
};

/// A book on a shelf.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Book {
    /// The shelf.
    #[attr(required)]
    shelf: String,
    /// The title.
    #[attr(required)]
    title: String,
    /// The number of pages.
    #[attr(optional)]
    pages: Option<i64>,
}

/// What there is, and what was called.
#[derive(Default)]
struct Library {
    /// Titles that are gone.
    gone: BTreeSet<&'static str>,
    /// Titles that a listing does not show yet.
    late: BTreeSet<&'static str>,
    /// Why a shelf cannot be listed.
    closed: Option<(&'static str, ErrorKind)>,
    /// Why nothing can be read by itself.
    unreadable: Option<ErrorKind>,
    calls: Mutex<Vec<String>>,
}

#[derive(Clone)]
struct Books(Arc<Library>);

impl Books {
    fn called(&self, call: String) {
        self.0.calls.lock().unwrap().push(call);
    }

    fn found(&self, book: &Book) -> Option<Book> {
        let there = !self.0.gone.contains(&*book.title);
        there.then(|| Book { pages: Some(7), ..book.clone() })
    }
}

impl ResourceType for Books {
    const NAME: &'static str = "library_book";
    const RECOVERY: Recovery = Recovery::Local;
    type Model = Book;

    fn permissions(&self, _need: Need<'_>) -> Vec<Grant> {
        Vec::new()
    }

    async fn read(&self, prior: &Book, _run: &Run<'_>) -> OpResult<Option<Book>> {
        self.called(format!("read {}", prior.title));
        match self.0.unreadable {
            Some(kind) => Err(OpError::new(kind, "library:ReadBook", "no")),
            None => Ok(self.found(prior)),
        }
    }

    fn listing(prior: &Book) -> Option<Listing> {
        Some(Listing::in_pages(&*prior.shelf))
    }

    async fn read_listed(&self, priors: &[Book], _run: &Run<'_>) -> OpResult<Vec<Option<Book>>> {
        let shelf = &*priors[0].shelf;
        assert!(priors.iter().all(|prior| prior.shelf == shelf));
        self.called(format!("list {shelf}"));
        if let Some((closed, kind)) = self.0.closed
            && closed == shelf
        {
            return Err(OpError::new(kind, "library:ListBooks", "closed"));
        }
        Ok(priors.iter().map(|prior| self.found(prior).filter(|book| !self.0.late.contains(&*book.title))).collect())
    }

    async fn create(&self, wanted: &Book, _run: &Run<'_>) -> OpResult<Book> {
        Ok(wanted.clone())
    }

    async fn update(&self, _prior: &Book, wanted: &Book, _run: &Run<'_>) -> OpResult<Book> {
        Ok(wanted.clone())
    }

    async fn delete(&self, _prior: &Book, _run: &Run<'_>) -> OpResult<()> {
        Ok(())
    }

    async fn recover(&self, _wanted: &Book, _run: &Run<'_>) -> OpResult<Option<Book>> {
        Ok(None)
    }

    fn import(&self, id: &str) -> OpResult<Book> {
        Ok(Book { title: id.to_owned(), ..Book::default() })
    }
}

/// The objects of a state with five books on shelf `a` and two on shelf `b`.
fn books() -> Observed {
    let titles = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("a", "a4"), ("a", "a5"), ("b", "b1"), ("b", "b2")];
    let mut observed = Observed::default();
    for (shelf, title) in titles {
        let prior = Book { shelf: shelf.into(), title: title.into(), pages: Some(6) }.to_value();
        let observation = Observation {
            current: Some(prior.clone()),
            prior,
            sensitive: Vec::new(),
            tainted: false,
            dependencies: Arc::default(),
            provider: r#"provider["registry.terraform.io/hashicorp/library"]"#.into(),
        };
        let address: Address = format!("library_book.{title}").parse().unwrap();
        observed.instances.insert(address, observation);
    }
    observed
}

/// What became of each book, as `title: pages` or `title: gone`; the calls; and the problems.
async fn refreshed(library: Library) -> (Vec<String>, Vec<String>, Diagnostics) {
    let library = Arc::new(library);
    let providers = Providers::new(Registry::new().with(Books(library.clone())));
    let (mut observed, mut problems) = (books(), Diagnostics::new());
    observed.refresh(&providers, 3, &|_| true, &mut problems).await;
    let state = observed.instances.iter().map(|(address, found)| {
        let pages = found.current.as_ref().and_then(|book| book.attr("pages").as_i64());
        format!("{}: {}", address.resource.name, pages.map_or("gone".to_owned(), |pages| pages.to_string()))
    });
    let state = state.collect();
    let calls = std::mem::take(&mut *library.calls.lock().unwrap());
    (state, calls, problems)
}

fn all_but(changed: &[(&str, &str)]) -> Vec<String> {
    let titles = ["a1", "a2", "a3", "a4", "a5", "b1", "b2"];
    let found = |title: &str| changed.iter().find(|(name, _)| *name == title).map_or("7", |(_, state)| state);
    titles.iter().map(|title| format!("{title}: {}", found(title))).collect()
}

fn sorted(mut calls: Vec<String>) -> Vec<String> {
    calls.sort();
    calls
}

#[tokio::test]
async fn many_objects_of_a_listing_are_one_call_and_few_are_read() {
    let (state, calls, problems) = refreshed(Library::default()).await;
    assert_eq!(sorted(calls), ["list a", "read b1", "read b2"]);
    assert_eq!(state, all_but(&[]));
    assert!(problems.is_empty());
}

#[tokio::test]
async fn what_a_listing_lacks_is_read_before_it_is_called_gone() {
    let library = Library { gone: ["a2"].into(), late: ["a4"].into(), ..Library::default() };
    let (state, calls, _) = refreshed(library).await;
    assert_eq!(sorted(calls), ["list a", "read a2", "read a4", "read b1", "read b2"]);
    assert_eq!(state, all_but(&[("a2", "gone")]));
}

#[tokio::test]
async fn who_may_not_list_reads() {
    let library = Library { closed: Some(("a", ErrorKind::Denied)), ..Library::default() };
    let (state, calls, problems) = refreshed(library).await;
    assert_eq!(calls.len(), 1 + 7);
    assert_eq!(state, all_but(&[]));
    assert!(problems.is_empty());
}

#[tokio::test]
async fn a_listing_that_fails_is_one_problem_for_all_its_objects() {
    let library = Library { closed: Some(("a", ErrorKind::Unreachable)), ..Library::default() };
    let (state, calls, problems) = refreshed(library).await;
    assert_eq!(sorted(calls), ["list a", "read b1", "read b2"]);
    assert_eq!(state, all_but(&[("a1", "6"), ("a2", "6"), ("a3", "6"), ("a4", "6"), ("a5", "6")]));
    let told: Vec<_> = problems.iter().map(|problem| (problem.address.as_deref(), &*problem.detail)).collect();
    let detail = "library:ListBooks failed: closed. The call was to read `library_book.a1`, `library_book.a2`, \
                  `library_book.a3` and 2 more.";
    assert_eq!(told, [(Some("library_book.a1"), detail)]);
}

#[tokio::test]
async fn problems_are_told_in_the_order_of_the_objects() {
    let library = Library { late: ["a5", "a2"].into(), unreadable: Some(ErrorKind::Service), ..Library::default() };
    let (_, _, problems) = refreshed(library).await;
    let told: Vec<_> = problems.iter().filter_map(|problem| problem.address.as_deref()).collect();
    assert_eq!(told, ["library_book.a2", "library_book.a5", "library_book.b1", "library_book.b2"]);
}
