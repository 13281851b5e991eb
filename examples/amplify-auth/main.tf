# Stands in for `amplify push`: makes the user pool an Amplify app would have, and writes its aws-exports.js
# (recon.toml says so) for the guide's project to read.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

data "aws_region" "current" {}

resource "aws_cognito_user_pool" "app" {
  name                     = "amplify-auth-demo"
  auto_verified_attributes = ["email"]

  password_policy {
    minimum_length    = 8
    require_lowercase = true
    require_numbers   = true
    require_symbols   = false
    require_uppercase = true
  }
}

resource "aws_cognito_user_pool_client" "web" {
  name         = "web"
  user_pool_id = aws_cognito_user_pool.app.id

  explicit_auth_flows = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
  ]
}

# Named after the keys of aws-exports.js.

output "aws_project_region" {
  value = data.aws_region.current.region
}

output "aws_cognito_region" {
  value = data.aws_region.current.region
}

output "aws_user_pools_id" {
  value = aws_cognito_user_pool.app.id
}

output "aws_user_pools_web_client_id" {
  value = aws_cognito_user_pool_client.web.id
}
