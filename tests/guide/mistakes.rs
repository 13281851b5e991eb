//! Bad input: a diagnostic that names file, line and cure, and nothing changed.

use recon::testing::emulator::Kind;

use super::Guide;
use super::account::listing;

struct Case {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// What the diagnostic says: the place, what is wrong, and what to do.
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        file: "main.tf",
        from: "schema/schema.graphql",
        to: "schema/missing.graphql",
        says: &["main.tf line", "missing.graphql"],
    },
    Case {
        file: "schema/schema.graphql",
        from: "type Query {",
        to: "type Query ((",
        says: &["main.tf line", "schema/schema.graphql line 15", "Correct the schema"],
    },
    Case {
        file: "main.tf",
        from: "listPosts  = \"Query\"",
        to: "listPost   = \"Query\"",
        says: &["Resolver for a field that the schema lacks", "main.tf line", "Did you mean \"listPosts\"?"],
    },
    Case {
        file: "main.tf",
        from: "memory_size   = 1024",
        to: "memory_sise   = 1024",
        says: &["Unsupported argument", "main.tf line", "Did you mean \"memory_size\"?"],
    },
    Case {
        file: "main.tf",
        from: "memory_size   = 1024",
        to: "memory_size   = \"plenty\"",
        says: &["Incorrect attribute value type", "main.tf line", "number"],
    },
    Case {
        file: "main.tf",
        from: "handler       = \"main.handler\"",
        to: "handler       = \"index.handler\"",
        says: &["main.tf line", "index", "main"],
    },
    Case { file: "lambda-fns/main.ts", from: "export ", to: "export const = ;\nexport ", says: &["main.ts", "line"] },
];

#[tokio::test]
async fn a_mistake_is_named_with_its_place_and_cure_and_changes_nothing() {
    let guide = Guide::with_pool(Kind::Ministack);
    let before = listing(&guide.aws()).await;
    for case in CASES {
        let text = guide.read(case.file);
        guide.edit(case.file, case.from, case.to);
        let answer = guide.run(&["apply", "-auto-approve"]).ends_with(1);
        for said in case.says {
            assert!(answer.stderr.contains(said), "{:?} says {said:?}: {}", case.to, answer.stderr);
        }
        guide.write(case.file, &text);
        assert!(!guide.path("state/default.tfstate").exists(), "no state is written for {:?}", case.to);
    }
    assert_eq!(listing(&guide.aws()).await, before);
}

#[test]
fn exports_without_a_pool_say_how_to_get_one() {
    let guide = Guide::new(Kind::Ministack);
    guide.write(
        "examples/amplify-auth/aws-exports.js",
        "const a = { aws_project_region: \"eu-west-1\" };\nexport default a;\n",
    );
    let answer = guide.run(&["plan"]).ends_with(1);
    for said in ["aws-exports.js", "line 1", "amplify"] {
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
    }
}

#[test]
fn an_endpoint_that_is_down_is_named() {
    let guide = Guide::with_pool(Kind::Ministack);
    let mut command = guide.command(&["plan"]);
    // The discard port of loopback, where nobody listens.
    let answer = crate::cli::Answer::from(command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").output().unwrap());
    let answer = answer.ends_with(1);
    assert!(answer.stderr.contains("Service not reachable"), "{}", answer.stderr);
    assert!(answer.stderr.contains("endpoint"), "{}", answer.stderr);
}

#[test]
fn absent_credentials_are_named_with_their_cure() {
    let guide = Guide::with_pool(Kind::Ministack);
    let mut command = guide.command(&["plan"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let answer = crate::cli::Answer::from(command.output().unwrap()).ends_with(1);
    assert!(answer.stderr.contains("No usable AWS credentials"), "{}", answer.stderr);
    assert!(answer.stderr.contains("AWS_PROFILE"), "{}", answer.stderr);
}

#[test]
fn a_state_of_another_lineage_is_not_written_over() {
    let guide = Guide::applied(Kind::Ministack);
    guide.run(&["plan", "-destroy", "-out=it.plan"]).ends_with(0);
    let state = guide.read("state/default.tfstate");
    let mut other: serde_json::Value = serde_json::from_str(&state).unwrap();
    other["lineage"] = "11111111-2222-3333-4444-555555555555".into();
    other.as_object_mut().unwrap().remove("recon_checksum");
    guide.write("state/default.tfstate", &other.to_string());
    let answer = guide.run(&["apply", "-allow-data-loss=aws_dynamodb_table.posts", "it.plan"]).ends_with(1);
    assert!(answer.stderr.contains("the state is another one than when it was made"), "{}", answer.stderr);
    assert_eq!(guide.read("state/default.tfstate"), other.to_string(), "nothing was written");
}

#[tokio::test]
async fn a_protected_table_stops_destroy_before_anything_is_touched() {
    let guide = Guide::with_pool(Kind::Ministack);
    guide.edit("main.tf", "hash_key     = \"id\"", "hash_key     = \"id\"\n  deletion_protection_enabled = true");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let before = listing(&guide.aws()).await;
    let answer = guide.run(&["destroy", super::LOSS[0], super::LOSS[1]]).ends_with(1);
    for said in ["Table is protected", "main.tf line", "deletion_protection_enabled = false"] {
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
    }
    assert_eq!(listing(&guide.aws()).await, before);
}

#[tokio::test]
async fn a_table_is_not_deleted_without_consent_beyond_auto_approve() {
    let guide = Guide::applied(Kind::Ministack);
    let before = listing(&guide.aws()).await;
    let refused = |arguments: &[&str]| {
        let answer = guide.run(arguments).ends_with(1);
        for said in ["aws_dynamodb_table.posts", "-allow-data-loss=aws_dynamodb_table.posts"] {
            assert!(answer.stderr.contains(said), "{}", answer.stderr);
        }
    };
    refused(&["destroy", "-auto-approve"]);
    guide.edit("main.tf", "hash_key     = \"id\"", "hash_key     = \"key\"");
    guide.edit("main.tf", "    name = \"id\"", "    name = \"key\"");
    refused(&["apply", "-auto-approve"]);
    assert_eq!(listing(&guide.aws()).await, before);
}
