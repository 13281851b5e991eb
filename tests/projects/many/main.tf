locals {
  fields = [for i in range(30) : "field${i}"]
}

resource "terraform_data" "field" {
  for_each = toset(local.fields)
  input    = each.key
}

resource "terraform_data" "all" {
  input = [for field in terraform_data.field : field.output]

  lifecycle {
    create_before_destroy = true
  }
}

check "names" {
  assert {
    condition     = length(local.fields) < 30
    error_message = "There are ${length(local.fields)} fields, which is more than one page shows."
  }
}
