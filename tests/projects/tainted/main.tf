resource "terraform_data" "tainted" {
  input = "same"
}

resource "terraform_data" "first" {
  input            = "same"
  triggers_replace = "new"

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "follows" {
  input = "same"

  lifecycle {
    replace_triggered_by = [terraform_data.first]
  }
}

resource "terraform_data" "long" {
  input = "${join("", [for i in range(200) : "ab"])}new${join("", [for i in range(200) : "yz"])}"
}
