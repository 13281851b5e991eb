resource "aws_appsync_api_key" "besides" {
  count       = 2
  api_id      = "API_ID"
  description = "alike"
  expires_in  = "365d"
}

resource "aws_appsync_datasource" "besides" {
  api_id = "API_ID"
  name   = "besides"
  type   = "NONE"
}

resource "aws_appsync_function" "besides" {
  count       = 2
  api_id      = "API_ID"
  name        = "besides"
  data_source = aws_appsync_datasource.besides.name
}

resource "aws_appsync_resolver" "besides" {
  api_id      = "API_ID"
  type        = "Query"
  field       = "posts"
  data_source = aws_appsync_datasource.besides.name
}

resource "aws_cognito_user_pool" "besides" {
  name              = "besides"
  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_cognito_user_pool_client" "besides" {
  count        = 2
  name         = "web"
  user_pool_id = aws_cognito_user_pool.besides.id
}

resource "aws_iam_policy" "besides" {
  name = "besides"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" }]
  })
}

resource "aws_iam_role" "besides" {
  name = "besides"
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
  reserved_concurrent_executions = 2
}

resource "aws_lambda_permission" "besides" {
  count         = 2
  function_name = aws_lambda_function.besides[count.index].function_name
  statement_id  = "called"
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
}
