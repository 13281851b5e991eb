provider "aws" {
  region = "eu-central-1"
}

resource "terraform_data" "settings" {
  input = {
    stage = "two"
    limit = 5
  }
}

resource "terraform_data" "release" {
  input            = "posts"
  triggers_replace = "2"
}

resource "aws_iam_role" "api" {
  name = "blog-api"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "appsync.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "tables" {
  name = "tables"
  role = aws_iam_role.api.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:Query"]
      Resource = module.store.arns
    }]
  })
}

resource "aws_appsync_graphql_api" "blog" {
  name                = "blog"
  authentication_type = "API_KEY"
  schema              = file("schema.graphql")
}

resource "aws_appsync_api_key" "web" {
  api_id = aws_appsync_graphql_api.blog.id
}

resource "aws_appsync_datasource" "table" {
  for_each         = module.store.names
  api_id           = aws_appsync_graphql_api.blog.id
  name             = each.key
  type             = "AMAZON_DYNAMODB"
  service_role_arn = aws_iam_role.api.arn

  dynamodb_config {
    table_name = each.value
  }
}

resource "aws_appsync_resolver" "posts" {
  api_id            = aws_appsync_graphql_api.blog.id
  type              = "Query"
  field             = "posts"
  data_source       = aws_appsync_datasource.table["posts"].name
  request_template  = "{\"version\": \"2018-05-29\", \"operation\": \"Scan\"}"
  response_template = "$util.toJson($ctx.result.items)"
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/appsync/blog"
  retention_in_days = 14
}

module "store" {
  source = "./store"
}

output "url" {
  value = aws_appsync_graphql_api.blog.uris["GRAPHQL"]
}
