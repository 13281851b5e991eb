module "web" {
  source = "./team"
  names  = ["a", "b", "c"]
}

module "app" {
  source   = "./team"
  for_each = toset(["x", "y.z"])
  names    = [each.key]
}

resource "terraform_data" "root" {
  input            = "first"
  triggers_replace = 1
}

resource "terraform_data" "renamed" {
  input = "kept"
}

resource "terraform_data" "dropped" {
  input = "left alone"
}

variable "token" {
  type      = string
  sensitive = true
  default   = "s3cret"
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
