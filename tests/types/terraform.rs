//! Terraform's own types, which need no emulator.

use recon::aws::{Aws, Settings, registry};
use recon::resource::Run;
use recon::testing::suite::plan;
use recon::value::{Type, Value};
use serde_json::json;

#[tokio::test]
async fn terraform_data_keeps_values_of_any_type() {
    let registry = registry(&Aws::new(Settings::default()));
    let resource = registry.resource("terraform_data").unwrap();
    let run = Run::unrecorded();
    let first = json!({"input": {"names": ["a", 1, true]}, "triggers_replace": "one"});
    let change = plan(resource.as_ref(), &first, None);
    let output = change.planned.attr("output");
    assert_eq!((output.is_known(), output.ty()), (false, change.planned.attr("input").ty()));
    let made = resource.create(&change.planned, &run).await.unwrap();
    assert!(made.is_wholly_known());
    assert_eq!(made.attr("output"), made.attr("input"));
    assert_eq!(plan(resource.as_ref(), &first, Some(&made)).differences, []);
    let second = json!({"input": ["b"], "triggers_replace": "one"});
    let change = plan(resource.as_ref(), &second, Some(&made));
    assert!(change.replace_paths.is_empty());
    let updated = resource.update(&made, &change.planned, &run).await.unwrap();
    assert_eq!((updated.attr("id"), updated.attr("output")), (made.attr("id"), updated.attr("input")));
    let third = plan(resource.as_ref(), &json!({"input": ["b"], "triggers_replace": 2}), Some(&updated));
    assert_eq!(third.replace_paths, ["triggers_replace".into()]);
    assert!(!third.planned.attr("id").is_known());
    let cleared = plan(resource.as_ref(), &json!({"triggers_replace": "one"}), Some(&updated));
    assert_eq!(cleared.planned.attr("output"), Value::unknown(Type::Dynamic));
    let updated = resource.update(&updated, &cleared.planned, &run).await.unwrap();
    assert_eq!(updated.attr("output"), Value::null(Type::Dynamic));
}
