//! What the engine makes of creations that got no answer, with a type that gives none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use recon::aws::{self, Aws, Settings};
use recon::diagnostic::Diagnostics;
use recon::resource::{
    AnyResource, ErrorKind, Grant, Listing, Need, OpError, OpResult, Ordering, Planning, Recovery, Run,
};
use recon::schema::Schema;
use recon::testing::project::Project;
use recon::value::Value;
use tempfile::TempDir;

/// What is outside of recon: the objects, by token, and how many answers are still to be withheld.
#[derive(Default)]
struct Outside {
    objects: BTreeMap<String, Value>,
    silent: usize,
    denied: usize,
    /// How often an object does not show although it is there.
    hidden: usize,
    /// What an object has at first in place of its input.
    begins_with: Option<Value>,
    refuses_updates: bool,
    /// Whether objects have no mark of their creation, so that they are told apart by comparison.
    is_unmarked: bool,
}

/// `terraform_data` as if its objects were outside of recon.
struct Remote {
    inner: Arc<dyn AnyResource>,
    // Shared with the test, which looks on.
    outside: Arc<Mutex<Outside>>,
}

impl AnyResource for Remote {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn ordering(&self) -> &'static [Ordering] {
        self.inner.ordering()
    }

    fn recovery(&self) -> Recovery {
        match self.outside.lock().unwrap().is_unmarked {
            true => Recovery::ComparedListing,
            false => Recovery::OwnershipTag,
        }
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        self.inner.check(wanted, problems);
    }

    fn beside(&self) -> &'static [&'static str] {
        self.inner.beside()
    }

    fn check_beside(&self, wanted: &Value, other: (&str, &Value), problems: &mut Diagnostics) {
        self.inner.check_beside(wanted, other, problems);
    }

    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics) {
        self.inner.check_delete(prior, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        self.inner.plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        self.inner.permissions(need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        self.inner.arn_of(wanted)
    }

    fn default_tags(&self) -> &BTreeMap<String, String> {
        self.inner.default_tags()
    }

    fn read<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        self.inner.read(prior, run)
    }

    fn listing(&self, prior: &Value) -> Option<Listing> {
        self.inner.listing(prior)
    }

    fn read_listed<'a>(
        &'a self,
        priors: &'a [&'a Value],
        run: &'a Run<'a>,
    ) -> BoxFuture<'a, OpResult<Vec<Option<Value>>>> {
        self.inner.read_listed(priors, run)
    }

    fn create<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let made = self.inner.create(wanted, run).await?;
            let mut outside = self.outside.lock().unwrap();
            let begun = outside.begins_with.clone().map_or(made.clone(), |input| made.with("input", input));
            outside.objects.insert(run.token().as_str().to_owned(), begun);
            match outside.silent {
                0 => Ok(made),
                _ => {
                    outside.silent -= 1;
                    Err(OpError::new(ErrorKind::Unreachable, "test:Create", "no answer"))
                }
            }
        })
    }

    fn update<'a>(&'a self, prior: &'a Value, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        if self.outside.lock().unwrap().refuses_updates {
            return Box::pin(async { Err(OpError::new(ErrorKind::Invalid, "test:Update", "not now")) });
        }
        self.inner.update(prior, wanted, run)
    }

    fn delete<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<()>> {
        let id = prior.attr("id");
        self.outside.lock().unwrap().objects.retain(|_, object| !object.attr("id").same(&id));
        self.inner.delete(prior, run)
    }

    fn recover<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        Box::pin(async move {
            let others = run.others().await?;
            let mut outside = self.outside.lock().unwrap();
            if outside.denied > 0 {
                outside.denied -= 1;
                return Err(OpError::new(ErrorKind::Denied, "test:List", "you may not"));
            }
            if outside.hidden > 0 {
                outside.hidden -= 1;
                return Ok(None);
            }
            if !outside.is_unmarked {
                return Ok(outside.objects.get(run.token().as_str()).cloned());
            }
            let is_free = |object: &&Value| object.attr("id").as_str().is_some_and(|id| !others.contains(id));
            let alike = |object: &&Value| object.attr("input").same(&wanted.attr("input"));
            let mut found: Vec<Value> = outside.objects.values().filter(is_free).filter(alike).cloned().collect();
            assert!(found.len() < 2, "state knows all of them but one: {found:?}");
            Ok(found.pop())
        })
    }

    fn import(&self, id: &str) -> OpResult<Value> {
        self.inner.import(id)
    }
}

fn project(text: &str, outside: Outside) -> (TempDir, Project, Arc<Mutex<Outside>>) {
    let folder = tempfile::tempdir().unwrap();
    let outside = Arc::new(Mutex::new(outside));
    let shared = outside.clone();
    let remote = move |inner| Arc::new(Remote { inner, outside: shared.clone() }) as Arc<dyn AnyResource>;
    let registry = aws::registry(&Aws::new(Settings::default())).map(remote, |data| data);
    let project = Project::new(folder.path(), registry);
    project.write("main.tf", text);
    (folder, project, outside)
}

const ONE: &str = "resource \"terraform_data\" \"one\" {\n  input = \"x\"\n}\n";

#[tokio::test]
async fn a_creation_that_nobody_may_look_for_stays_open() {
    let (folder, project, outside) = project(ONE, Outside { silent: 1, denied: 2, ..Outside::default() });
    let problems = project.apply(false).await.unwrap_err();
    assert!(problems[0].contains("you may not"), "{problems:?}");
    let journal = folder.path().join("state/default.journal");
    assert!(journal.exists(), "whether the object was made is not known");
    let problems = project.apply(false).await.unwrap_err();
    assert!(problems[0].contains("you may not") && journal.exists(), "nothing is changed before that: {problems:?}");

    project.apply(false).await.unwrap();
    assert_eq!(outside.lock().unwrap().objects.len(), 1, "no second object was made");
    let made = outside.lock().unwrap().objects.values().next().unwrap().attr("id");
    let state = project.state().await.unwrap();
    assert_eq!(state.instances[&"terraform_data.one".parse().unwrap()].id(), made.as_str());
    assert!(!journal.exists());
    super::assert_settled(&project).await;
}

#[tokio::test]
async fn an_object_that_was_found_is_in_state_even_if_it_cannot_be_finished() {
    let outside = Outside { silent: 1, begins_with: Some("half".into()), refuses_updates: true, ..Outside::default() };
    let (_folder, project, outside) = project(ONE, outside);
    let problems = project.apply(false).await.unwrap_err();
    assert!(problems[0].contains("not now"), "{problems:?}");
    let made = outside.lock().unwrap().objects.values().next().unwrap().attr("id");
    let state = project.state().await.unwrap();
    assert_eq!(state.instances[&"terraform_data.one".parse().unwrap()].id(), made.as_str());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_show_at_once_is_not_made_again() {
    // At the lost answer, and at the first look of the next run.
    let (_folder, project, outside) = project(ONE, Outside { silent: 1, hidden: 2, ..Outside::default() });
    project.apply(false).await.unwrap_err();
    project.apply(false).await.unwrap();
    assert_eq!(outside.lock().unwrap().objects.len(), 1);
    super::assert_settled(&project).await;
}

#[tokio::test]
async fn what_state_knows_or_has_set_aside_is_not_taken_for_what_was_made() {
    let lifecycle = "  lifecycle {\n    create_before_destroy = true\n  }\n";
    let alike = format!("resource \"terraform_data\" \"one\" {{\n  count = 2\n  input = \"x\"\n{lifecycle}}}\n");
    let (_folder, mut project, outside) = project(&alike, Outside { is_unmarked: true, ..Outside::default() });
    project.apply(false).await.unwrap();
    let before: Vec<Value> = outside.lock().unwrap().objects.values().map(|object| object.attr("id")).collect();
    outside.lock().unwrap().silent = 1;
    project.options.replace = vec!["terraform_data.one[0]".parse().unwrap()];
    project.apply(false).await.unwrap();
    let state = project.state().await.unwrap();
    let id = |address: &str| Value::from(state.instances[&address.parse().unwrap()].id().unwrap());
    assert!(before.contains(&id("terraform_data.one[1]")) && !before.contains(&id("terraform_data.one[0]")));
    assert_eq!((outside.lock().unwrap().objects.len(), state.deposed.len()), (2, 0), "the old one is gone");
}

#[tokio::test]
async fn a_secret_in_what_is_found_is_known_for_one() {
    let text = "resource \"terraform_data\" \"one\" {\n  input = { name = \"x\", key = sensitive(\"hush\") }\n}\n";
    let (folder, project, _) = project(text, Outside { silent: 1, denied: 1, ..Outside::default() });
    project.apply(false).await.unwrap_err();
    let journal = || std::fs::read_to_string(folder.path().join("state/default.journal")).unwrap_or_default();
    assert!(journal().contains("terraform_data.one") && !journal().contains("hush"), "{}", journal());
    // The run ends behind its recovery, so that nothing but that wrote the state.
    project.write("more.tf", "variable \"missing\" {\n  type = string\n}\n");
    project.apply(false).await.unwrap_err();
    let state = project.state().await.unwrap();
    let found = &state.instances[&"terraform_data.one".parse().unwrap()];
    assert!(found.has_secrets(), "{found:?}");
    assert!(!journal().contains("hush"), "{}", journal());
}
