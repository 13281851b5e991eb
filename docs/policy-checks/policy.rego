package plan

import rego.v1

# What users stored is never deleted by a pull request.
dear := {"aws_dynamodb_table", "aws_cognito_user_pool"}

deny contains message if {
	some change in input.resource_changes
	change.type in dear
	"delete" in change.change.actions
	message := sprintf("%s would lose what users stored", [change.address])
}

# Every log group says how long it keeps its lines.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_cloudwatch_log_group"
	some action in change.change.actions
	action in {"create", "update"}
	object.get(change.change.after, "retention_in_days", 0) in {0, null}
	message := sprintf("%s keeps its lines for ever: set retention_in_days", [change.address])
}

# No policy of a role gives everything to everybody.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_iam_role_policy"
	is_string(change.change.after.policy)
	some statement in json.unmarshal(change.change.after.policy).Statement
	statement.Effect == "Allow"
	statement.Action == "*"
	message := sprintf("%s allows every action", [change.address])
}
