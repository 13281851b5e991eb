resource "terraform_data" "bad" {
  provisioner "local-exec" {
    command = "echo oh; exit 3"
  }
}

resource "terraform_data" "behind" {
  input = terraform_data.bad.id
}
