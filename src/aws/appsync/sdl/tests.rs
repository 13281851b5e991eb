use super::*;

const BLOG: &str = r#"
# The blog.
type Post @aws_cognito_user_pools @aws_api_key {
  id: ID!
  title: String!
  createdAt: AWSDateTime
}
input PostInput { title: String!, tags: [String!] = ["a"] }
type Query { listPosts(limit: Int = 10): [Post!]! @aws_api_key @aws_cognito_user_pools(cognito_groups: ["a", "b"]) }
type Mutation { createPost(input: PostInput!): Post! @aws_cognito_user_pools }
type Subscription { onPost: Post @aws_subscribe(mutations: ["createPost"]) }
"#;

/// As an AppSync-like service prints it: definitions in front, another order, directives the other way round.
const PRINTED: &str = r#"directive @aws_subscribe(mutations: [String]) on FIELD_DEFINITION

"Tells the service this field/object has access authorized by an API key."
directive @aws_api_key on OBJECT | FIELD_DEFINITION
scalar AWSDateTime
schema { query: Query mutation: Mutation subscription: Subscription }
type Mutation { createPost(input: PostInput!): Post! @aws_cognito_user_pools }
type Subscription { onPost: Post @aws_subscribe(mutations: ["createPost"]) }
type Query { listPosts(limit: Int = 10): [Post!]! @aws_cognito_user_pools(cognito_groups: ["b", "a"]) @aws_api_key }
input PostInput { tags: [String!] = ["a"] title: String! }
type Post @aws_api_key @aws_cognito_user_pools { createdAt: AWSDateTime id: ID! title: String! }
"#;

fn same(a: &str, b: &str) -> bool {
    same_sdl(&a.into(), &b.into())
}

#[test]
fn an_appsync_schema_is_valid_without_definitions_of_its_own() {
    assert_eq!(Sdl::parse(BLOG).problems(), []);
    assert_eq!(Sdl::parse(PRINTED).problems(), []);
}

#[test]
fn writing_does_not_count_but_meaning_does() {
    assert!(same(BLOG, PRINTED));
    for (from, to) in [
        ("title: String!\n", "title: String\n"),
        ("@aws_api_key {", "{"),
        ("= 10", "= 11"),
        ("[\"a\", \"b\"]", "[\"a\"]"),
        ("# The blog.", "\"The blog.\""),
        ("mutations: [\"createPost\"]", "mutations: [\"other\"]"),
    ] {
        let other = BLOG.replacen(from, to, 1);
        assert_ne!(other, BLOG, "{from}");
        assert!(!same(&other, PRINTED), "{from}");
    }
    let two = "interface A { a: ID } interface B { b: ID } type Query implements";
    assert!(same(&format!("{two} A, B {{ a: ID b: ID }}"), &format!("{two} B & A {{ b: ID a: ID }}")));
    assert!(same("type Query { a: ID } extend type Query { b: ID }", "type Query { b: ID a: ID }"));
}

#[test]
fn what_is_not_graphql_is_equal_to_itself_only() {
    assert!(same("not graphql", " not graphql\n"));
    assert!(!same("not graphql", "also not graphql"));
}

#[test]
fn a_problem_names_its_place_in_the_schema() {
    let found = Sdl::parse("type Query {\n  posts: [Pots]\n}\ntype Post {\n  id: ID\n}\n");
    let problem = &found.problems()[0];
    assert_eq!((problem.place, found.is_valid()), (Some((2, 11)), false));
    let text = problem.describe();
    assert!(text.starts_with("Line 2, column 11 of the schema: ") && text.contains("Pots"), "{text}");
}

#[test]
fn behind_a_syntax_error_nothing_more_is_reported() {
    let mut problems = Diagnostics::new();
    check("schema", "type Query ((\n  posts: [ID]\n}\n", &mut problems);
    assert_eq!(problems.len(), 1);
    let excerpt = problems.iter().next().unwrap().excerpt.clone().unwrap();
    assert_eq!((excerpt.start, excerpt.end), (11, 12));
}

#[test]
fn what_appsync_would_refuse_is_an_error_and_what_is_doubtful_a_warning() {
    for wrong in [
        "",
        "tpye Query { a: ID }",
        "type Query { a: ID",
        "type Post { id: ID }",
        "type Query { a: ID } type Query { b: ID }",
        "type Post { id: ID } type Query { a(post: Post): ID }",
        "type Query { a: ID @aws_cognito_user_pools(groups: [\"x\"]) }",
        "type Query { a: ID } query { a }",
    ] {
        assert!(!Sdl::parse(wrong).is_valid(), "{wrong}");
    }
    for doubtful in [
        "type Query { a: ID @model }",
        "scalar Money type Query { a: Money }",
        "type Query { a: ID } input I @aws_iam { a: ID }",
    ] {
        let found = Sdl::parse(doubtful);
        assert!(found.is_valid() && found.problems().len() == 1, "{doubtful}: {:?}", found.problems());
    }
    let mut problems = Diagnostics::new();
    check("schema", &"type A { x: Nowhere }\n".repeat(30), &mut problems);
    assert_eq!(problems.len(), MOST_PROBLEMS);
}

#[test]
fn fields_are_listed_for_resolvers() {
    let sdl = Sdl::parse("type Query { a: ID } input I { x: ID } type P { b: ID }");
    assert_eq!(sdl.shape().unwrap().fields().collect::<Vec<_>>(), [("P", "b"), ("Query", "a")]);
}

#[test]
fn a_change_says_what_it_breaks() {
    let old = "type Query { a(x: Int, z: ID!): String! b: [ID] @aws_iam c: ID } type Gone { a: ID } enum E { A B }";
    let new = "type Query { a(y: Int! z: ID): String b: [ID!]! @aws_iam @aws_api_key c: ID @aws_iam } type New { a: ID } enum E { B C }";
    let (old, new) = (Sdl::parse(old), Sdl::parse(new));
    let found = changes(old.shape().unwrap(), new.shape().unwrap());
    let lines: Vec<String> = found
        .iter()
        .map(|c| {
            format!(
                "{:?} {} {}{}",
                c.kind,
                c.part,
                c.detail,
                match (c.breaking, c.dangerous) {
                    (true, _) => " BREAKS",
                    (_, true) => " DANGEROUS",
                    _ => "",
                }
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Removed E.A  BREAKS",
            "Added E.C  DANGEROUS",
            "Removed type Gone  BREAKS",
            "Added type New ",
            "Changed Query.a String! -> String BREAKS",
            "Removed Query.a(x) Int BREAKS",
            "Added Query.a(y) Int! BREAKS",
            "Changed Query.a(z) ID! -> ID",
            "Changed Query.b [ID] -> [ID!]!",
            "Changed Query.b @aws_iam -> @aws_api_key @aws_iam",
            "Changed Query.c no directive -> @aws_iam BREAKS",
        ]
    );
    assert_eq!(changes(old.shape().unwrap(), old.shape().unwrap()), []);
}

#[test]
fn what_works_on_but_may_surprise_is_dangerous() {
    let told = |old: &str, new: &str| -> Vec<(String, bool, bool)> {
        let (old, new) = (Sdl::parse(old), Sdl::parse(new));
        let found = changes(old.shape().unwrap(), new.shape().unwrap());
        found.into_iter().map(|change| (change.part, change.breaking, change.dangerous)).collect()
    };
    let rest = "type Query { a(x: Int = 1): ID } enum E { A } input I { a: ID } type T { a: ID } union U = T interface N { a: ID }";
    let dangerous = |from: &str, to: &str, part: &str| {
        let found = told(rest, &rest.replacen(from, to, 1));
        assert_eq!(found, [(part.to_owned(), false, true)], "{to}");
    };
    dangerous("enum E { A }", "enum E { A B }", "E.B");
    dangerous("input I { a: ID }", "input I { a: ID b: ID }", "I.b");
    dangerous("type T {", "type T implements N {", "type T");
    dangerous("x: Int = 1", "x: Int = 2", "Query.a(x)");
    dangerous("x: Int = 1", "x: Int = 1, y: Int", "Query.a(y)");
    dangerous("union U = T", "union U = T | Query", "U.Query");
    let more = rest.replacen("input I { a: ID }", "input I { a: ID b: ID! }", 1);
    assert_eq!(told(rest, &more), [("I.b".to_owned(), true, false)]);
    let more = rest.replacen("type T { a: ID }", "type T { a: ID b: ID }", 1);
    assert_eq!(told(rest, &more), [("T.b".to_owned(), false, false)]);
}

#[test]
fn no_text_is_too_odd_to_be_read() {
    let deep = |open: &str, close: &str| {
        format!("type Query {{ a(x: ID = {}1{}): ID }}", open.repeat(5000), close.repeat(5000))
    };
    let nested = format!("type Query {{ a: {}ID{} }}", "[".repeat(20_000), "]".repeat(20_000));
    for odd in [&nested, &deep("[", "]"), &deep("{a:", "}"), &"{".repeat(50_000), &"\"\"\"".repeat(3)] {
        assert!((1..=MOST_LOOKED_AT).contains(&Sdl::parse(odd).problems().len()), "{odd:.40}");
    }
    assert_eq!(Sdl::parse("\u{feff}type Query { a: ID }").problems(), []);
}

proptest::proptest! {
    #[test]
    fn reading_never_fails_and_a_comment_never_counts(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "type", "Query", "{", "}", "a", ":", "ID", "!", "[", "]", "(", ")", "@aws_iam", "extend", "schema", "input", "enum",
            "union", "=", "|", "implements", "&", ",", "\"\"\"", "\"x\"", "interface", "scalar", "directive", "on", "é", "#",
        ]),
        0..40,
    )) {
        let text = words.join(" ");
        let longer = format!("{text}\n# more");
        let equal = same_sdl(&Value::string(&text), &Value::string(&longer));
        proptest::prop_assert!(equal || Sdl::parse(&text).shape().is_none());
    }
}
