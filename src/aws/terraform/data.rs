//! `terraform_data`: a value that is kept in state, and a trigger for replacements.

use uuid::Uuid;

use crate::diagnostic::Diagnostics;
use crate::resource::{Model, OpResult, Planning, Recovery, ResourceType, Run, Token};
use crate::schema::Schema;
use crate::value::{Type, Value};

/// The resource type `terraform_data`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Data;

/// Keeps a value in state and hands it on as `output`. Its replacement can be made to follow any other value, so that
/// other resources or actions can depend on that.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct DataModel {
    /// A unique id, made once for each object.
    #[attr(computed)]
    pub(crate) id: Option<String>,
    /// Any value to keep. A change is taken over in place.
    #[attr(optional)]
    pub(crate) input: Value,
    /// The value of `input`.
    #[attr(computed)]
    pub(crate) output: Value,
    /// Any value; a change makes a new object.
    #[attr(optional, replace)]
    pub(crate) triggers_replace: Value,
}

impl ResourceType for Data {
    const NAME: &'static str = "terraform_data";
    const RECOVERY: Recovery = Recovery::Local;
    type Model = DataModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, DataModel::DOC, DataModel::block()).import_id("ID")
    }

    fn plan(&self, planning: &mut Planning<'_>, _problems: &mut Diagnostics) {
        // Always, so that the marks of a sensitive input stay on the output even where the value is the same.
        planning.set("output", planning.planned().attr("input"));
        if !planning.planned().attr("id").is_known() {
            planning.set("id", Value::unknown_not_null(Type::String));
        }
    }

    async fn read(&self, prior: &DataModel, _run: &Run<'_>) -> OpResult<Option<DataModel>> {
        Ok(Some(prior.clone()))
    }

    async fn create(&self, wanted: &DataModel, run: &Run<'_>) -> OpResult<DataModel> {
        Ok(DataModel { id: Some(id(run.token())), output: wanted.input.clone(), ..wanted.clone() })
    }

    async fn update(&self, prior: &DataModel, wanted: &DataModel, _run: &Run<'_>) -> OpResult<DataModel> {
        Ok(DataModel { id: prior.id.clone(), output: wanted.input.clone(), ..wanted.clone() })
    }

    async fn delete(&self, _prior: &DataModel, _run: &Run<'_>) -> OpResult<()> {
        Ok(())
    }

    async fn recover(&self, wanted: &DataModel, run: &Run<'_>) -> OpResult<Option<DataModel>> {
        // The token alone decides the id, so making it again makes the same object.
        self.create(wanted, run).await.map(Some)
    }

    fn import(&self, id: &str) -> OpResult<DataModel> {
        let absent = || Value::null(Type::Dynamic);
        Ok(DataModel { id: Some(id.to_owned()), input: absent(), output: absent(), triggers_replace: absent() })
    }
}

/// The token in the form of a UUID.
fn id(token: &Token) -> String {
    Uuid::parse_str(token.as_str())
        .unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_str().as_bytes()))
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;
    use crate::value::Marks;

    fn planned(config: &Value, prior: Option<&Value>, proposed: Value) -> Value {
        let mut planning = Planning::new(config, prior, proposed, Timestamp::UNIX_EPOCH, Path::new("."));
        Data.plan(&mut planning, &mut Diagnostics::new());
        planning.finish().0
    }

    fn object(input: Value, output: Value) -> Value {
        Value::object_of([
            ("id", Value::unknown(Type::String)),
            ("input", input),
            ("output", output),
            ("triggers_replace", Value::null(Type::Dynamic)),
        ])
    }

    #[test]
    fn the_schema_has_dynamic_attributes() {
        let schema = Data::schema();
        let attributes = &schema.block.attributes;
        assert!(["input", "output", "triggers_replace"].iter().all(|name| attributes[*name].ty == Type::Dynamic));
        assert!(attributes["triggers_replace"].replace && !attributes["input"].replace);
        assert!(attributes["output"].computed && !attributes["output"].is_argument());
    }

    #[test]
    fn output_follows_input_as_far_as_it_is_known() {
        let unknown = Value::unknown(Type::Dynamic);
        let partly = Value::tuple(vec!["a".into(), Value::unknown(Type::String)]);
        let secret = Value::string("s").marked(Marks::SENSITIVE);
        for input in [Value::string("a"), partly, secret, unknown.clone(), Value::null(Type::Dynamic)] {
            let proposed = object(input.clone(), unknown.clone());
            assert_eq!(planned(&proposed, None, proposed.clone()).attr("output"), input);
        }
    }

    #[test]
    fn a_changed_input_changes_the_output_that_was() {
        let prior = object("a".into(), "a".into());
        let proposed = object("b".into(), "a".into());
        assert_eq!(planned(&proposed, Some(&prior), proposed.clone()).attr("output"), "b".into());
    }

    #[tokio::test]
    async fn values_of_any_type_survive_and_the_token_is_the_id() {
        let run = Run::unrecorded();
        let input = Value::object_of([("list", Value::tuple(vec![1.into(), "x".into()])), ("yes", true.into())]);
        let wanted = DataModel::from_value(&object(input.clone(), Value::unknown(Type::Dynamic))).unwrap();
        let made = Data.create(&wanted, &run).await.unwrap();
        assert_eq!(made.id, Some(id(run.token())));
        assert_eq!(Data.recover(&wanted, &run).await.unwrap(), Some(made.clone()));
        assert_eq!(DataModel::from_value(&made.to_value()).unwrap(), made);
        assert_eq!((made.to_value().attr("input"), made.to_value().attr("output")), (input.clone(), input));
        let changed = DataModel { input: 3.into(), ..made.clone() };
        let updated = Data.update(&made, &changed, &run).await.unwrap();
        assert_eq!((updated.id, updated.output), (made.id, 3.into()));
    }

    #[test]
    fn a_token_is_written_as_a_uuid() {
        let token = Token::from_text("00112233445566778899aabbccddeeff");
        assert_eq!(id(&token), "00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn a_token_of_another_form_gives_a_steady_id_too() {
        let token = Token::from_text("not a uuid");
        assert_eq!(id(&token), id(&token));
        assert_eq!(id(&token).len(), 36);
    }
}
