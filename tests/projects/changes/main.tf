provider "aws" {
  region = "us-east-1"
}

resource "aws_appsync_graphql_api" "blog" {
  name                = "blog"
  authentication_type = "API_KEY"
  schema              = file("schema.graphql")
}

resource "aws_appsync_datasource" "none" {
  api_id = aws_appsync_graphql_api.blog.id
  name   = "none"
  type   = "NONE"
}

resource "aws_appsync_resolver" "post" {
  api_id            = aws_appsync_graphql_api.blog.id
  type              = "Query"
  field             = "post"
  data_source       = aws_appsync_datasource.none.name
  request_template  = file("request.vtl")
  response_template = "$util.toJson($ctx.result)"
}

resource "aws_dynamodb_table" "posts" {
  name         = "posts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "author"
    type = "S"
  }
  attribute {
    name = "day"
    type = "S"
  }

  global_secondary_index {
    name            = "by-author"
    hash_key        = "author"
    projection_type = "ALL"
  }
  global_secondary_index {
    name            = "by-day"
    hash_key        = "day"
    projection_type = "KEYS_ONLY"
  }

  tags = {
    team  = "web"
    stage = "prod"
  }
}

resource "aws_iam_role" "posts" {
  name = "posts"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "posts" {
  name = "table"
  role = aws_iam_role.posts.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Trace", Effect = "Allow", Action = "xray:PutTraceSegments", Resource = "*" },
      { Sid = "Read", Effect = "Allow", Action = ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem"], Resource = "arn:aws:dynamodb:us-east-1:123456789012:table/posts" },
      { Sid = "Logs", Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" },
    ]
  })
}

resource "aws_cloudwatch_log_group" "posts" {
  name              = "/aws/lambda/blog-posts"
  retention_in_days = 30
}

output "table" {
  value = aws_dynamodb_table.posts.arn
}
