//! The policy that a plan needs, where nobody has to be asked for it.

use std::process::Command;

use serde_json::{Value as Json, json};

use super::{Answer, Folder};

const VALUE: &str = "resource \"terraform_data\" \"it\" {\n  input = 1\n}\n";

/// A function with a role, a table and a second function whose name nobody knows yet.
const FUNCTION: &str = r#"
resource "aws_iam_role" "fn" {
  name = "fn"
  path = "/app/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "fn" {
  role   = aws_iam_role.fn.name
  name   = "table"
  policy = data.aws_iam_policy_document.fn.json
}

data "aws_iam_policy_document" "fn" {
  statement {
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.it.arn]
  }
}

resource "aws_dynamodb_table" "it" {
  name         = "items"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "terraform_data" "suffix" {}

resource "aws_lambda_function" "fn" {
  for_each      = { known = "fn", open = "fn-${terraform_data.suffix.id}" }
  function_name = each.value
  role          = aws_iam_role.fn.arn
  filename      = "fns"
  handler       = "main.handler"
  runtime       = "nodejs22.x"
}
"#;

/// A run without credentials, and with nobody to ask.
fn alone(folder: &Folder, arguments: &[&str]) -> Answer {
    let mut command: Command = folder.command(arguments);
    command.env("AWS_REGION", "eu-central-1").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder.path());
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env_remove("AWS_SECRET_ACCESS_KEY");
    Answer::from(command.output().unwrap())
}

fn statement<'a>(document: &'a Json, name: &str) -> &'a Json {
    let statements = document["Statement"].as_array().unwrap();
    statements.iter().find(|it| it["Sid"] == name).unwrap_or_else(|| panic!("{name} in {document:#}"))
}

#[test]
fn the_policy_takes_the_place_of_the_plan_or_goes_to_a_file_beside_it() {
    let folder = Folder::with(VALUE);
    let empty = json!({"Version": "2012-10-17", "Statement": []});
    let answer = folder.run(&["plan", "-permissions"]).ends_with(0);
    assert_eq!(serde_json::from_str::<Json>(&answer.stdout).unwrap(), empty, "nothing else is a result");
    assert!(answer.stderr.contains("calls nothing of AWS"), "{}", answer.stderr);

    let answer = folder.run(&["plan", "-permissions=policy.json", "-out=plan.json"]).ends_with(0);
    assert!(answer.stdout.contains("Plan: 1 to add"), "{}", answer.stdout);
    assert_eq!(serde_json::from_str::<Json>(&folder.read("policy.json")).unwrap(), empty);
    let shown = folder.run(&["show", "-permissions", "plan.json"]).ends_with(0);
    assert_eq!(shown.stdout, folder.read("policy.json"), "a saved plan needs what it needed when it was made");
    let changes = folder.run(&["plan", "-permissions", "-detailed-exitcode"]).ends_with(2);
    assert_eq!(changes.stdout, shown.stdout);

    let answer = folder.run(&["plan", "-permissions=no/such/folder.json"]).ends_with(1);
    assert!(answer.stderr.contains("Policy not written"), "{}", answer.stderr);
}

#[test]
fn what_cannot_be_told_is_refused() {
    let folder = Folder::with(VALUE);
    let answer = folder.run(&["plan", "-json", "-permissions"]).ends_with(1);
    assert!(answer.stderr.contains("-permissions=FILE"), "{}", answer.stderr);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    for arguments in [&["show", "-permissions"][..], &["show", "-permissions", "state/default.tfstate"]] {
        let answer = folder.run(arguments).ends_with(1);
        assert!(answer.stderr.contains("Permissions of a plan only"), "{}", answer.stderr);
        assert_eq!(answer.stdout, "");
    }
}

#[test]
fn what_follows_from_names_is_exact_before_anything_is_made() {
    let folder = Folder::with(FUNCTION);
    std::fs::create_dir(folder.path().join("fns")).unwrap();
    folder.write("fns/main.mjs", "export const handler = async (event) => event;\n");
    let answer = alone(&folder, &["plan", "-permissions"]).ends_with(0);
    let document: Json = serde_json::from_str(&answer.stdout).unwrap();
    assert!(answer.stderr.contains("Account not known"), "{}", answer.stderr);

    let pass = statement(&document, "IamPassRoleLambda");
    assert_eq!(pass["Resource"], "arn:aws:iam::*:role/app/fn", "the role is told by its name and path");
    assert_eq!(pass["Condition"]["StringEquals"]["iam:PassedToService"], "lambda.amazonaws.com");
    let role = statement(&document, "IamRole");
    assert_eq!(role["Resource"], "arn:aws:iam::*:role/app/fn", "a policy of the role names it with its path");
    assert_eq!(statement(&document, "DynamodbTable")["Resource"], "arn:aws:dynamodb:eu-central-1:*:table/items");
    // What starts with a known text is as narrow as that: the name that is known is among them.
    let function = "arn:aws:lambda:eu-central-1:*:function:fn-*";
    assert_eq!(
        statement(&document, "LambdaFunction")["Resource"],
        json!(["arn:aws:lambda:eu-central-1:*:function:fn", function])
    );
}
