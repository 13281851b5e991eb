//! The files that a front end reads, in each form.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use recon::testing::emulator::Kind;
use serde_json::{Value as Json, json};

use super::{Guide, MADE};

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
    let arguments: Vec<&str> = ["apply", "-auto-approve", "-O", "../x.json"].into_iter().chain(forms).collect();
    guide.run(&arguments).ends_with(0);
    let raw = |name: &str| guide.run(&["output", "-raw", name]).ends_with(0).stdout.trim().to_owned();
    let (endpoint, key) = (raw("aws_appsync_graphqlEndpoint"), raw("aws_appsync_apiKey"));
    let parsed = |name: &str| -> Json { serde_json::from_str(&guide.read(name)).unwrap() };

    let cdk = json!({"CdkBackendStack": {"awsappsyncgraphqlEndpoint": endpoint, "awsappsyncapiKey": key}});
    assert_eq!(parsed("cdk-exports.json"), cdk, "recon.toml names the stack");
    assert_eq!(parsed("../x.json"), cdk, "beside the folder, as the CDK is told to");
    let both = json!({"aws_appsync_graphqlEndpoint": endpoint, "aws_appsync_apiKey": key});
    let outputs = parsed("amplify_outputs.json");
    assert_eq!((&outputs["data"]["url"], &outputs["data"]["api_key"]), (&json!(endpoint), &json!(key)));

    // Each by what reads it.
    let read = |program: &str, arguments: &[&str]| -> Json {
        let answer = Command::new(program).args(arguments).current_dir(guide.path("")).output().unwrap();
        serde_json::from_slice(&answer.stdout).unwrap_or_else(|_| panic!("{answer:?}"))
    };
    assert_eq!(read("python3", &["-c", "import json; print(json.dumps(json.load(open('out.json'))))"]), both);
    let script =
        "const e = process.env; console.log(JSON.stringify([e.AWS_APPSYNC_GRAPHQL_ENDPOINT, e.AWS_APPSYNC_API_KEY]))";
    assert_eq!(read("node", &["--env-file=.env.out", "-e", script]), json!([endpoint, key]));
    let script = ". ./.env.out; printf '[\"%s\", \"%s\"]' \"$AWS_APPSYNC_GRAPHQL_ENDPOINT\" \"$AWS_APPSYNC_API_KEY\"";
    assert_eq!(read("sh", &["-c", script]), json!([endpoint, key]));

    // As modules of their own kind: the folder has no package.json that says what `.js` means.
    guide.write("exports.mjs", &guide.read("aws-exports.js"));
    let script = "import('./exports.mjs').then(m => console.log(JSON.stringify(m.default)))";
    assert_eq!(read("node", &["-e", script]), both);
    let types = ["export type Outputs = typeof outputs;", " as const"];
    let plain = types.iter().fold(guide.read("out.ts"), |text, ty| text.replace(ty, ""));
    guide.write("typescript.mjs", &plain);
    let script = "import('./typescript.mjs').then(m => console.log(JSON.stringify([m.default, m.outputs])))";
    assert_eq!(read("node", &["-e", script]), json!([both, both]));

    let written = || std::fs::metadata(guide.path("../x.json")).unwrap().modified().unwrap();
    let first = written();
    guide.run(&arguments).ends_with(0);
    assert_eq!(written(), first, "what does not change is not written again");
}

#[test]
fn state_is_terraforms_readable_by_its_owner_alone_and_backed_up() {
    let guide = Guide::applied(Kind::Ministack);
    let path = guide.path("state/default.tfstate");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let state: Json = serde_json::from_str(&guide.read("state/default.tfstate")).unwrap();
    assert_eq!(state["version"], 4);
    assert_eq!(state["outputs"]["aws_appsync_apiKey"]["sensitive"], true);
    assert_eq!(state["outputs"]["aws_appsync_graphqlEndpoint"].get("sensitive"), None);
    let managed = state["resources"].as_array().unwrap().iter().filter(|resource| resource["mode"] == "managed");
    let mut instances = 0;
    for resource in managed {
        assert_eq!(resource["provider"], "provider[\"registry.terraform.io/hashicorp/aws\"]");
        assert!(resource["type"].is_string() && resource["name"].is_string(), "{resource}");
        for instance in resource["instances"].as_array().unwrap() {
            assert!(instance["schema_version"].is_u64() && instance["attributes"]["id"].is_string(), "{instance}");
            assert!(instance["sensitive_attributes"].is_array(), "{instance}");
            instances += 1;
        }
    }
    assert_eq!(instances, MADE.len());
    let keys: Vec<&Json> =
        state["resources"].as_array().unwrap().iter().map(|r| &r["instances"][0]["index_key"]).collect();
    assert!(keys.contains(&&json!("createPost")), "instances of `for_each` are told apart by key");
    assert!(!guide.path("state/default.journal").exists(), "nothing is open");
    guide.edit("main.tf", "timeout       = 10", "timeout       = 20");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let backup: Json = serde_json::from_str(&guide.read("state/default.tfstate.backup")).unwrap();
    assert_eq!(backup, state, "the backup is what was there before");
    let mode = std::fs::metadata(guide.path("state/default.tfstate.backup")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let after: Json = serde_json::from_str(&guide.read("state/default.tfstate")).unwrap();
    assert_eq!(after["lineage"], state["lineage"]);
    assert!(after["serial"].as_u64() > state["serial"].as_u64());
}
