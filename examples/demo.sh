#!/usr/bin/env bash
# The guide's backend from nothing to nothing on the local emulator. Each command is printed before it runs.
set -euo pipefail
cd "$(dirname "$0")/.."

recon=${CARGO_TARGET_DIR:-target}/debug/recon
bold() { printf '\n\033[1m%s\033[0m\n' "$1"; }
run() { printf '\033[36m$ %s\033[0m\n' "$*"; "$@"; }
finish() {
  status=$?
  if [ "$status" -ne 0 ]; then
    # Leave nothing behind, whatever happened.
    "$recon" -chdir=examples/amplify-auth --local local down >/dev/null 2>&1 || true
    "$recon" local down >/dev/null 2>&1 || true
  fi
  exit "$status"
}
trap finish EXIT

bold "1. A local AWS"
run "$recon" local up
endpoint=$("$recon" local status -json | python3 -c 'import json,sys; print(json.load(sys.stdin)["endpoint"])')

bold "2. The user pool that Amplify would have made"
run "$recon" -chdir=examples/amplify-auth --local apply -auto-approve
run cat examples/amplify-auth/aws-exports.js

bold "3. The backend: plan and apply"
run "$recon" --local plan
run "$recon" --local apply -auto-approve -O cdk-exports.json
run cat cdk-exports.json

bold "4. The API answers"
run python3 examples/call_api.py "$endpoint" state/local/default.tfstate cdk-exports.json

bold "5. Somebody edits the function's environment by hand"
run curl -sS -o /dev/null -X PUT "$endpoint/2015-03-31/functions/cdk-blog-posts/configuration" \
  -H 'content-type: application/json' \
  -H 'authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0' \
  -d '{"Environment":{"Variables":{"POST_TABLE":"somewhere-else"}}}'
sleep 1
printf '\033[36m$ %s\033[0m\n' "$recon --local drift"
if "$recon" --local drift; then
  echo "drift was not found" >&2
  exit 1
elif [ "$?" -ne 2 ]; then
  exit 1
fi

bold "6. Repaired"
run "$recon" --local apply -auto-approve
run "$recon" --local drift
run "$recon" --local plan -detailed-exitcode

bold "7. Gone again"
run "$recon" --local destroy -auto-approve -allow-data-loss=aws_dynamodb_table.posts
run "$recon" -chdir=examples/amplify-auth --local destroy -auto-approve -allow-data-loss=aws_cognito_user_pool.app
run "$recon" local down
