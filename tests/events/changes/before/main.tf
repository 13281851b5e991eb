resource "terraform_data" "old" {
  input            = 1
  triggers_replace = 1
}

resource "terraform_data" "gone" {
}

resource "terraform_data" "changed" {
  input = 1
}

resource "terraform_data" "replaced" {
  triggers_replace = 1
  provisioner "local-exec" {
    when    = destroy
    command = "echo bye"
  }
}
