use super::check::check;
use super::*;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn with(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

#[test]
fn answers_are_decoded_by_rfc_3986() {
    assert_eq!(decode("%7B%22a%22%3A%22b+c%2Bd%20e%22%7D"), r#"{"a":"b+c+d e"}"#);
    assert_eq!(decode(r#"{"a":"100%25"}"#), r#"{"a":"100%25"}"#);
    assert_eq!(decode("%7B%22%C3%BC%22%3A1%7D"), r#"{"ü":1}"#);
    assert_eq!(decode("%ZZ%"), "%ZZ%");
}

#[test]
fn the_authors_text_is_kept_where_it_means_the_same() {
    let author = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}";
    assert_eq!(kept(author, "%7B%22Statement%22%3A%5B%5D%2C%22Version%22%3A%222012-10-17%22%7D"), author);
    assert_eq!(kept(author, "%7B%22Statement%22%3A%5B%5D%7D"), r#"{"Statement":[]}"#);
    assert_eq!(kept("", "%7B%7D"), "{}");
}

#[test]
fn documents_of_one_meaning_are_the_same() {
    let cases = [
        // White space, order of members, one statement without a list.
        (
            with(r#"{"Effect":"Allow","Action":"a:b"}"#),
            r#"{ "Statement": {"Action":"a:b","Effect":"Allow"}, "Version":"2012-10-17" }"#.to_owned(),
        ),
        // A text and a list of it; the order of a list; an element twice.
        (with(r#"{"Action":["a:b"]}"#), with(r#"{"Action":"a:b"}"#)),
        (with(r#"{"Action":["a:b","a:c"]}"#), with(r#"{"Action":["a:c","a:b","a:c"]}"#)),
        (with(r#"{"Resource":["x","y"]}"#), with(r#"{"Resource":["y","x"]}"#)),
        (with(r#"{"NotResource":"x","NotAction":["y"]}"#), with(r#"{"NotAction":"y","NotResource":["x"]}"#)),
        // An empty Sid, an empty Id, the order of statements.
        (with(r#"{"Sid":"","Action":"a:b"}"#), with(r#"{"Action":"a:b"}"#)),
        (r#"{"Id":"","Statement":[]}"#.to_owned(), r#"{"Statement":[]}"#.to_owned()),
        (with(r#"{"Sid":"A"},{"Sid":"B"}"#), with(r#"{"Sid":"B"},{"Sid":"A"}"#)),
        // Everyone, in three forms.
        (with(r#"{"Principal":"*"}"#), with(r#"{"Principal":{"AWS":"*"}}"#)),
        (with(r#"{"Principal":{"*":"*"}}"#), with(r#"{"Principal":{"AWS":["*"]}}"#)),
        // An account and its root; principals in any order.
        (
            with(r#"{"Principal":{"AWS":"123456789012"}}"#),
            with(r#"{"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}"#),
        ),
        (
            with(r#"{"Principal":{"AWS":["123456789012","x"],"Service":["s"]}}"#),
            with(r#"{"Principal":{"Service":"s","AWS":["x","arn:aws-cn:iam::123456789012:root"]}}"#),
        ),
        (with(r#"{"Principal":{"AWS":[]},"Sid":"A"}"#), with(r#"{"Sid":"A"}"#)),
        // Condition values: scalars, truth values, numbers, order.
        (
            with(r#"{"Condition":{"Bool":{"aws:SecureTransport":true}}}"#),
            with(r#"{"Condition":{"Bool":{"aws:SecureTransport":["true"]}}}"#),
        ),
        (with(r#"{"Condition":{"NumericEquals":{"k":10}}}"#), with(r#"{"Condition":{"NumericEquals":{"k":"10"}}}"#)),
        (
            with(r#"{"Condition":{"StringEquals":{"k":["a","b"]}}}"#),
            with(r#"{"Condition":{"StringEquals":{"k":["b","a"]}}}"#),
        ),
        (with(r#"{"Condition":{},"Sid":"A"}"#), with(r#"{"Sid":"A"}"#)),
        // No version means the oldest.
        (r#"{"Statement":[]}"#.to_owned(), r#"{"Version":"2008-10-17","Statement":[]}"#.to_owned()),
        ("not json".to_owned(), "not json".to_owned()),
    ];
    for (a, b) in cases {
        assert!(same_text(&a, &b), "{a}\n{b}");
        assert!(same_policy(&a.as_str().into(), &b.as_str().into()));
    }
}

#[test]
fn documents_of_two_meanings_are_not() {
    let cases = [
        (with(r#"{"Effect":"Allow"}"#), with(r#"{"Effect":"Deny"}"#)),
        (with(r#"{"Action":"a:b"}"#), with(r#"{"NotAction":"a:b"}"#)),
        (with(r#"{"Action":["a:b"]}"#), with(r#"{"Action":["a:b","a:c"]}"#)),
        (with(r#"{"Sid":"A"}"#), with(r#"{"Sid":"B"}"#)),
        (with(r#"{"Principal":{"AWS":"1"}}"#), with(r#"{"Principal":{"Service":"1"}}"#)),
        (with(r#"{"Principal":"*"}"#), with("{}")),
        (
            with(r#"{"Principal":{"AWS":"AROAEXAMPLE"}}"#),
            with(r#"{"Principal":{"AWS":"arn:aws:iam::123456789012:role/r"}}"#),
        ),
        (
            with(r#"{"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}"#),
            with(r#"{"Principal":{"AWS":"arn:aws:iam::123456789012:user/root"}}"#),
        ),
        (
            with(r#"{"Principal":{"Service":"123456789012"}}"#),
            with(r#"{"Principal":{"Service":"arn:aws:iam::123456789012:root"}}"#),
        ),
        (with(r#"{"Condition":{"StringEquals":{"k":"a"}}}"#), with(r#"{"Condition":{"StringLike":{"k":"a"}}}"#)),
        (with(r#"{"Condition":{"StringEquals":{"k":"a"}}}"#), with("{}")),
        (r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(), r#"{"Statement":[]}"#.to_owned()),
        (with(r#"{"Other":1}"#), with(r#"{"Other":2}"#)),
        ("not json".to_owned(), "nor this".to_owned()),
        ("{}".to_owned(), "[]".to_owned()),
    ];
    for (a, b) in cases {
        assert!(!same_text(&a, &b), "{a}\n{b}");
    }
}

#[test]
fn texts_built_in_no_known_way_do_not_stop_the_comparison() {
    for text in ["[]", "1", "null", r#"{"Statement":5}"#, r#"{"Statement":[{"Principal":7}]}"#, r#"{"Version":1}"#] {
        assert!(same_text(text, text));
        assert!(!same_text(text, TRUST));
        assert!(dangling_principals(text).is_empty());
    }
}

#[test]
fn dangling_principals_are_found() {
    let text = with(
        r#"{"Principal":{"AWS":["AROAJ4EXAMPLE4EXAMPLE","arn:aws:iam::123456789012:root","AIDAJQEXAMPLEEXAMPLE1"],"Service":"AROA"}}"#,
    );
    assert_eq!(dangling_principals(&text), ["AIDAJQEXAMPLEEXAMPLE1", "AROAJ4EXAMPLE4EXAMPLE"]);
    assert!(dangling_principals(TRUST).is_empty());
}

#[test]
fn sound_documents_pass() {
    assert_eq!(check(TRUST, Usage::Trust), []);
    let identity =
        with(r#"{"Sid":"A1","Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:*:*:table/p"}"#);
    assert_eq!(check(&identity, Usage::Inline), []);
    assert_eq!(check(&identity, Usage::Managed), []);
    assert_eq!(check(&format!("\n  {identity}\n"), Usage::Managed), []);
}

#[test]
fn what_is_not_json_is_told_with_line_and_column() {
    let cases = [
        ("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [}\n}", (3, 17), "expected value"),
        ("{\"a\": 1", (1, 7), "EOF"),
        ("", (1, 1), "EOF"),
        ("{} x", (1, 4), "trailing"),
        ("{\n\"a\": 1,\n\"a\": 2}", (3, 3), "`a` stands twice"),
    ];
    for (text, place, message) in cases {
        let problems = check(text, Usage::Managed);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].detail.contains(message), "{}", problems[0].detail);
        let (line, column) = problems[0].place.unwrap();
        assert_eq!(line, place.0, "{text}");
        assert!(column.abs_diff(place.1) <= 1, "{text}: column {column}");
    }
}

#[test]
fn a_character_outside_latin_1_is_told_at_its_place() {
    let text = "{\n\"Statement\": [{\"Sid\": \"\u{4e2d}\"}]}";
    assert_eq!(check(text, Usage::Managed)[0].place, Some((2, 24)));
    assert!(check(&with(r#"{"Effect":"Allow","Action":"a:b","Resource":"ü"}"#), Usage::Managed).is_empty());
}

#[test]
fn what_iam_would_refuse_is_told() {
    let statement = r#"{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"}"#;
    let cases = [
        ("[]".to_owned(), Usage::Managed, "JSON object"),
        ("{}".to_owned(), Usage::Managed, "no `Statement`"),
        (r#"{"Version":"2012-10-18","Statement":[]}"#.to_owned(), Usage::Managed, "version \"2012-10-18\""),
        (with("1"), Usage::Managed, "Statement 1 is not an object"),
        (with(r#"{"Effect":"allow","Action":"a:b","Resource":"*"}"#), Usage::Inline, "`Allow` or `Deny`"),
        (with(r#"{"Effect":"Allow","Resource":"*"}"#), Usage::Inline, "either `Action`"),
        (with(r#"{"Effect":"Allow","Action":"a:b"}"#), Usage::Inline, "names no resources"),
        (
            with(r#"{"Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*"}"#),
            Usage::Managed,
            "names a principal",
        ),
        (
            with(r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}"#),
            Usage::Trust,
            "names resources",
        ),
        (with(r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#), Usage::Trust, "who may take on"),
        (with(&format!("{statement},{statement}")), Usage::Managed, "of an earlier statement"),
        (with(&statement.replace("\"A\"", "\"a b\"")), Usage::Managed, "Sid"),
        (with(&statement.replace('*', &"x".repeat(7000))), Usage::Managed, "IAM takes 6144"),
    ];
    for (text, usage, message) in cases {
        let problems = check(&text, usage);
        assert_eq!(problems.len(), 1, "{text} {problems:?}");
        assert!(problems[0].detail.contains(message), "{}", problems[0].detail);
    }
    assert!(check(&with(&statement.replace('*', &"x".repeat(7000))), Usage::Inline).is_empty());
}

#[test]
fn a_secret_document_is_not_shown() {
    use crate::value::Marks;
    let text = Value::string("{\n\"secret\": oops}");
    for (value, shown) in [(text.clone(), true), (text.marked(Marks::SENSITIVE), false)] {
        let mut problems = crate::diagnostic::Diagnostics::new();
        check_at(&Value::object_of([("policy", value)]), "policy", Usage::Managed, &mut problems);
        let detail = &problems.iter().next().unwrap().detail;
        assert_eq!(detail.contains("secret"), shown, "{detail}");
        assert!(detail.starts_with("Line 2, column "));
    }
}
