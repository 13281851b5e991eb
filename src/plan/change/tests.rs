use super::*;
use crate::resource::{Grant, Model, Need, OpResult, Recovery, Registry, ResourceType, Run};
use crate::value::Marks;
use std::collections::BTreeMap;

/// A thing with every kind of attribute.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Thing {
    /// Its id.
    #[attr(computed)]
    id: Option<String>,
    /// Its name.
    #[attr(required, replace)]
    name: String,
    /// Its size.
    #[attr(optional, default = 3)]
    size: i64,
    /// Its note.
    #[attr(optional)]
    note: Option<String>,
    /// Its policy.
    #[attr(optional, same = crate::schema::same_json)]
    policy: Option<String>,
    /// Its version.
    #[attr(computed, follows = ["size"])]
    version: Option<String>,
    /// Its region.
    #[attr(optional, computed)]
    region: Option<String>,
    /// Its tags.
    #[attr(optional)]
    tags: BTreeMap<String, String>,
    /// All its tags.
    #[attr(optional, computed)]
    tags_all: BTreeMap<String, String>,
    /// Its parts.
    #[block(set, key = "id")]
    part: Vec<Part>,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Part {
    /// Its id.
    #[attr(required)]
    id: String,
    /// Its zone.
    #[attr(optional, computed)]
    zone: Option<String>,
}

struct Things;

impl ResourceType for Things {
    const NAME: &'static str = "test_thing";
    const RECOVERY: Recovery = Recovery::Local;
    type Model = Thing;
    fn permissions(&self, _need: Need<'_>) -> Vec<Grant> {
        Vec::new()
    }

    async fn read(&self, prior: &Thing, _run: &Run<'_>) -> OpResult<Option<Thing>> {
        Ok(Some(prior.clone()))
    }
    async fn create(&self, wanted: &Thing, _run: &Run<'_>) -> OpResult<Thing> {
        Ok(wanted.clone())
    }
    async fn update(&self, _prior: &Thing, wanted: &Thing, _run: &Run<'_>) -> OpResult<Thing> {
        Ok(wanted.clone())
    }
    async fn delete(&self, _prior: &Thing, _run: &Run<'_>) -> OpResult<()> {
        Ok(())
    }
    async fn recover(&self, _wanted: &Thing, _run: &Run<'_>) -> OpResult<Option<Thing>> {
        Ok(None)
    }
    fn import(&self, id: &str) -> OpResult<Thing> {
        Ok(Thing { id: Some(id.into()), ..Thing::default() })
    }
}

fn null(name: &str) -> Value {
    let ty = Thing::block().attributes[name].ty.clone();
    Value::null(ty)
}

/// A configuration that says only what is given.
fn config(given: &[(&str, Value)]) -> Value {
    let block = Thing::block();
    let mut entries: Entries = block.attributes.keys().map(|name| ((*name).into(), null(name))).collect();
    entries.insert("part".into(), Value::set(Part::block().ty(), Vec::new()));
    entries.extend(given.iter().map(|(name, value)| ((*name).into(), value.clone())));
    Value::object(entries)
}

fn prior() -> Value {
    let tags = BTreeMap::from([("team".to_owned(), "core".to_owned())]);
    let part = vec![Part { id: "p".into(), zone: Some("z1".into()) }];
    let (name, id) = ("a".to_owned(), Some("i-1".into()));
    let policy = Some(r#"{"a": 1}"#.into());
    let tags_all = tags.clone();
    Thing {
        id,
        name,
        size: 3,
        policy,
        version: Some("1".into()),
        region: Some("eu".into()),
        part,
        tags_all,
        ..Thing::default()
    }
    .to_value()
    .with("tags", Value::null(Type::map(Type::String)))
    .with("tags_all", tags_all_value(&tags))
}

fn tags_all_value(tags: &BTreeMap<String, String>) -> Value {
    Value::map(Type::String, tags.iter().map(|(n, v)| (n.as_str().into(), Value::string(v))).collect())
}

fn part(id: &str) -> (&'static str, Value) {
    let part = Value::object_of([("id", id.into()), ("zone", Value::null(Type::String))]);
    ("part", Value::set(Part::block().ty(), vec![part]))
}

fn planned(config: &Value, prior: Option<&Value>, ignore: &IgnoreChanges) -> Change {
    let tags = BTreeMap::from([("team".to_owned(), "core".to_owned())]);
    let registry = Registry::new().default_tags(tags).with(Things);
    let thing = registry.resource("test_thing").unwrap();
    let moment = Moment { now: Timestamp::UNIX_EPOCH, folder: FilePath::new(".") };
    let mut problems = Diagnostics::new();
    let change = plan(thing.as_ref(), config, prior, ignore, moment, &mut problems);
    assert!(problems.is_empty());
    change
}

fn paths(change: &Change) -> Vec<String> {
    change.differences.iter().map(|d| d.path.to_string()).collect()
}

#[test]
fn a_creation_fills_defaults_and_leaves_the_rest_unknown() {
    let change = planned(&config(&[("name", "a".into())]), None, &IgnoreChanges::None);
    assert_eq!(change.action, Action::Create);
    assert_eq!(change.planned.attr("size"), Value::number(3));
    assert!(!change.planned.attr("id").is_known());
    assert!(change.planned.attr("note").is_null());
    assert_eq!(change.planned.attr("tags_all").get("team"), Some(&"core".into()));
}

#[test]
fn what_means_the_same_is_no_change() {
    let same = config(&[("name", "a".into()), ("policy", r#"{"a":1}"#.into()), ("note", "".into()), part("p")]);
    let change = planned(&same, Some(&prior()), &IgnoreChanges::None);
    assert_eq!((change.action, paths(&change)), (Action::NoOp, vec![]));
    assert!(change.planned.same(&prior()));
}

#[test]
fn an_update_keeps_computed_values_but_those_that_follow() {
    let bigger = config(&[("name", "a".into()), ("size", 5.into()), ("policy", r#"{"a":1}"#.into()), part("p")]);
    let change = planned(&bigger, Some(&prior()), &IgnoreChanges::None);
    assert_eq!((change.action, paths(&change)), (Action::Update, vec!["size".into(), "version".into()]));
    assert_eq!(change.planned.attr("region"), "eu".into());
}

#[test]
fn a_replacement_names_its_reason_and_forgets_computed_values() {
    let renamed = config(&[("name", "b".into()), ("policy", r#"{"a":1}"#.into()), part("p")]);
    let change = planned(&renamed, Some(&prior()), &IgnoreChanges::None);
    assert_eq!(change.action, Action::Replace);
    assert_eq!(change.replace_paths, [Path::from("name")]);
    assert!(!change.planned.attr("id").is_known());
}

#[test]
fn ignored_paths_keep_what_there_is() {
    let wanted = config(&[("name", "b".into()), ("size", 9.into())]);
    let ignore = IgnoreChanges::Paths(vec!["name".into(), "policy".into(), "part".into()]);
    let change = planned(&wanted, Some(&prior()), &ignore);
    assert_eq!((change.action, paths(&change)), (Action::Update, vec!["size".into(), "version".into()]));
    assert_eq!(planned(&wanted, Some(&prior()), &IgnoreChanges::All).action, Action::NoOp);
}

#[test]
fn marks_of_the_configuration_stay_on_the_plan() {
    let secret = config(&[("name", "a".into()), ("note", Value::string("s").marked(Marks::SENSITIVE))]);
    assert!(planned(&secret, None, &IgnoreChanges::None).planned.attr("note").is_sensitive());
}

#[test]
fn a_broken_promise_is_found_and_an_unknown_promises_nothing() {
    let block = Thing::block();
    let wanted =
        planned(&config(&[("name", "a".into()), ("policy", r#"{"a":1}"#.into())]), None, &IgnoreChanges::None).planned;
    let got = prior().with("part", Value::set(Part::block().ty(), vec![])).with("size", 4.into());
    let (settled, broken) = settle(&block, &wanted, &got);
    assert_eq!(broken.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["size"]);
    assert_eq!(settled.attr("policy"), r#"{"a":1}"#.into());
    assert_eq!(settled.attr("id"), "i-1".into());
}
