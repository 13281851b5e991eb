//! The saved objects of a workspace.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::{attributes, flatmap};
use crate::address::{Address, ResourceAddress};
use crate::value::json::JsonError;
use crate::value::{Marks, Path, Type, Value};

/// The version of Terraform whose state format and language this is; new states say it.
pub const TERRAFORM_VERSION: &str = "1.11.0";

/// The value of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputState {
    /// The value; marked where the output is sensitive.
    pub value: Value,
    /// Whether the output is declared sensitive.
    pub sensitive: bool,
}

/// All that is saved of a workspace. Cheap to clone as far as instances go.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Tells this state from any other, for as long as it lives.
    pub lineage: String,
    /// Grows with each run that changes the content; zero before the first.
    pub serial: u64,
    /// The version of Terraform that the state says it was written by.
    pub terraform_version: String,
    /// The outputs of the root module, by name; see `set_outputs`.
    pub outputs: IndexMap<Arc<str>, OutputState>,
    /// The current object of each instance.
    pub instances: BTreeMap<Address, Instance>,
    /// Objects that were replaced and not deleted yet, by eight hexadecimal digits.
    pub deposed: BTreeMap<(Address, String), Instance>,
    /// What checks found, in the form of the file.
    pub check_results: Json,
    /// Members of the file that recon does not know.
    pub rest: Map<String, Json>,
    /// Identifies the stored content that this was read from; `None` if it was not read. It changes with any byte that
    /// another program writes, so it tells a stale plan even where the serial does not.
    pub checksum: Option<Arc<str>>,
}

impl Snapshot {
    /// A state of its own lineage with nothing in it.
    pub fn fresh() -> Self {
        Self::of_lineage(uuid::Uuid::new_v4().to_string())
    }

    /// A state of a given lineage with nothing in it.
    pub fn of_lineage(lineage: impl Into<String>) -> Self {
        Self {
            lineage: lineage.into(),
            serial: 0,
            terraform_version: TERRAFORM_VERSION.into(),
            outputs: IndexMap::new(),
            instances: BTreeMap::new(),
            deposed: BTreeMap::new(),
            check_results: Json::Null,
            rest: Map::new(),
            checksum: None,
        }
    }

    /// Sets the current object of an instance. Says whether that changes anything.
    pub fn insert(&mut self, address: Address, instance: Instance) -> bool {
        if self.instances.get(&address) == Some(&instance) {
            return false;
        }
        self.instances.insert(address, instance);
        true
    }

    /// Sets the outputs, in the order of their names and without those that are null. Says whether that changes anything.
    pub fn set_outputs(&mut self, outputs: IndexMap<Arc<str>, OutputState>) -> bool {
        let mut outputs: IndexMap<_, _> = outputs.into_iter().filter(|(_, output)| !output.value.is_null()).collect();
        outputs.sort_keys();
        let changed = self.outputs != outputs;
        self.outputs = outputs;
        changed
    }

    /// Sets the current object of an instance aside under a key, to make room for its replacement.
    pub fn depose(&mut self, address: &Address, key: &str) -> bool {
        let Some(instance) = self.instances.remove(address) else {
            return false;
        };
        self.deposed.insert((address.clone(), key.into()), instance);
        true
    }

    /// Makes an object that was set aside current again, if nothing has taken its place.
    pub fn restore(&mut self, address: &Address, key: &str) -> bool {
        if self.instances.contains_key(address) {
            return false;
        }
        let Some(instance) = self.deposed.remove(&(address.clone(), key.into())) else {
            return false;
        };
        self.instances.insert(address.clone(), instance);
        true
    }

    /// Whether no object and no output is saved.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.deposed.is_empty() && self.outputs.is_empty()
    }
}

/// One saved object. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Instance {
    /// The provider configuration, as `provider["registry.terraform.io/hashicorp/aws"]`.
    pub provider: Arc<str>,
    /// The version of the schema that the attributes follow.
    pub schema_version: u64,
    /// The attributes in stored form; null in files of Terraform before 0.12. `value` gives their meaning.
    pub attributes: Arc<Json>,
    /// Where the attributes are sensitive.
    pub sensitive: Arc<[Path]>,
    /// Whether the object is to be replaced because it was not made completely.
    pub tainted: bool,
    /// The resources that this one must be deleted before.
    pub dependencies: Arc<[ResourceAddress]>,
    /// Whether a replacement is made before this object is deleted.
    pub create_before_destroy: bool,
    /// What a provider keeps for itself, in Base64.
    pub private: Option<Arc<str>>,
    /// Members of the file that recon does not know.
    pub rest: Arc<Map<String, Json>>,
}

impl Instance {
    /// The object of a value. The type is the schema's, which says where stored values carry their own types. What is
    /// marked sensitive stays so: attributes that a schema declares sensitive must be marked by then.
    pub fn from_value(value: &Value, ty: &Type, provider: Arc<str>, schema_version: u64) -> Self {
        Self {
            provider,
            schema_version,
            attributes: Arc::new(attributes::encode(value, ty)),
            sensitive: attributes::sensitive_paths(value).into(),
            tainted: false,
            dependencies: Arc::new([]),
            create_before_destroy: false,
            private: None,
            rest: Arc::default(),
        }
    }

    /// The attributes as a value of the schema's type, marked where they are sensitive.
    pub fn value(&self, ty: &Type) -> Result<Value, JsonError> {
        let value = match self.flat() {
            Some(flat) => flatmap::decode(flat, ty)?,
            None => attributes::decode(&self.attributes, ty)?,
        };
        let mark = |value: Value, path: &Path| path.change(&value, &mut |inner| inner.marked(Marks::SENSITIVE));
        Ok(self.sensitive.iter().fold(value, mark))
    }

    /// The `id` attribute, if the object has one.
    pub fn id(&self) -> Option<&str> {
        let id = self.flat().map_or_else(|| self.attributes.get("id"), |flat| flat.get("id"));
        id.and_then(Json::as_str)
    }

    /// The attributes as Terraform before 0.12 wrote them, if nobody has written the object since.
    pub fn flat(&self) -> Option<&Map<String, Json>> {
        if self.attributes.is_null() { self.rest.get("attributes_flat")?.as_object() } else { None }
    }

    /// The object in place of an earlier form of itself: with what other programs keep beside the attributes, and with the
    /// attributes that recon's type does not have.
    #[must_use]
    pub fn in_place_of(self, kept: &Self) -> Self {
        let mut attributes = self.attributes;
        if let (Json::Object(own), Json::Object(others)) = (&*attributes, &*kept.attributes)
            && others.keys().any(|name| !own.contains_key(name))
        {
            let mut all = own.clone();
            for (name, json) in others.iter().filter(|(name, _)| !own.contains_key(*name)) {
                all.insert(name.clone(), json.clone());
            }
            all.sort_keys();
            attributes = Arc::new(Json::Object(all));
        }
        let mut rest = kept.rest.clone();
        if rest.contains_key("attributes_flat") {
            Arc::make_mut(&mut rest).shift_remove("attributes_flat");
        }
        Self { attributes, private: kept.private.clone(), rest, ..self }
    }

    /// The attributes as they are stored, for a reader who knows no schema.
    pub fn stored(&self) -> Cow<'_, Json> {
        self.flat().map_or(Cow::Borrowed(&*self.attributes), |flat| Cow::Owned(Json::Object(flat.clone())))
    }

    /// Whether some of the attributes must not be shown or journaled.
    pub fn has_secrets(&self) -> bool {
        !self.sensitive.is_empty()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Instance");
        out.field("provider", &self.provider).field("schema_version", &self.schema_version);
        if self.has_secrets() {
            out.field("attributes", &format_args!("(sensitive)"));
        } else {
            out.field("attributes", &self.attributes);
        }
        out.field("tainted", &self.tainted).field("dependencies", &self.dependencies).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_type() -> Type {
        Type::object([("id", Type::String), ("keys", Type::map(Type::String))])
    }

    fn object() -> Instance {
        let secret = Value::string("da2-x").marked(Marks::SENSITIVE);
        let keys = Value::map(Type::String, [("k".into(), secret)].into());
        let value = Value::object_of([("id", "a:b".into()), ("keys", keys)]);
        Instance::from_value(&value, &key_type(), "provider".into(), 1)
    }

    #[test]
    fn a_value_comes_back_with_its_marks() {
        let value = object().value(&key_type()).unwrap();
        assert!(Path::root().attribute("keys").key("k").find(&value).is_some_and(Value::is_sensitive));
        assert!(!value.attr("id").is_sensitive());
        assert_eq!(object().id(), Some("a:b"));
    }

    #[test]
    fn debug_output_hides_objects_with_secrets() {
        assert!(!format!("{:?}", object()).contains("da2-x"));
    }

    #[test]
    fn outputs_are_sorted_and_null_ones_are_not_kept() {
        let mut snapshot = Snapshot::fresh();
        let output = |value: Value| OutputState { value, sensitive: false };
        let outputs: IndexMap<Arc<str>, _> = [
            ("b".into(), output("1".into())),
            ("a".into(), output("2".into())),
            ("c".into(), output(Value::null(Type::String))),
        ]
        .into();
        assert!(snapshot.set_outputs(outputs.clone()));
        assert!(!snapshot.set_outputs(outputs), "the same again is no change");
        assert_eq!(snapshot.outputs.keys().map(|name| &**name).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_was_set_aside_is_restored_only_to_an_empty_place() {
        let mut snapshot = Snapshot::fresh();
        let address: Address = "aws_appsync_api_key.k".parse().unwrap();
        snapshot.insert(address.clone(), object());
        assert!(snapshot.depose(&address, "0a1b2c3d"));
        assert!(snapshot.restore(&address, "0a1b2c3d"));
        assert!(snapshot.depose(&address, "0a1b2c3d"));
        snapshot.insert(address.clone(), object());
        assert!(!snapshot.restore(&address, "0a1b2c3d"));
        assert_eq!(snapshot.deposed.len(), 1);
    }
}
