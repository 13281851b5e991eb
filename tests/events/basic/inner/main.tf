resource "terraform_data" "deep" {
  count = 1
  input = { a = [1, "x"] }
}
