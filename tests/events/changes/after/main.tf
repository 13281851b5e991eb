resource "terraform_data" "new" {
  input            = 1
  triggers_replace = 1
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
resource "terraform_data" "changed" {
  input = 2
}
resource "terraform_data" "replaced" {
  triggers_replace = 2
  provisioner "local-exec" {
    when    = destroy
    command = "echo bye"
  }
}
resource "terraform_data" "imported" {
}
import {
  to = terraform_data.imported
  id = "0f0f0f0f-1111-2222-3333-444455556666"
}
