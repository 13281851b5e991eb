resource "terraform_data" "first" {
  input = "a"
  provisioner "local-exec" {
    command = "echo made"
  }
}

resource "terraform_data" "each" {
  for_each = toset(["k"])
  input    = terraform_data.first.output
}

module "inner" {
  source = "./inner"
}

check "fine" {
  assert {
    condition     = terraform_data.first.input == "b"
    error_message = "It is not b."
  }
}

output "value" {
  value = terraform_data.first.output
}

output "hidden" {
  value     = "hush"
  sensitive = true
}
