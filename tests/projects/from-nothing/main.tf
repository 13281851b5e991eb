provider "aws" {
  region = "eu-central-1"
}

variable "types" {
  type    = list(string)
  default = ["Query", "Mutation"]
}

resource "aws_appsync_graphql_api" "blog" {
  name                = "blog"
  authentication_type = "API_KEY"
  schema              = file("${path.module}/schema.graphql")
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

resource "terraform_data" "kinds" {
  for_each = toset(var.types)
  input    = each.key
}

output "table" {
  value = aws_dynamodb_table.posts.name
}

output "endpoint" {
  value = aws_appsync_graphql_api.blog.uris["GRAPHQL"]
}
