//! IAM on ministack and moto.

use aws_sdk_iam::Client;
use recon::diagnostic::Diagnostic;
use recon::resource::{ErrorKind, OpError, Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::{self, Subject};
use recon::value::{Type, Value};
use serde_json::{Value as Json, json};

const EMULATORS: [Kind; 2] = [Kind::Ministack, Kind::Moto];
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn trust(service: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}]
    })
    .to_string()
}

fn grant(action: &str) -> String {
    // Spread over lines, with a list of one: what comes back is written otherwise.
    format!(
        "{{\n  \"Statement\": [{{\"Sid\": \"\", \"Resource\": [\"*\"], \"Action\": [\"{action}\"], \
         \"Effect\": \"Allow\"}}],\n  \"Version\": \"2012-10-17\"\n}}\n"
    )
}

async fn refused(registry: &Registry, ty: &str, wanted: &Json) -> OpError {
    let resource = registry.resource(ty).unwrap();
    let planned = suite::plan(resource.as_ref(), wanted, None).planned;
    resource.create(&planned, &Run::unrecorded()).await.unwrap_err()
}

async fn client(emulator: &Emulator) -> Client {
    emulator.aws().iam(None).await.unwrap()
}

#[tokio::test]
async fn a_role_lives_and_dies() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let mut wanted = json!({
            "name": "fn", "path": "/service/", "description": "Runs the function.",
            "assume_role_policy": trust("lambda.amazonaws.com"), "max_session_duration": 7200,
            "permissions_boundary": ADMINISTRATOR, "tags": {"team": "web", "stage": "dev"}
        });
        let mut role = Subject::create(&registry, "aws_iam_role", &wanted).await;
        assert_eq!(role.state.attr("id").as_str(), Some("fn"));
        assert_eq!(role.state.attr("arn").as_str(), Some("arn:aws:iam::123456789012:role/service/fn"));
        assert!(role.state.attr("managed_policy_arns").is_null(), "a list that is not owned is not asked for");
        for (name, value) in [
            ("description", json!("Runs something else.")),
            ("max_session_duration", json!(3600)),
            ("assume_role_policy", json!(trust("appsync.amazonaws.com"))),
            ("permissions_boundary", json!(MANAGED)),
            ("permissions_boundary", Json::Null),
            ("description", Json::Null),
            ("tags", json!({"team": "app", "owner": "us"})),
            ("tags", Json::Null),
            ("force_detach_policies", json!(true)),
        ] {
            wanted[name] = value;
            role.update(&wanted).await;
        }
        wanted["name"] = json!("other");
        role.assert_replaces(&wanted, &["name"]);
        wanted["name"] = json!("fn");
        wanted["path"] = json!("/");
        role.assert_replaces(&wanted, &["path"]);
        role.delete().await;
    }
}

#[tokio::test]
async fn a_role_without_a_name_gets_one() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let role = Subject::create(
            &registry,
            "aws_iam_role",
            &json!({"name_prefix": "api-", "assume_role_policy": trust("lambda.amazonaws.com")}),
        )
        .await;
        let name = role.state.attr("name");
        assert!(name.as_str().is_some_and(|name| name.starts_with("api-") && name.len() == 30), "{name:?}");
        role.delete().await;
    }
}

#[tokio::test]
async fn a_role_of_a_taken_name_is_not_adopted() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let wanted = json!({"name": "taken", "assume_role_policy": trust("lambda.amazonaws.com")});
        let iam = client(&emulator).await;
        let made = iam.create_role().role_name("taken").assume_role_policy_document(trust("ec2.amazonaws.com"));
        made.send().await.unwrap();
        let error = refused(&registry, "aws_iam_role", &wanted).await;
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert!(error.message.contains("recon did not make"), "{}", error.message);
        let resource = registry.resource("aws_iam_role").unwrap();
        let planned = suite::plan(resource.as_ref(), &wanted, None).planned;
        assert!(resource.recover(&planned, &Run::unrecorded()).await.unwrap().is_none());

        iam.delete_role().role_name("taken").send().await.unwrap();
        let role = Subject::create(&registry, "aws_iam_role", &wanted).await;
        let error = refused(&registry, "aws_iam_role", &wanted).await;
        assert!(error.message.contains("another recon run"), "{}", error.message);
        role.delete().await;
    }
}

#[tokio::test]
async fn a_creation_sent_twice_makes_one_object() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        for (ty, wanted) in [
            ("aws_iam_role", json!({"name_prefix": "twice-", "assume_role_policy": trust("lambda.amazonaws.com")})),
            ("aws_iam_policy", json!({"name_prefix": "twice-", "path": "/a/", "policy": grant("s3:*")})),
        ] {
            let resource = registry.resource(ty).unwrap();
            let planned = suite::plan(resource.as_ref(), &wanted, None).planned;
            let run = Run::unrecorded();
            let first = resource.create(&planned, &run).await.unwrap();
            let second = resource.create(&planned, &run).await.unwrap();
            assert_eq!(first.attr("arn"), second.attr("arn"));
            let elsewhere = resource.recover(&planned, &Run::unrecorded()).await.unwrap();
            assert!(elsewhere.is_none(), "another creation's object is not taken for this one's");
        }
    }
}

#[tokio::test]
async fn a_role_owns_the_lists_that_are_written() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let mut wanted = json!({
            "name": "owner", "assume_role_policy": trust("lambda.amazonaws.com"),
            "managed_policy_arns": [MANAGED],
            "inline_policy": [
                {"name": "a", "policy": grant("dynamodb:GetItem")}, {"name": "b", "policy": grant("logs:*")}
            ]
        });
        let mut role = Subject::create(&registry, "aws_iam_role", &wanted).await;
        let iam = client(&emulator).await;
        iam.attach_role_policy().role_name("owner").policy_arn(ADMINISTRATOR).send().await.unwrap();
        let put = iam.put_role_policy().role_name("owner").policy_name("stranger").policy_document(grant("s3:*"));
        put.send().await.unwrap();
        let drift = role.refresh().await;
        assert!(drift.iter().any(|path| path.starts_with("managed_policy_arns")), "{drift:?}");
        assert!(drift.iter().any(|path| path.starts_with("inline_policy")), "{drift:?}");
        role.update(&wanted).await;
        wanted["inline_policy"] = json!([{"name": "b", "policy": grant("logs:PutLogEvents")}]);
        wanted["managed_policy_arns"] = json!([ADMINISTRATOR]);
        role.update(&wanted).await;
        wanted["inline_policy"] = json!([{}]);
        wanted["managed_policy_arns"] = json!([]);
        role.update(&wanted).await;
        let left = iam.list_role_policies().role_name("owner").send().await.unwrap();
        assert_eq!(left.policy_names().len(), 0);
        role.delete().await;
    }
}

#[tokio::test]
async fn strangers_block_a_deletion_unless_forced() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let mut wanted = json!({"name": "held", "assume_role_policy": trust("lambda.amazonaws.com")});
        let mut role = Subject::create(&registry, "aws_iam_role", &wanted).await;
        let iam = client(&emulator).await;
        iam.attach_role_policy().role_name("held").policy_arn(ADMINISTRATOR).send().await.unwrap();
        let put = iam.put_role_policy().role_name("held").policy_name("stranger").policy_document(grant("s3:*"));
        put.send().await.unwrap();
        iam.create_instance_profile().instance_profile_name("profile").send().await.unwrap();
        let add = iam.add_role_to_instance_profile().instance_profile_name("profile").role_name("held");
        add.send().await.unwrap();
        assert_eq!(role.refresh().await, Vec::<String>::new(), "what hangs on a role is no drift of its own");

        let resource = registry.resource("aws_iam_role").unwrap();
        let error = resource.delete(&role.state, &Run::unrecorded()).await.unwrap_err();
        let shown = Diagnostic::from(error);
        for stranger in ["stranger", ADMINISTRATOR, "profile"] {
            assert!(shown.detail.contains(stranger), "{kind:?}: {}", shown.detail);
        }
        assert!(shown.help.iter().any(|help| help.contains("force_detach_policies")));
        wanted["force_detach_policies"] = json!(true);
        role.update(&wanted).await;
        role.delete().await;
    }
}

#[tokio::test]
async fn policies_of_a_role_live_and_die() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let trust = trust("lambda.amazonaws.com");
        let mut role =
            Subject::create(&registry, "aws_iam_role", &json!({"name": "fn", "assume_role_policy": trust})).await;

        let mut wanted = json!({"name": "posts", "role": "fn", "policy": grant("dynamodb:GetItem")});
        let mut policy = Subject::create(&registry, "aws_iam_role_policy", &wanted).await;
        assert_eq!(policy.state.attr("id").as_str(), Some("fn:posts"));
        wanted["policy"] = json!(grant("dynamodb:PutItem"));
        policy.update(&wanted).await;
        let iam = client(&emulator).await;
        let edit = iam.put_role_policy().role_name("fn").policy_name("posts").policy_document(grant("s3:*"));
        edit.send().await.unwrap();
        assert_eq!(policy.refresh().await, ["policy"]);
        policy.update(&wanted).await;
        let other = json!({"name": "posts", "role": "fn", "policy": grant("s3:*")});
        assert_eq!(refused(&registry, "aws_iam_role_policy", &other).await.kind, ErrorKind::Conflict);
        for (name, value) in [("name", "x"), ("role", "y")] {
            let mut other = wanted.clone();
            other[name] = json!(value);
            policy.assert_replaces(&other, &[name]);
        }

        let wanted = json!({"role": "fn", "policy_arn": MANAGED});
        let attachment = Subject::create(&registry, "aws_iam_role_policy_attachment", &wanted).await;
        assert_eq!(attachment.state.attr("id").as_str(), Some(format!("fn/{MANAGED}").as_str()));
        attachment.assert_replaces(&json!({"role": "fn", "policy_arn": ADMINISTRATOR}), &["policy_arn"]);
        assert_eq!(role.refresh().await, Vec::<String>::new(), "children are no drift of their role");
        attachment.delete().await;
        policy.delete().await;
        role.delete().await;
    }
}

#[tokio::test]
async fn a_managed_policy_lives_and_dies() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let mut wanted = json!({
            "name": "posts", "path": "/app/", "description": "Reads posts.", "policy": grant("dynamodb:GetItem"),
            "tags": {"team": "web"}
        });
        let mut policy = Subject::create(&registry, "aws_iam_policy", &wanted).await;
        let arn = policy.state.attr("arn").as_str().unwrap().to_owned();
        assert_eq!(arn, "arn:aws:iam::123456789012:policy/app/posts");
        for i in 0..7 {
            wanted["policy"] = json!(grant(&format!("dynamodb:Action{i}")));
            policy.update(&wanted).await;
        }
        wanted["tags"] = json!({"team": "app", "owner": "us"});
        policy.update(&wanted).await;
        wanted["tags"] = Json::Null;
        policy.update(&wanted).await;
        for (name, value) in [("name", "x"), ("path", "/"), ("description", "y")] {
            let mut other = wanted.clone();
            other[name] = json!(value);
            policy.assert_replaces(&other, &[name]);
        }
        assert_eq!(refused(&registry, "aws_iam_policy", &wanted).await.kind, ErrorKind::Conflict);
        if kind == Kind::Ministack {
            // moto deletes a policy that is attached, which AWS refuses.
            let iam = client(&emulator).await;
            let role = iam.create_role().role_name("stranger").assume_role_policy_document(trust("ec2.amazonaws.com"));
            role.send().await.unwrap();
            iam.attach_role_policy().role_name("stranger").policy_arn(&arn).send().await.unwrap();
            let resource = registry.resource("aws_iam_policy").unwrap();
            let error = resource.delete(&policy.state, &Run::unrecorded()).await.unwrap_err();
            assert!(error.message.contains("role stranger"), "{}", error.message);
            iam.detach_role_policy().role_name("stranger").policy_arn(&arn).send().await.unwrap();
        }
        policy.delete().await;
    }
}

#[tokio::test]
async fn what_is_imported_by_its_id_reads_back() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    let trust = trust("lambda.amazonaws.com");
    let role = Subject::create(&registry, "aws_iam_role", &json!({"name": "fn", "assume_role_policy": trust})).await;
    let inline = json!({"name": "p", "role": "fn", "policy": grant("s3:*")});
    let inline = Subject::create(&registry, "aws_iam_role_policy", &inline).await;
    let policy = Subject::create(&registry, "aws_iam_policy", &json!({"name": "p", "policy": grant("s3:*")})).await;
    let arn = policy.state.attr("arn").as_str().unwrap().to_owned();
    let attached = json!({"role": "fn", "policy_arn": arn});
    let attached = Subject::create(&registry, "aws_iam_role_policy_attachment", &attached).await;
    for (ty, subject) in [
        ("aws_iam_role", &role),
        ("aws_iam_role_policy", &inline),
        ("aws_iam_policy", &policy),
        ("aws_iam_role_policy_attachment", &attached),
    ] {
        let resource = registry.resource(ty).unwrap();
        let id = subject.state.attr("id");
        let imported = resource.import(id.as_str().unwrap()).unwrap();
        let read = resource.read(&imported, &Run::unrecorded()).await.unwrap().expect("what is imported exists");
        assert_eq!(read.attr("id"), id);
        let block = &resource.schema().block;
        // Imported without configuration: tags count as the object's own, and one attachment is known by now.
        let left: Vec<_> = block
            .differences(&subject.state, &block.spelled_like(&subject.state, &read))
            .into_iter()
            .map(|difference| difference.path.to_string())
            .filter(|path| path != "attachment_count")
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{ty}");
    }
}

#[tokio::test]
async fn the_caller_is_known() {
    for kind in EMULATORS {
        let emulator = Emulator::start(kind);
        let registry = emulator.registry();
        let nothing = Value::object_of([("id", Value::null(Type::String))]);
        let data = registry.data("aws_caller_identity").unwrap();
        let found = data.read(&nothing, &Run::unrecorded()).await.unwrap();
        assert_eq!(found.attr("account_id").as_str(), Some("123456789012"));
        assert!(found.attr("arn").as_str().is_some_and(|arn| arn.starts_with("arn:aws:")));
    }
}
