"""The first rule of policy.rego for those who have no OPA: `python3 check.py plan.json` fails where stored data would go."""

import json
import sys

DEAR = {"aws_dynamodb_table", "aws_cognito_user_pool"}


def losses(plan):
    changes = plan.get("resource_changes", [])
    return [c["address"] for c in changes if c["type"] in DEAR and "delete" in c["change"]["actions"]]


found = losses(json.load(open(sys.argv[1], encoding="utf-8")))
for address in found:
    print(f"{address} would lose what users stored")
sys.exit(1 if found else 0)
