locals {
  tables = toset(["posts", "comments", "authors"])
}

resource "aws_dynamodb_table" "table" {
  for_each     = local.tables
  name         = "store-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_cloudwatch_log_group" "audit" {
  name = "store-audit"
}

output "names" {
  value = { for name in local.tables : name => "store-${name}" }
}

output "arns" {
  value = [for table in aws_dynamodb_table.table : table.arn]
}
