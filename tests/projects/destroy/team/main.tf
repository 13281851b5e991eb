variable "names" {
  type = list(string)
}

resource "terraform_data" "each" {
  for_each = toset(var.names)
  input    = "hello ${each.key}"
}

output "names" {
  value = [for each in terraform_data.each : each.output]
}
