use super::*;
use crate::address::Key;
use crate::diagnostic::Diagnostic;
use crate::state::{Snapshot, StateError};
use crate::value::{Path, Type};

/// Written by Terraform 1.11.4: outputs, a check, data, modules, keys, secrets, tainted and deposed objects.
const TERRAFORM: &str = include_str!("tests/terraform.tfstate");

fn read(text: &str) -> Result<Snapshot, StateError> {
    decode("state/default.tfstate", text.as_bytes())
}

/// What recon writes for a state, without the checksum that only recon writes.
fn written(snapshot: &Snapshot) -> String {
    String::from_utf8(write::encode_canonical(snapshot)).unwrap()
}

#[test]
fn terraforms_state_is_written_back_byte_for_byte() {
    assert_eq!(written(&read(TERRAFORM).unwrap()), TERRAFORM);
}

#[test]
fn what_terraform_wrote_is_understood() {
    let state = read(TERRAFORM).unwrap();
    let counted = state.instances.keys().filter(|address| address.resource.name.as_ref() == "counted");
    assert_eq!(counted.map(|address| address.key.clone()).collect::<Vec<_>>(), [Key::Index(0), Key::Index(1)]);
    assert!(state.instances.contains_key(&"data.terraform_remote_state.r".parse().unwrap()));
    assert_eq!(state.deposed.len(), 2);
    assert_eq!(state.instances.values().filter(|instance| instance.tainted).count(), 2);
    assert!(state.outputs["sec"].value.is_sensitive());
    assert_eq!(
        state.outputs["obj"].value.attr("big").as_number().map(ToString::to_string).as_deref(),
        Some("123456789012345678901234567890")
    );

    let ty = Type::object([("id", Type::String), ("input", Type::Dynamic)]);
    let one = state.instances[&"terraform_data.one".parse().unwrap()].value(&ty).unwrap();
    assert!(Path::from("input.l.0.p").find(&one).is_some_and(crate::value::Value::is_sensitive));
    assert!(Path::from("input.l.1").find(&one).is_some_and(|value| !value.is_sensitive()));
    assert!(!format!("{state:?}").contains("hush"), "secrets must not show in debug output");
}

#[test]
fn what_recon_wrote_is_read_back_with_its_checksum() {
    let state = read(TERRAFORM).unwrap();
    let encoded = encode(&state);
    let mut again = decode("s", &encoded.bytes).unwrap();
    assert_eq!(again.checksum, Some(encoded.checksum.clone()));
    assert_eq!(encode(&again).bytes, encoded.bytes);
    again.checksum.clone_from(&state.checksum);
    assert_eq!(again, state);
}

#[test]
fn an_edit_is_noticed_and_another_layout_is_not_one() {
    let text = String::from_utf8(encode(&read(TERRAFORM).unwrap()).bytes.to_vec()).unwrap();
    let edited = text.replacen("\"x.1\"", "\"x.2\"", 1).replacen("tainted", "", 1);
    assert!(matches!(read(&edited), Err(StateError::Checksum { .. })));
    let compact = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&text).unwrap()).unwrap();
    assert!(read(&compact).is_ok());
}

#[test]
fn a_state_cut_short_anywhere_is_refused_with_its_place() {
    let whole = encode(&read(TERRAFORM).unwrap()).bytes;
    // Behind the last brace only the line end is missing, which is no loss.
    for length in 0..whole.len() - 1 {
        let error = decode("state/default.tfstate", &whole[..length]).unwrap_err();
        let told = Diagnostic::from(error);
        assert!(told.detail.contains("state/default.tfstate"), "{length}: {told:?}");
        assert!(told.help.iter().any(|help| help.contains(".backup")), "{length}: {told:?}");
        assert!(!told.detail.contains("hush"));
    }
    assert!(decode("s", &whole[..whole.len() - 1]).is_ok());
}

#[test]
fn a_flipped_bit_is_noticed_or_means_nothing() {
    let mut state = read(TERRAFORM).unwrap();
    let kept: Vec<_> = state.instances.keys().skip(state.instances.len() - 2).cloned().collect();
    state.instances.retain(|address, _| kept.contains(address));
    let whole = encode(&state).bytes;
    assert!(decode("s", &whole).is_ok());
    let last = whole.len() - 1;
    for (at, bit) in (0..last).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1 << bit;
        // A digit of an escaped letter may be written small or large.
        let found = decode("s", &bytes).ok();
        assert!(found.is_none_or(|found| written(&found) == written(&state)), "bit {bit} of byte {at}");
    }
}

#[test]
fn wrong_shapes_are_named_with_line_and_column() {
    let problem = |from: &str, to: &str| {
        assert!(TERRAFORM.contains(from), "{from}");
        read(&TERRAFORM.replacen(from, to, 1)).unwrap_err().to_string()
    };
    let place = "state/default.tfstate, line";
    assert_eq!(
        problem("\"mode\": \"data\"", "\"mode\": \"date\""),
        format!("{place} 35, column 15: `resources[0].mode`: `managed` or `data` is required")
    );
    let key = problem("\"index_key\": 0", "\"index_key\": -1");
    assert!(
        key.ends_with("`resources[1].instances[0].index_key`: a string or a whole number is required, not this number"),
        "{key}"
    );
    let lineage = problem("\"lineage\": ", "\"lin\": ");
    assert!(lineage.starts_with(&format!("{place} 1, ")) && lineage.ends_with("a string is required, but missing"));
    let twice = problem("\"index_key\": 1", "\"index_key\": 0");
    assert!(twice.ends_with("this instance is in the state twice"), "{twice}");
    assert!(problem("\"status\": \"tainted\"", "\"status\": \"odd\"").contains("status"));
    assert!(problem("\"type\": \"get_attr\"", "\"type\": \"leap\"").contains("sensitive_attributes[0]"));
    for (text, wanted) in [("[]", "an array"), ("null", "null"), ("{\"a\" 1}", "this is not JSON"), ("{}", "version")] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn other_versions_and_other_tools_are_refused_with_a_cure() {
    for version in ["5", "4.5", "-1", "99999999999999999999"] {
        let told = Diagnostic::from(read(&format!("{{\"version\": {version}}}")).unwrap_err());
        assert_eq!(told.summary, "Unsupported state version");
        assert!(told.detail.contains(version), "{told:?}");
        assert!(told.help.iter().any(|help| help.contains("newer recon")), "{version}: {told:?}");
    }
    assert!(matches!(read("{\"encrypted_data\": \"x\", \"serial\": 1}"), Err(StateError::Encrypted { .. })));
    assert!(matches!(read(" \n"), Err(StateError::Empty { .. })));
}

#[test]
fn what_recon_does_not_know_is_kept() {
    let text = TERRAFORM.replacen("\n}\n", ",\n  \"later\": {\n    \"x\": 1.50\n  }\n}\n", 1).replacen(
        "\"sensitive_attributes\": [],",
        "\"sensitive_attributes\": [],\n          \"identity_schema_version\": 0,",
        1,
    );
    assert_eq!(written(&read(&text).unwrap()), text);
}
