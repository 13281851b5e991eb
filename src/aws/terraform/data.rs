//! `terraform_data`: a value that is kept in state, and a trigger for replacements.

use uuid::Uuid;

use crate::diagnostic::Diagnostics;
use crate::resource::{Grant, Model, Need, OpResult, Planning, Recovery, ResourceType, Run, Token};
use crate::schema::Schema;
use crate::value::{Marks, Type, Value};

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
    /// The value of `input`, known after apply where that changes.
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
        let input = planning.planned().attr("input");
        let kept = planning.prior.is_some_and(|prior| prior.attr("input") == input.unmark_deep().0);
        let wholly_sensitive = input.marks().has(Marks::SENSITIVE);
        // An input with secrets in some of its parts is handed on as it is: an unknown value could only be a secret as a
        // whole, or not at all.
        let never_given = input.is_null() && planning.is_create();
        let output = match kept || never_given || (input.is_sensitive() && !wholly_sensitive) {
            true => input,
            false => Value::unknown(input.ty()).marked(input.marks()),
        };
        planning.set("output", output);
        if !planning.planned().attr("id").is_known() {
            planning.set("id", Value::unknown_not_null(Type::String));
        }
    }

    fn permissions(&self, _need: Need<'_>) -> Vec<Grant> {
        // Nothing is outside of recon.
        Vec::new()
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
    fn the_output_of_a_new_object_is_unknown_and_has_the_type_of_the_input() {
        let output = |input: Value| {
            let proposed = object(input, Value::unknown(Type::Dynamic));
            planned(&proposed, None, proposed.clone()).attr("output")
        };
        assert_eq!(output("a".into()), Value::unknown(Type::String));
        assert_eq!(output(Value::unknown(Type::Dynamic)), Value::unknown(Type::Dynamic));
        assert_eq!(output(Value::null(Type::Dynamic)), Value::null(Type::Dynamic));
        let secret = |value: Value| value.marked(Marks::SENSITIVE);
        assert_eq!(output(secret("s".into())), secret(Value::unknown(Type::String)));
        let partly = Value::tuple(vec!["a".into(), secret("s".into())]);
        assert_eq!(output(partly.clone()), partly);
    }

    #[test]
    fn an_output_stays_as_long_as_the_input_does() {
        let prior = object("a".into(), "a".into());
        let output = |input: Value| {
            let proposed = object(input, "a".into());
            planned(&proposed, Some(&prior), proposed.clone()).attr("output")
        };
        assert_eq!(output("b".into()), Value::unknown(Type::String));
        assert_eq!(output(Value::null(Type::Dynamic)), Value::unknown(Type::Dynamic));
        assert_eq!(output(Value::string("a").marked(Marks::SENSITIVE)), Value::string("a").marked(Marks::SENSITIVE));
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
