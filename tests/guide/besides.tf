locals {
  round = "first round"
}

resource "aws_appsync_api_key" "besides" {
  count       = 2
  api_id      = "API_ID"
  description = local.round
  expires_in  = "365d"
}

resource "aws_appsync_datasource" "besides" {
  api_id = "API_ID"
  name   = "besides"
  type   = "NONE"

  description = local.round
}

resource "aws_appsync_function" "besides" {
  count       = 2
  api_id      = "API_ID"
  name        = "besides"
  description = local.round
  data_source = aws_appsync_datasource.besides.name
}

resource "aws_appsync_resolver" "besides" {
  api_id      = "API_ID"
  type        = "Query"
  field       = "posts"
  data_source = aws_appsync_datasource.besides.name

  request_template  = "## ${local.round}"
  response_template = "$ctx.result"
}

resource "aws_cognito_user_pool" "besides" {
  name              = "besides"
  mfa_configuration = "OPTIONAL"
  tags              = { round = local.round }

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_cognito_user_pool_client" "besides" {
  count        = 2
  name         = "web"
  user_pool_id = aws_cognito_user_pool.besides.id

  read_attributes = local.round == "first round" ? ["email"] : ["email", "name"]
}

# A policy of another description is another policy.
resource "aws_iam_policy" "besides" {
  name        = "besides"
  description = local.round
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" }]
  })
}

resource "aws_iam_role" "besides" {
  name        = "besides"
  description = local.round
  tags        = { round = local.round }
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "besides" {
  role       = aws_iam_role.besides.name
  policy_arn = aws_iam_policy.besides.arn
}

resource "aws_lambda_function" "besides" {
  count                          = 2
  function_name                  = "besides-${count.index}"
  role                           = aws_iam_role.besides.arn
  filename                       = "lambda-fns"
  handler                        = "main.handler"
  runtime                        = "nodejs22.x"
  description                    = local.round
  reserved_concurrent_executions = 2
}

resource "aws_lambda_permission" "besides" {
  count         = 2
  function_name = aws_lambda_function.besides[count.index].function_name
  statement_id  = "called"
  action        = "lambda:InvokeFunction"
  # A permission for another one is another permission.
  principal = local.round == "first round" ? "sns.amazonaws.com" : "events.amazonaws.com"
}
