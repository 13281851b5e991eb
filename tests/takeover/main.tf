# One object of every resource type, in a language that Terraform and recon both take.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variable "memory" {
  type    = number
  default = 128
}

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
  logs = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:PutLogEvents"], Resource = ["*"] }]
  })
}

resource "aws_iam_role" "f" {
  name               = "takeover-f"
  assume_role_policy = local.trust

  tags = {
    Stage = "test"
  }
}

resource "aws_iam_policy" "logs" {
  name   = "takeover-logs"
  policy = local.logs
}

resource "aws_iam_role_policy" "f" {
  name   = "inline"
  role   = aws_iam_role.f.id
  policy = local.logs
}

resource "aws_iam_role_policy_attachment" "f" {
  role       = aws_iam_role.f.name
  policy_arn = aws_iam_policy.logs.arn
}

resource "aws_cloudwatch_log_group" "f" {
  name              = "/aws/lambda/takeover-f"
  retention_in_days = 7
}

resource "aws_lambda_function" "f" {
  function_name    = "takeover-f"
  role             = aws_iam_role.f.arn
  filename         = "f.zip"
  source_code_hash = filebase64sha256("f.zip")
  handler          = "index.handler"
  runtime          = "nodejs22.x"
  memory_size      = var.memory

  environment {
    variables = {
      TABLE = aws_dynamodb_table.posts.name
    }
  }

  depends_on = [aws_cloudwatch_log_group.f]
}

resource "aws_lambda_permission" "f" {
  statement_id  = "appsync"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "appsync.amazonaws.com"
}

resource "aws_dynamodb_table" "posts" {
  name         = "takeover-posts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "by"
    type = "S"
  }

  global_secondary_index {
    name            = "by-author"
    hash_key        = "by"
    projection_type = "ALL"
  }
}

resource "aws_cognito_user_pool" "p" {
  name = "takeover"

  password_policy {
    minimum_length = 10
  }
}

resource "aws_cognito_user_pool_client" "web" {
  name         = "web"
  user_pool_id = aws_cognito_user_pool.p.id
}

resource "aws_appsync_graphql_api" "a" {
  name                = "takeover"
  authentication_type = "API_KEY"
  schema              = "type Post { id: ID! }\ntype Query { post: Post\n  posts: [Post] }\nschema { query: Query }\n"
}

resource "aws_appsync_api_key" "k" {
  api_id = aws_appsync_graphql_api.a.id
}

resource "aws_appsync_datasource" "none" {
  api_id = aws_appsync_graphql_api.a.id
  name   = "none"
  type   = "NONE"
}

resource "aws_appsync_datasource" "f" {
  api_id           = aws_appsync_graphql_api.a.id
  name             = "f"
  type             = "AWS_LAMBDA"
  service_role_arn = aws_iam_role.f.arn

  lambda_config {
    function_arn = aws_lambda_function.f.arn
  }
}

resource "aws_appsync_function" "fn" {
  api_id      = aws_appsync_graphql_api.a.id
  data_source = aws_appsync_datasource.none.name
  name        = "fn"
  code        = "export function request() { return {} }\nexport function response(ctx) { return ctx.result }\n"

  runtime {
    name            = "APPSYNC_JS"
    runtime_version = "1.0.0"
  }
}

resource "aws_appsync_resolver" "unit" {
  api_id            = aws_appsync_graphql_api.a.id
  type              = "Query"
  field             = "post"
  data_source       = aws_appsync_datasource.none.name
  request_template  = "{\"version\": \"2018-05-29\", \"payload\": {}}"
  response_template = "$util.toJson($ctx.result)"
}

resource "aws_appsync_resolver" "pipeline" {
  api_id = aws_appsync_graphql_api.a.id
  type   = "Query"
  field  = "posts"
  kind   = "PIPELINE"
  code   = "export function request() { return {} }\nexport function response(ctx) { return ctx.prev.result }\n"

  pipeline_config {
    functions = [aws_appsync_function.fn.function_id]
  }

  runtime {
    name            = "APPSYNC_JS"
    runtime_version = "1.0.0"
  }
}

resource "terraform_data" "d" {
  input            = { size = var.memory, secret = sensitive("hush") }
  triggers_replace = [aws_iam_role.f.unique_id]
}

output "key" {
  value     = aws_appsync_api_key.k.key
  sensitive = true
}
