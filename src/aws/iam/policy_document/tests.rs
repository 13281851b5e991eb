use super::*;

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn model(statement: Vec<StatementBlock>) -> PolicyDocumentModel {
    PolicyDocumentModel { version: "2012-10-17".into(), statement, ..PolicyDocumentModel::default() }
}

fn allow(actions: &[&str], resources: &[&str]) -> StatementBlock {
    StatementBlock {
        effect: "Allow".into(),
        actions: texts(actions),
        resources: texts(resources),
        ..StatementBlock::default()
    }
}

fn principals(ty: &str, identifiers: &[&str]) -> PrincipalBlock {
    PrincipalBlock { r#type: ty.into(), identifiers: texts(identifiers) }
}

fn condition(test: &str, variable: &str, values: &[&str]) -> ConditionBlock {
    ConditionBlock { test: test.into(), variable: variable.into(), values: texts(values) }
}

fn minified(model: &PolicyDocumentModel) -> String {
    document(model).unwrap().minified()
}

#[test]
fn a_document_is_written_as_the_provider_writes_it() {
    let mut statement = allow(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::b/home/&{aws:username}/*"]);
    statement.sid = Some("One".into());
    statement.condition =
        vec![condition("StringLike", "s3:prefix", &["", "home/"]), condition("Bool", "aws:SecureTransport", &["true"])];
    let trust = StatementBlock {
        effect: "Allow".into(),
        actions: texts(&["sts:AssumeRole"]),
        principals: vec![
            principals("Service", &["lambda.amazonaws.com", "appsync.amazonaws.com"]),
            principals("AWS", &["arn:aws:iam::123456789012:root"]),
        ],
        ..StatementBlock::default()
    };
    assert_eq!(
        document(&model(vec![statement, trust])).unwrap().indented(),
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/home/${aws:username}/*",
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        },
        "StringLike": {
          "s3:prefix": [
            "",
            "home/"
          ]
        }
      }
    },
    {
      "Effect": "Allow",
      "Action": "sts:AssumeRole",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:root",
        "Service": [
          "lambda.amazonaws.com",
          "appsync.amazonaws.com"
        ]
      }
    }
  ]
}"#
    );
}

#[tokio::test]
async fn the_id_is_the_checksum_of_the_text() {
    let read = PolicyDocument::new().read(&model(vec![]), &Run::unrecorded()).await.unwrap();
    assert_eq!(read.json.as_deref(), Some("{\n  \"Version\": \"2012-10-17\"\n}"));
    assert_eq!(read.minified_json.as_deref(), Some(r#"{"Version":"2012-10-17"}"#));
    let mut checksum = flate2::Crc::new();
    checksum.update(b"{\n  \"Version\": \"2012-10-17\"\n}");
    assert_eq!(read.id, Some(checksum.sum().to_string()));
}

#[test]
fn only_the_type_star_is_written_short() {
    let of = |blocks: Vec<PrincipalBlock>| {
        let statement = StatementBlock { effect: "Deny".into(), principals: blocks, ..StatementBlock::default() };
        let Json::Object(json) = serde_json::from_str(&minified(&model(vec![statement]))).unwrap() else {
            panic!("a document is an object");
        };
        json["Statement"][0]["Principal"].to_string()
    };
    assert_eq!(of(vec![principals("*", &["*"])]), r#""*""#);
    assert_eq!(of(vec![principals("AWS", &["*"])]), r#"{"AWS":"*"}"#);
    assert_eq!(of(vec![principals("AWS", &["1", "2"]), principals("AWS", &["3"])]), r#"{"AWS":["2","1","3"]}"#);
    assert_eq!(of(vec![principals("*", &["*"]), principals("AWS", &["1"])]), r#"{"*":"*","AWS":"1"}"#);
}

#[test]
fn characters_are_escaped_as_go_escapes_them() {
    let text = minified(&model(vec![allow(&["a:<b>&c\u{2028}\"\\"], &[])]));
    assert!(text.contains(r#""a:\u003cb\u003e\u0026c\u2028\"\\""#), "{text}");
}

#[test]
fn sources_come_first_and_overrides_win() {
    let source = r#"{"Version":"2008-10-17","Id":"src","Statement":[
        {"Sid":"Keep","Effect":"Allow","Action":["a:x"],"Resource":["z","a"]},
        {"Sid":"Mine","Effect":"Allow","Action":"a:old","Resource":"*"},
        {"Effect":"Deny","Action":"a:y","Resource":"*","Principal":{"AWS":["1","2"]}}]}"#;
    let overriding = r#"{"Statement":{"sid":"Keep","effect":"Deny","action":"a:z","Resource":"*",
        "Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":[10]}}}}"#;
    let mut model = model(vec![StatementBlock { sid: Some("Mine".into()), ..allow(&["a:new"], &["*"]) }]);
    model.policy_id = Some("own".into());
    model.source_policy_documents = vec![Some(source.into()), None];
    model.override_policy_documents = vec![Some(overriding.into())];
    assert_eq!(
        minified(&model),
        concat!(
            r#"{"Version":"2012-10-17","Id":"own","Statement":["#,
            r#"{"Sid":"Keep","Effect":"Deny","Action":"a:z","Resource":"*","#,
            r#""Condition":{"Bool":{"aws:SecureTransport":"false"},"NumericLessThan":{"s3:max-keys":"10"}}},"#,
            r#"{"Sid":"Mine","Effect":"Allow","Action":"a:new","Resource":"*"},"#,
            r#"{"Effect":"Deny","Action":"a:y","Resource":"*","Principal":{"AWS":["2","1"]}}]}"#
        )
    );
}

#[test]
fn lists_of_source_documents_stay_as_written() {
    let mut model = model(vec![]);
    model.source_policy_documents =
        vec![Some(r#"{"Statement":[{"Effect":"Allow","Action":["b","a"],"Resource":["*"]}]}"#.into())];
    assert_eq!(
        minified(&model),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b","a"],"Resource":["*"]}]}"#
    );
}

#[test]
fn what_cannot_be_a_document_is_told_at_its_place() {
    let one = r#"{"Statement":[{"Sid":"A","Effect":"Allow"}]}"#;
    let twice = r#"{"Statement":[{"Sid":"A"},{"Sid":"A"}]}"#;
    let sources = |texts: &[&str]| PolicyDocumentModel {
        source_policy_documents: texts.iter().map(|text| Some((*text).to_owned())).collect(),
        ..model(vec![])
    };
    let with_sid = |sid: &str| StatementBlock { sid: Some(sid.into()), ..allow(&["a:b"], &["*"]) };
    let old = PolicyDocumentModel {
        version: "2008-10-17".into(),
        ..model(vec![allow(&["a:b"], &["arn:aws:s3:::&{aws:username}"])])
    };
    let cases = [
        (sources(&[one, one]), "source_policy_documents[1]"),
        (sources(&[twice]), "source_policy_documents[0]"),
        (sources(&[""]), "source_policy_documents[0]"),
        (sources(&["[]"]), "source_policy_documents[0]"),
        (sources(&[r#"{"Statement":[{"Principal":5}]}"#]), "source_policy_documents[0]"),
        (sources(&[r#"{"Statement":[{"Condition":{"Bool":{"x":{}}}}]}"#]), "source_policy_documents[0]"),
        (model(vec![with_sid("A"), with_sid("A")]), "statement[1].sid"),
        (model(vec![with_sid("a-b")]), "statement[0].sid"),
        (old, "statement[0].resources"),
    ];
    for (model, place) in cases {
        let problem = document(&model).unwrap_err();
        assert_eq!(problem.attribute.map(|path| path.to_string()).as_deref(), Some(place), "{}", problem.detail);
    }
    let both = model(vec![with_sid(""), with_sid("")]);
    assert!(document(&both).is_ok(), "statements without a name do not collide");
}

#[test]
fn the_check_waits_for_what_is_not_known_yet() {
    let mut problems = Diagnostics::new();
    let wrong = model(vec![StatementBlock { sid: Some("-".into()), ..allow(&["a:b"], &["*"]) }]).to_value();
    PolicyDocument::new().check(&wrong.with("policy_id", Value::unknown(crate::value::Type::String)), &mut problems);
    assert!(problems.is_empty());
    PolicyDocument::new().check(&wrong, &mut problems);
    assert!(problems.has_errors());
}
