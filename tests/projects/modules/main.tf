module "web" {
  source = "./team"
  names  = ["a", "c", "d"]
}

module "app" {
  source   = "./team"
  for_each = toset(["x", "new"])
  names    = [each.key]
}

resource "terraform_data" "root" {
  input            = "first"
  triggers_replace = 2
}

moved {
  from = terraform_data.renamed
  to   = terraform_data.better
}

resource "terraform_data" "better" {
  input = "kept"
}

removed {
  from = terraform_data.dropped

  lifecycle {
    destroy = false
  }
}

variable "token" {
  type      = string
  sensitive = true
  default   = "another"
}

resource "terraform_data" "secret" {
  input = {
    token = var.token
    name  = "open"
  }
}

output "names" {
  value = module.web.names
}

import {
  to = terraform_data.found
  id = "0a1b2c3d"
}

resource "terraform_data" "found" {}
