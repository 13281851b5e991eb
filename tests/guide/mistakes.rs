//! Bad input: a diagnostic that names file, line and cure, and nothing changed.

use recon::testing::emulator::Kind;

use super::account::{Listing, listing};
use super::{Guide, LOSS};
use crate::cli::Answer;

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
        to: "schema/schemas.graphql",
        says: &["on main.tf line 48", "no file exists at \"./schema/schemas.graphql\", but \"schema.graphql\" does"],
    },
    Case {
        file: "schema/schema.graphql",
        from: "type Query {",
        to: "type Query ((",
        says: &["on main.tf line 48", "on schema/schema.graphql line 15", "Help: Correct the schema"],
    },
    Case {
        file: "main.tf",
        from: "listPosts  = \"Query\"",
        to: "listPost   = \"Query\"",
        says: &[
            "Resolver for a field that the schema lacks",
            "on main.tf line 85",
            "Help: Did you mean \"listPosts\"?",
        ],
    },
    Case {
        file: "main.tf",
        from: "memory_size   = 1024",
        to: "memory_sise   = 1024",
        says: &["Unsupported argument", "on main.tf line 128", "Help: Did you mean \"memory_size\"?"],
    },
    Case {
        file: "main.tf",
        from: "memory_size   = 1024",
        to: "memory_size   = \"plenty\"",
        says: &["Incorrect attribute value type", "on main.tf line 128", "a number is required"],
    },
    Case {
        file: "main.tf",
        from: "handler       = \"main.handler\"",
        to: "handler       = \"index.handler\"",
        says: &["Missing handler", "on main.tf line 126", "`index.js`", "Help: The package has `main.js`"],
    },
    Case {
        file: "main.tf",
        from: "handler       = \"main.handler\"",
        to: "handler       = \"main.handle\"",
        says: &["Missing handler", "on main.tf line 126", "Help: It exports `handler`"],
    },
    Case {
        file: "main.tf",
        from: "/lambda-fns",
        to: "/lambda-fn",
        says: &["Invalid function code", "on main.tf line 125", "does not exist", "Help: Give the path of a folder"],
    },
    Case {
        file: "lambda-fns/main.ts",
        from: "const dynamodb =",
        to: "const = ;\nconst dynamodb =",
        says: &["Invalid source code", "on lambda-fns/main.ts line 27", "const = ;"],
    },
    Case {
        file: "examples/amplify-auth/aws-exports.js",
        from: "aws_user_pools_id",
        to: "aws_user_poolsid",
        says: &["on main.tf line 34", "on examples/amplify-auth/aws-exports.js line ", "Help: Run `amplify push`"],
    },
];

/// What must be the same after a refusal.
#[derive(Debug, PartialEq)]
struct Kept {
    account: Listing,
    state: Option<String>,
}

async fn kept(guide: &Guide) -> Kept {
    let state = std::fs::read_to_string(guide.path("state/default.tfstate")).ok();
    Kept { account: listing(&guide.aws()).await, state }
}

#[track_caller]
fn assert_says(answer: &Answer, says: &[&str]) {
    let unbroken = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in says {
        assert!(unbroken.contains(said), "it says {said:?}: {}", answer.stderr);
    }
}

#[tokio::test]
async fn a_mistake_is_named_with_its_place_and_cure_and_changes_nothing() {
    let guide = Guide::with_pool(Kind::Ministack);
    let before = kept(&guide).await;
    assert_eq!(before.state, None);
    for case in CASES {
        let text = guide.read(case.file);
        guide.edit(case.file, case.from, case.to);
        assert_says(&guide.run(&["apply", "-auto-approve"]).ends_with(1), case.says);
        guide.write(case.file, &text);
        assert_eq!(kept(&guide).await, before, "after {:?}", case.to);
    }
}

#[tokio::test]
async fn without_service_credentials_or_region_nothing_begins() {
    let guide = Guide::with_pool(Kind::Ministack);
    let before = kept(&guide).await;
    let refused = |change: &dyn Fn(&mut std::process::Command), says: &[&str]| {
        let mut command = guide.command(&["apply", "-auto-approve"]);
        change(&mut command);
        let answer = Answer::from(command.output().unwrap()).ends_with(1);
        assert_says(&answer, says);
        assert!(!answer.stderr.contains("{ "), "no insides of the program are shown: {}", answer.stderr);
    };
    // The discard port of loopback, where nobody listens.
    refused(
        &|command| {
            command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        },
        &["Service not reachable", "on main.tf line 37", "Connection refused", "Help: Check the endpoint"],
    );
    refused(
        &|command| {
            command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        },
        &["No usable AWS credentials", "on main.tf line 37", "no credentials found", "Help: Set AWS_PROFILE"],
    );
    refused(
        &|command| {
            command.env_remove("AWS_REGION");
        },
        &["no region is configured", "on main.tf line", "Help: Set `region` in the provider block"],
    );
    assert_eq!(kept(&guide).await, before);
}

#[tokio::test]
async fn a_plan_or_a_state_that_does_not_fit_changes_nothing() {
    let guide = Guide::applied(Kind::Ministack);
    expired_plan(&guide).await;
    truncated_state(&guide).await;
    other_lineage(&guide).await;
}

async fn expired_plan(guide: &Guide) {
    let main = guide.read("main.tf");
    guide.edit("main.tf", "timeout       = 10", "timeout       = 20");
    guide.run(&["plan", "-out=it.plan"]).ends_with(0);
    guide.edit("main.tf", "timeout       = 20", "timeout       = 30");
    let before = kept(guide).await;
    let says = ["Expired plan file", "main.tf", "the configuration has changed", "Help: ", "recon plan -out"];
    assert_says(&guide.run(&["apply", "it.plan"]).ends_with(1), &says);
    assert_eq!(kept(guide).await, before);

    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    guide.write("main.tf", &main.replace("timeout       = 10", "timeout       = 20"));
    let before = kept(guide).await;
    assert_says(&guide.run(&["apply", "it.plan"]).ends_with(1), &["Expired plan file", "the state", "Help: "]);
    assert_eq!(kept(guide).await, before);
    guide.write("main.tf", &main);
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
}

async fn truncated_state(guide: &Guide) {
    let path = "state/default.tfstate";
    let whole = guide.read(path);
    for length in [0, 1, whole.len() / 2, whole.len() - 3] {
        guide.write(path, &whole[..length]);
        let before = kept(guide).await;
        for arguments in [&["plan"][..], &["apply", "-auto-approve"], &["destroy", LOSS[0], LOSS[1]], &["drift"]] {
            assert_says(&guide.run(arguments).ends_with(1), &["default.tfstate", "Help: ", "`.backup`"]);
        }
        assert_eq!(kept(guide).await, before, "cut off after {length} bytes");
    }
    guide.write(path, &whole);
    guide.assert_settled();
}

async fn other_lineage(guide: &Guide) {
    let path = "state/default.tfstate";
    guide.run(&["plan", "-destroy", "-out=it.plan"]).ends_with(0);
    let mut other: serde_json::Value = serde_json::from_str(&guide.read(path)).unwrap();
    other["lineage"] = "11111111-2222-3333-4444-555555555555".into();
    other.as_object_mut().unwrap().remove("recon_checksum");
    guide.write(path, &other.to_string());
    let before = kept(guide).await;
    let answer = guide.run(&["apply", LOSS[1], "it.plan"]).ends_with(1);
    assert_says(&answer, &["the state is another one than when it was made", "Help: "]);
    assert_eq!(kept(guide).await, before);
}

#[tokio::test]
async fn a_protected_table_stops_destroy_before_anything_is_touched() {
    let guide = Guide::with_pool(Kind::Ministack);
    guide.edit("main.tf", "hash_key     = \"id\"", "hash_key     = \"id\"\n  deletion_protection_enabled = true");
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    let before = listing(&guide.aws()).await;
    let answer = guide.run(&["destroy", LOSS[0], LOSS[1]]).ends_with(1);
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
