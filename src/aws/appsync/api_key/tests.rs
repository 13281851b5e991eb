use std::path::Path;

use super::*;
use crate::aws::Settings;

const NOW: &str = "2026-03-10T12:34:56Z";

fn config(pairs: &[(&str, &str)]) -> Value {
    let given = ApiKeyModel { api_id: "api".into(), ..ApiKeyModel::default() }.to_value();
    let given = given.with("description", Value::null(Type::String));
    pairs.iter().fold(given, |value, (name, text)| value.with(name, (*text).into()))
}

/// What is planned, and the problems.
fn planned(config: &Value, prior: Option<&Value>) -> (Value, Diagnostics) {
    let mut problems = Diagnostics::new();
    let start = prior.cloned().unwrap_or_else(|| config.clone());
    let start = ["expires_in", "renew_before"].iter().fold(start, |value, name| value.with(name, config.attr(name)));
    let mut planning = Planning::new(config, prior, start, expiry::parse(NOW).unwrap(), Path::new("."));
    let key = ApiKey::new(&Aws::new(Settings::default()));
    key.check(config, &mut problems);
    key.plan(&mut planning, &mut problems);
    (planning.finish().0, problems)
}

#[test]
fn a_relative_life_is_planned_as_an_instant_and_then_kept() {
    let config = config(&[("expires_in", "365d"), ("renew_before", "30d")]);
    let (first, problems) = planned(&config, None);
    assert_eq!(first.attr("expires"), "2027-03-10T11:00:00Z".into());
    assert!(problems.is_empty());
    let (second, _) = planned(&config, Some(&first));
    assert_eq!(second, first);
}

#[test]
fn an_expiry_changed_by_someone_else_is_planned_back() {
    let config = config(&[("expires_in", "365d")]);
    let (state, _) = planned(&config, None);
    let live = state.with("expires", "2026-04-20T10:00:00Z".into());
    let (repaired, _) = planned(&config, Some(&live));
    assert_eq!(repaired.attr("expires"), state.attr("expires"));
    assert_eq!(repaired.attr("valid_until"), state.attr("valid_until"));
}

#[test]
fn a_key_in_its_window_or_past_its_end_is_renewed() {
    let config = config(&[("expires_in", "90d")]);
    for expires in ["2026-03-20T10:00:00Z", "2026-02-20T10:00:00Z"] {
        let prior = config.with("expires", expires.into()).with("valid_until", expires.into());
        let (renewed, _) = planned(&config, Some(&prior));
        assert_eq!(renewed.attr("expires"), "2026-06-08T12:00:00Z".into(), "{expires}");
    }
}

#[test]
fn a_key_without_a_wish_is_kept_and_its_end_is_told() {
    let (left, none) = (config(&[]), config(&[]).with("expires", "2026-06-01T00:00:00Z".into()));
    assert!(planned(&left, Some(&none)).1.is_empty());
    for near in ["2026-03-12T00:00:00Z", "2026-03-01T00:00:00Z"] {
        let (kept, problems) = planned(&left, Some(&left.with("expires", near.into())));
        assert_eq!(kept.attr("expires"), near.into());
        assert!(problems.len() == 1 && !problems.has_errors(), "{near}");
    }
}

#[test]
fn a_wish_that_appsync_would_refuse_is_an_error_at_plan() {
    for wrong in [
        &[("expires", "tomorrow")][..],
        &[("expires", "2026-03-10T20:00:00Z")],
        &[("expires", "2027-06-01T00:00:00Z")],
        &[("expires_in", "forever")],
        &[("expires_in", "400d")],
        &[("expires_in", "30d"), ("renew_before", "30d")],
        &[("renew_before", "30d")],
    ] {
        let (_, problems) = planned(&config(wrong), None);
        assert_eq!(problems.len(), 1, "{wrong:?}: {problems:?}");
        assert!(problems.has_errors());
    }
    let unknown = config(&[]).with("expires_in", Value::unknown(Type::String));
    let (later, problems) = planned(&unknown, None);
    assert!(problems.is_empty() && !later.attr("expires").is_known());
}

#[test]
fn an_expiry_that_is_not_to_change_is_not_sent_when_it_would_be_refused() {
    let key = |expires: &str| ApiKeyModel { expires: Some(expires.into()), ..ApiKeyModel::default() };
    let now = expiry::parse(NOW).unwrap();
    let send = |from: &str, to: &str| expiry_to_send(&key(from), &key(to), now).is_some();
    assert!(!send("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"));
    assert!(send("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"));
    assert!(send("2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z"));
}

#[test]
fn an_import_id_is_taken_apart_and_a_wrong_one_is_not_shown() {
    let types = ApiKey::new(&Aws::new(Settings::default()));
    let model = types.import("api:da2-secret").unwrap();
    assert_eq!((model.api_id.as_str(), key_of(&model)), ("api", "da2-secret"));
    assert!(!types.import("da2-secret").unwrap_err().to_string().contains("da2-secret"));
}

#[test]
fn a_failure_does_not_show_the_key() {
    let error = OpError::new(ErrorKind::Gone, "appsync:UpdateApiKey", "API key da2-secret not found");
    assert_eq!(hidden(error, "da2-secret").message, "API key (sensitive) not found");
}
