//! The `region` argument, which every type of a service that has regions takes. The types themselves do not know of it: there
//! is one registry for each region, made when something in it is first asked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::Aws;
use super::sts::looks_like_region;
use crate::diagnostic::Diagnostics;
use crate::resource::{
    AnyData, AnyResource, Grant, Listing, Need, OpResult, Ordering, Planning, Recorder, Recovery, Registry, Run,
};
use crate::schema::{Attribute, Schema};
use crate::value::{Path, Type, Value};

const REGION: &str = "region";

/// The types that `make` gives, with a `region` argument each. Those of other regions share credentials, clients and queues.
pub(super) fn regional(aws: &Aws, make: fn(&Aws) -> Registry) -> Registry {
    let regions = Arc::new(Regions { aws: aws.clone(), make, made: Mutex::default() });
    let resource = |home: Arc<dyn AnyResource>| -> Arc<dyn AnyResource> {
        let schema = home.schema().clone().attribute(REGION, Attribute { replace: true, ..argument() });
        Arc::new(Regional { home, schema, regions: regions.clone() })
    };
    let data = |home: Arc<dyn AnyData>| -> Arc<dyn AnyData> {
        let schema = home.schema().clone().attribute(REGION, argument());
        Arc::new(RegionalData { home, schema, regions: regions.clone() })
    };
    make(aws).map(resource, data)
}

fn argument() -> Attribute {
    let doc = "The region; that of the provider where absent.";
    Attribute { computed: true, doc, ..Attribute::optional(Type::String) }
}

struct Regions {
    /// In the provider's own region.
    aws: Aws,
    make: fn(&Aws) -> Registry,
    // Held only to look a registry up or make it, never across a wait.
    made: Mutex<HashMap<String, Registry>>,
}

impl Regions {
    fn resource(&self, region: &str, name: &str) -> Option<Arc<dyn AnyResource>> {
        self.with(region, |registry| registry.resource(name).cloned())
    }

    fn data(&self, region: &str, name: &str) -> Option<Arc<dyn AnyData>> {
        self.with(region, |registry| registry.data(name).cloned())
    }

    fn with<T>(&self, region: &str, get: impl FnOnce(&Registry) -> T) -> T {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = made.get(region) {
            return get(registry);
        }
        let registry = (self.make)(&self.aws.in_region(region));
        get(made.entry(region.to_owned()).or_insert(registry))
    }

    /// The region of an object: its own, or the provider's as far as that is known.
    fn known(&self, value: &Value) -> Option<String> {
        own(value).or_else(|| self.aws.known_region())
    }

    async fn of(&self, value: &Value) -> OpResult<String> {
        self.aws.region(own(value).as_deref()).await
    }
}

/// The region that a value names.
fn own(value: &Value) -> Option<String> {
    value.attr(REGION).as_str().filter(|region| !region.is_empty()).map(str::to_owned)
}

/// Reports what is no region.
fn check_region(wanted: &Value, problems: &mut Diagnostics) {
    if let Some(region) = own(wanted).filter(|region| !looks_like_region(region)) {
        problems
            .error("Invalid region")
            .on(Path::from(REGION))
            .detail(format!("`{region}` is not the name of a region."))
            .help("A region is named like `eu-west-1`.");
    }
}

fn in_region(value: &Value, region: &str) -> Value {
    value.with(REGION, Value::string(region))
}

/// A resource type in any region.
struct Regional {
    /// In the provider's own region.
    home: Arc<dyn AnyResource>,
    schema: Schema,
    regions: Arc<Regions>,
}

impl Regional {
    fn at(&self, region: Option<&str>) -> Arc<dyn AnyResource> {
        let there = region.and_then(|region| self.regions.resource(region, self.schema.name));
        there.unwrap_or_else(|| self.home.clone())
    }

    /// The type in the region of an object, as far as that is known.
    fn beside_value(&self, value: &Value) -> Arc<dyn AnyResource> {
        self.at(self.regions.known(value).as_deref())
    }

    async fn of(&self, value: &Value) -> OpResult<(Arc<dyn AnyResource>, String)> {
        let region = self.regions.of(value).await?;
        Ok((self.at(Some(&region)), region))
    }
}

impl AnyResource for Regional {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ordering(&self) -> &'static [Ordering] {
        self.home.ordering()
    }

    fn recovery(&self) -> Recovery {
        self.home.recovery()
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check_region(wanted, problems);
        match self.regions.known(wanted) {
            Some(region) => self.at(Some(&region)).check(&in_region(wanted, &region), problems),
            None => self.home.check(wanted, problems),
        }
    }

    fn beside(&self) -> &'static [&'static str] {
        self.home.beside()
    }

    fn check_beside(&self, wanted: &Value, other: (&str, &Value), problems: &mut Diagnostics) {
        self.beside_value(wanted).check_beside(wanted, other, problems);
    }

    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics) {
        self.beside_value(prior).check_delete(prior, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        // What state holds without a region is where it was found, so nothing moves.
        let has_place = planning.prior.is_none_or(|prior| own(prior).is_some());
        if planning.config.attr(REGION).is_null()
            && has_place
            && let Some(home) = self.regions.aws.known_region()
        {
            planning.set(REGION, Value::string(home));
        }
        self.beside_value(&planning.planned().clone()).plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        let (Need::Read(value)
        | Need::List(value)
        | Need::Create(value)
        | Need::Update(value, _)
        | Need::Delete(value)
        | Need::Recover(value)) = need;
        self.beside_value(value).permissions(need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        self.beside_value(wanted).arn_of(wanted)
    }

    fn default_tags(&self) -> &BTreeMap<String, String> {
        self.home.default_tags()
    }

    fn stored(&self, value: Value) -> Value {
        match self.regions.known(&value) {
            Some(region) => in_region(&self.home.stored(value), &region),
            None => self.home.stored(value),
        }
    }

    fn read<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        Box::pin(async move {
            let (there, region) = self.of(prior).await?;
            Ok(there.read(prior, run).await?.map(|found| in_region(&found, &region)))
        })
    }

    /// Objects of two regions share no listing.
    fn listing(&self, prior: &Value) -> Option<Listing> {
        let region = self.regions.known(prior).unwrap_or_default();
        let Listing { name, worth } = self.beside_value(prior).listing(prior)?;
        Some(Listing { name: format!("{region} {name}"), worth })
    }

    fn read_listed<'a>(
        &'a self,
        priors: &'a [&'a Value],
        run: &'a Run<'a>,
    ) -> BoxFuture<'a, OpResult<Vec<Option<Value>>>> {
        Box::pin(async move {
            let Some(first) = priors.first() else {
                return Ok(Vec::new());
            };
            let (there, region) = self.of(first).await?;
            let found = there.read_listed(priors, run).await?.into_iter();
            Ok(found.map(|found| found.map(|found| in_region(&found, &region))).collect())
        })
    }

    fn create<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let (there, region) = self.of(wanted).await?;
            let recorder = InRegion { run, region: &region };
            let made = there.create(wanted, &run.with_recorder(&recorder)).await?;
            Ok(in_region(&made, &region))
        })
    }

    fn update<'a>(&'a self, prior: &'a Value, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let (there, region) = self.of(prior).await?;
            let recorder = InRegion { run, region: &region };
            let changed = there.update(prior, wanted, &run.with_recorder(&recorder)).await?;
            Ok(in_region(&changed, &region))
        })
    }

    fn delete<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<()>> {
        Box::pin(async move { self.of(prior).await?.0.delete(prior, run).await })
    }

    fn recover<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        Box::pin(async move {
            let (there, region) = self.of(wanted).await?;
            Ok(there.recover(wanted, run).await?.map(|found| in_region(&found, &region)))
        })
    }

    /// Takes `ID@REGION`, too.
    fn import(&self, id: &str) -> OpResult<Value> {
        match id.rsplit_once('@').filter(|(_, region)| looks_like_region(region)) {
            Some((id, region)) => Ok(in_region(&self.at(Some(region)).import(id)?, region)),
            None => Ok(self.home.import(id)?.with(REGION, Value::null(Type::String))),
        }
    }
}

/// Makes durable what was made, with its region.
struct InRegion<'a> {
    run: &'a Run<'a>,
    region: &'a str,
}

impl Recorder for InRegion<'_> {
    fn made(&self, partial: Value) -> BoxFuture<'_, OpResult<()>> {
        self.run.recorder().made(in_region(&partial, self.region))
    }

    fn note(&self, text: &str) {
        self.run.note(text);
    }

    fn others(&self) -> BoxFuture<'_, OpResult<HashSet<String>>> {
        self.run.recorder().others()
    }
}

/// A data source in any region.
struct RegionalData {
    home: Arc<dyn AnyData>,
    schema: Schema,
    regions: Arc<Regions>,
}

impl RegionalData {
    fn at(&self, region: Option<&str>) -> Arc<dyn AnyData> {
        let there = region.and_then(|region| self.regions.data(region, self.schema.name));
        there.unwrap_or_else(|| self.home.clone())
    }
}

impl AnyData for RegionalData {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check_region(wanted, problems);
        self.at(self.regions.known(wanted).as_deref()).check(wanted, problems);
    }

    fn permissions(&self, wanted: &Value) -> Vec<Grant> {
        self.at(self.regions.known(wanted).as_deref()).permissions(wanted)
    }

    fn read<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let region = self.regions.of(wanted).await?;
            Ok(in_region(&self.at(Some(&region)).read(wanted, run).await?, &region))
        })
    }
}
