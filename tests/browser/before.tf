resource "terraform_data" "settings" {
  input = {
    stage = "one"
    limit = 5
  }
}

resource "terraform_data" "old" {
  input = "no longer needed"
}

resource "terraform_data" "release" {
  input            = "posts"
  triggers_replace = "1"
}
