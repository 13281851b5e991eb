# The backend of a blog for an Amplify front end that already has its sign-in: a GraphQL API beside the user pool
# that Amplify made, a Lambda that answers it, and a table for the posts.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "amplify_exports" {
  description = "What Amplify wrote: aws-exports.js, amplify_outputs.json or amplify-meta.json."
  type        = string
  default     = "examples/amplify-auth/aws-exports.js"
}

locals {
  name = "cdk-blog"

  # GraphQL field => the type it belongs to.
  fields = {
    createPost = "Mutation"
    listPosts  = "Query"
  }
}

# --- Sign-in: Amplify's, read here and never changed -------------------------------------------------------------

data "amplify_exports" "app" {
  path = var.amplify_exports
}

data "aws_cognito_user_pool" "app" {
  user_pool_id = data.amplify_exports.app.user_pool_id
}

data "aws_partition" "current" {}

# --- The API -----------------------------------------------------------------------------------------------------

resource "aws_appsync_graphql_api" "blog" {
  name                = "${local.name}-api"
  authentication_type = "API_KEY"
  schema              = file("${path.module}/schema/schema.graphql")
  xray_enabled        = true

  additional_authentication_provider {
    authentication_type = "AMAZON_COGNITO_USER_POOLS"

    user_pool_config {
      user_pool_id = data.aws_cognito_user_pool.app.user_pool_id
      aws_region   = data.amplify_exports.app.region
    }
  }
}

resource "aws_appsync_api_key" "blog" {
  api_id = aws_appsync_graphql_api.blog.id

  expires_in   = "365d"
  renew_before = "30d"
}

resource "aws_appsync_datasource" "posts" {
  api_id           = aws_appsync_graphql_api.blog.id
  name             = "posts"
  type             = "AWS_LAMBDA"
  service_role_arn = aws_iam_role.api.arn

  lambda_config {
    function_arn = aws_lambda_function.posts.arn
  }
}

# No mapping templates and no code: the Lambda gets the whole request and its answer is the field's value.
resource "aws_appsync_resolver" "posts" {
  for_each = local.fields

  api_id      = aws_appsync_graphql_api.blog.id
  type        = each.value
  field       = each.key
  kind        = "UNIT"
  data_source = aws_appsync_datasource.posts.name
}

# What AppSync may do on its own behalf: call this one function.
data "aws_iam_policy_document" "api_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["appsync.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "api" {
  name               = "${local.name}-api"
  assume_role_policy = data.aws_iam_policy_document.api_trust.json
}

data "aws_iam_policy_document" "api" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.posts.arn, "${aws_lambda_function.posts.arn}:*"]
  }
}

resource "aws_iam_role_policy" "api" {
  name   = "invoke-posts"
  role   = aws_iam_role.api.name
  policy = data.aws_iam_policy_document.api.json
}

# --- The function ------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "posts" {
  function_name = "${local.name}-posts"
  role          = aws_iam_role.posts.arn
  filename      = "${path.module}/lambda-fns"
  handler       = "main.handler"
  runtime       = "nodejs24.x"
  memory_size   = 1024
  timeout       = 10

  environment {
    variables = {
      POST_TABLE = aws_dynamodb_table.posts.name
    }
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.posts.name
  }
}

resource "aws_cloudwatch_log_group" "posts" {
  name              = "/aws/lambda/${local.name}-posts"
  retention_in_days = 30
}

data "aws_iam_policy_document" "posts_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "posts" {
  name               = "${local.name}-posts"
  assume_role_policy = data.aws_iam_policy_document.posts_trust.json
}

resource "aws_iam_role_policy_attachment" "posts_logs" {
  role       = aws_iam_role.posts.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_iam_policy_document" "posts" {
  statement {
    actions   = ["dynamodb:*"]
    resources = [aws_dynamodb_table.posts.arn, "${aws_dynamodb_table.posts.arn}/index/*"]
  }
}

resource "aws_iam_role_policy" "posts" {
  name   = "posts-table"
  role   = aws_iam_role.posts.name
  policy = data.aws_iam_policy_document.posts.json
}

# --- The table ---------------------------------------------------------------------------------------------------

resource "aws_dynamodb_table" "posts" {
  name         = "${local.name}-posts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

# --- What the front end needs (recon.toml says where it is written) ----------------------------------------------

output "aws_appsync_graphqlEndpoint" {
  value = aws_appsync_graphql_api.blog.uris["GRAPHQL"]
}

output "aws_appsync_apiKey" {
  value     = aws_appsync_api_key.blog.key
  sensitive = true
}
