//! The types that moto has, as a second opinion.

use recon::testing::emulator::Kind;

use super::Guide;
use super::account::listing;

const MAIN: &str = r#"
    data "aws_iam_policy_document" "trust" {
      statement {
        actions = ["sts:AssumeRole"]
        principals {
          type        = "Service"
          identifiers = ["lambda.amazonaws.com"]
        }
      }
    }

    resource "aws_iam_role" "posts" {
      name               = "posts"
      assume_role_policy = data.aws_iam_policy_document.trust.json
    }

    resource "aws_iam_role_policy" "posts" {
      name   = "table"
      role   = aws_iam_role.posts.name
      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = aws_dynamodb_table.posts.arn }]
      })
    }

    resource "aws_iam_role_policy_attachment" "logs" {
      role       = aws_iam_role.posts.name
      policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    }

    resource "aws_dynamodb_table" "posts" {
      name         = "posts"
      billing_mode = "PAY_PER_REQUEST"
      hash_key     = "id"
      attribute {
        name = "id"
        type = "S"
      }
    }

    resource "aws_cloudwatch_log_group" "posts" {
      name              = "/aws/lambda/posts"
      retention_in_days = 30
    }

    resource "aws_lambda_function" "posts" {
      function_name = "posts"
      role          = aws_iam_role.posts.arn
      filename      = "${path.module}/lambda-fns"
      handler       = "main.handler"
      runtime       = "nodejs22.x"
      environment {
        variables = { POST_TABLE = aws_dynamodb_table.posts.name }
      }
    }

    resource "aws_cognito_user_pool" "app" {
      name = "app"
    }

    resource "aws_cognito_user_pool_client" "web" {
      name                = "web"
      user_pool_id        = aws_cognito_user_pool.app.id
      explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    }
"#;

#[tokio::test]
async fn moto_agrees_about_roles_tables_functions_groups_and_pools() {
    let guide = Guide::new(Kind::Moto);
    guide.write("main.tf", MAIN);
    std::fs::remove_file(guide.path("recon.toml")).unwrap();
    let before = listing(&guide.aws()).await;
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    guide.assert_settled();
    guide.run(&["drift"]).ends_with(0);
    let made = [
        "attached policy AWSLambdaBasicExecutionRole of posts",
        "client web of app",
        "function posts",
        "log group /aws/lambda/posts",
        "role policy table of posts",
        "role posts",
        "table posts",
        "user pool app",
    ];
    assert_eq!(listing(&guide.aws()).await.since(&before), made);
    let loss = ["-allow-data-loss=aws_dynamodb_table.posts", "-allow-data-loss=aws_cognito_user_pool.app"];
    guide.run(&["destroy", "-auto-approve", loss[0], loss[1]]).ends_with(0);
    assert_eq!(listing(&guide.aws()).await, before);
}
