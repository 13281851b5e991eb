//! The files that a front end reads, in each form.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use recon::testing::emulator::Kind;
use serde_json::{Value as Json, json};

use super::Guide;

#[test]
fn every_form_says_the_same_and_is_read_by_what_reads_it() {
    let guide = Guide::with_pool(Kind::Ministack);
    let forms = [
        "--export=json=out.json",
        "--export=aws-exports=aws-exports.js",
        "--export=amplify-outputs=amplify_outputs.json",
        "--export=dotenv=.env.out",
        "--export=typescript=out.ts",
    ];
    let arguments: Vec<&str> = ["apply", "-auto-approve", "-O", "other.json"].into_iter().chain(forms).collect();
    guide.run(&arguments).ends_with(0);
    let raw = |name: &str| guide.run(&["output", "-raw", name]).ends_with(0).stdout.trim().to_owned();
    let (endpoint, key) = (raw("aws_appsync_graphqlEndpoint"), raw("aws_appsync_apiKey"));
    let parsed = |name: &str| -> Json { serde_json::from_str(&guide.read(name)).unwrap() };

    let cdk = json!({"CdkBackendStack": {"awsappsyncgraphqlEndpoint": endpoint, "awsappsyncapiKey": key}});
    assert_eq!(parsed("cdk-exports.json"), cdk, "recon.toml names the stack");
    let stacks = parsed("other.json");
    assert_eq!(stacks.as_object().unwrap().values().next(), cdk.as_object().unwrap().values().next());
    assert_eq!(parsed("out.json")["aws_appsync_apiKey"], key);
    let outputs = parsed("amplify_outputs.json");
    assert_eq!((&outputs["data"]["url"], &outputs["data"]["api_key"]), (&json!(endpoint), &json!(key)));
    let lines = guide.read(".env.out");
    assert!(lines.lines().any(|line| line.contains(&endpoint)) && lines.lines().any(|line| line.contains(&key)));

    // As a module of its own kind: the folder has no package.json that says what `.js` means.
    guide.write("exports.mjs", &guide.read("aws-exports.js"));
    let script = "import('./exports.mjs').then(m => console.log(JSON.stringify(m.default)))";
    let node = Command::new("node").args(["-e", script]).current_dir(guide.path("")).output().unwrap();
    let read: Json = serde_json::from_slice(&node.stdout).unwrap_or_else(|_| panic!("{node:?}"));
    assert_eq!((&read["aws_appsync_graphqlEndpoint"], &read["aws_appsync_apiKey"]), (&json!(endpoint), &json!(key)));
    let typescript = guide.read("out.ts");
    assert!(typescript.contains("export const") && typescript.contains(&endpoint), "{typescript}");
}

#[test]
fn state_is_terraforms_readable_by_its_owner_alone_and_backed_up() {
    let guide = Guide::applied(Kind::Ministack);
    let path = guide.path("state/default.tfstate");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let state: Json = serde_json::from_str(&guide.read("state/default.tfstate")).unwrap();
    assert_eq!(state["version"], 4);
    assert_eq!(state["outputs"]["aws_appsync_apiKey"]["sensitive"], true);
    assert!(!guide.path("state/default.journal").exists(), "nothing is open");
    guide.edit("main.tf", "timeout       = 10", "timeout       = 20");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let backup: Json = serde_json::from_str(&guide.read("state/default.tfstate.backup")).unwrap();
    assert_eq!((&backup["lineage"], &backup["serial"]), (&state["lineage"], &state["serial"]));
}
