//! An object of every resource type, imported with the configuration that recon writes for it.

use std::collections::BTreeSet;

use recon::testing::emulator::{Emulator, Kind};
use serde_json::Value as Json;

use crate::cli::{Answer, Folder};

const PROJECT: &str = r#"
resource "terraform_data" "it" {}

resource "aws_iam_role" "it" {
  name        = "it"
  description = "What runs \"it\" for $${HOME}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
  tags = { team = "web", "cost:center" = "1" }
}

resource "aws_iam_role_policy" "it" {
  name = "own"
  role = aws_iam_role.it.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:*"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "it" {
  name = "shared"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "it" {
  role       = aws_iam_role.it.name
  policy_arn = aws_iam_policy.it.arn
}

resource "aws_cloudwatch_log_group" "it" {
  name              = "/aws/lambda/it"
  retention_in_days = 14
}

resource "aws_dynamodb_table" "it" {
  name         = "things"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  range_key    = "at"

  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "at"
    type = "N"
  }
  attribute {
    name = "owner"
    type = "S"
  }
  global_secondary_index {
    name            = "by-owner"
    hash_key        = "owner"
    projection_type = "ALL"
  }
  ttl {
    attribute_name = "until"
    enabled        = true
  }
}

resource "aws_lambda_function" "it" {
  function_name = "it"
  role          = aws_iam_role.it.arn
  filename      = "code"
  handler       = "main.handler"
  runtime       = "nodejs22.x"

  environment {
    variables = { TABLE = aws_dynamodb_table.it.name }
  }
}

resource "aws_lambda_permission" "it" {
  statement_id  = "pool"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.it.function_name
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.it.arn
}

resource "aws_cognito_user_pool" "it" {
  name                     = "it"
  auto_verified_attributes = ["email"]

  password_policy {
    minimum_length = 12
  }
}

resource "aws_cognito_user_pool_client" "it" {
  name                = "it"
  user_pool_id        = aws_cognito_user_pool.it.id
  explicit_auth_flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}

resource "aws_appsync_graphql_api" "it" {
  name                = "it"
  authentication_type = "API_KEY"
  schema              = "type Query {\n  posts: [String]\n}\n"
}

resource "aws_appsync_api_key" "it" {
  api_id      = aws_appsync_graphql_api.it.id
  description = "For the front end"
}

resource "aws_appsync_datasource" "it" {
  api_id = aws_appsync_graphql_api.it.id
  name   = "nothing"
  type   = "NONE"
}

resource "aws_appsync_function" "it" {
  api_id                    = aws_appsync_graphql_api.it.id
  data_source               = aws_appsync_datasource.it.name
  name                      = "echo"
  request_mapping_template  = "{\n  \"version\": \"2018-05-29\",\n  \"payload\": $util.toJson($ctx.args)\n}"
  response_mapping_template = "$util.toJson($ctx.result)"
}

resource "aws_appsync_resolver" "it" {
  api_id            = aws_appsync_graphql_api.it.id
  type              = "Query"
  field             = "posts"
  kind              = "PIPELINE"
  request_template  = "{}"
  response_template = "$util.toJson($ctx.prev.result)"

  pipeline_config {
    functions = [aws_appsync_function.it.function_id]
  }
}
"#;

fn run(folder: &Folder, server: &Emulator, arguments: &[&str]) -> Answer {
    let mut command = folder.command(arguments);
    command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    Answer::from(command.output().unwrap())
}

/// What an object is imported by.
fn import_id(ty: &str, object: &Json) -> String {
    let of = |name: &str| object[name].as_str().unwrap().to_owned();
    match ty {
        "aws_lambda_permission" => format!("{}/{}", of("function_name"), of("statement_id")),
        "aws_iam_role_policy_attachment" => format!("{}/{}", of("role"), of("policy_arn")),
        "aws_cognito_user_pool_client" => format!("{}/{}", of("user_pool_id"), of("id")),
        _ => of("id"),
    }
}

#[test]
fn an_object_of_every_type_is_imported_as_it_is_with_what_was_written_for_it() {
    let server = Emulator::start(Kind::Ministack);
    let folder = Folder::with(PROJECT);
    std::fs::create_dir(folder.path().join("code")).unwrap();
    folder.write("code/main.js", "exports.handler = async () => 1;\n");
    run(&folder, &server, &["apply", "-auto-approve"]).ends_with(0);
    let state: Json = serde_json::from_str(&folder.read("state/default.tfstate")).unwrap();
    let resources = state["resources"].as_array().unwrap();
    let types: BTreeSet<&str> = resources.iter().map(|resource| resource["type"].as_str().unwrap()).collect();
    let registry = server.registry();
    let known: BTreeSet<&str> = registry.resources().map(|resource| resource.schema().name).collect();
    assert_eq!(types, known, "the project has an object of every type");

    let imports: String = resources
        .iter()
        .map(|resource| {
            let ty = resource["type"].as_str().unwrap();
            let id = import_id(ty, &resource["instances"][0]["attributes"]);
            format!("import {{\n  to = {ty}.it\n  id = \"{id}\"\n}}\n")
        })
        .collect();
    folder.write("main.tf", &imports);
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    let plan = run(&folder, &server, &["plan", "-generate-config-out=generated.tf"]).ends_with(1);
    // Code is nothing that can be read back as a folder.
    assert_eq!(plan.stderr.matches("Error: ").count(), 1, "{}", plan.stderr);
    assert!(plan.stderr.contains("Missing code") && plan.stderr.contains("on generated.tf line"), "{}", plan.stderr);
    let generated = folder.read("generated.tf");
    run(&folder, &server, &["fmt", "-check"]).ends_with(0);
    assert!(!generated.contains("da2-"), "a key is no part of the file: {generated}");
    let function = "resource \"aws_lambda_function\" \"it\" {\n";
    folder.write("generated.tf", &generated.replace(function, &format!("{function}  filename = \"code\"\n")));
    run(&folder, &server, &["fmt"]).ends_with(0);
    let again = run(&folder, &server, &["plan"]).ends_with(0);
    // Where the code came from is for state alone.
    let change = "# will be imported from \"it\"\n      + filename = \"code\"\n";
    assert!(again.stdout.contains(change), "{}", again.stdout);
    let expected = format!("Plan: {} to import, 0 to add, 1 to change, 0 to destroy.", types.len());
    assert!(again.stdout.contains(&expected), "{}", again.stdout);
    run(&folder, &server, &["apply", "-auto-approve"]).ends_with(0);
    let plan = run(&folder, &server, &["plan", "-detailed-exitcode"]).ends_with(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
}
