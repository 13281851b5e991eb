"""Calls the deployed API over HTTP as a front end would: signs a user up and in, creates a post, lists the posts.

The schema, resolvers, keys and functions are those that recon made in the emulator; the AppSync simulator serves them,
since the emulator's own GraphQL endpoint does not enforce who may call what.
"""

import json
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
USER, PASSWORD = "ada", "Corr3ct-Horse!"


def post(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def cognito(endpoint, operation, body):
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": f"AWSCognitoIdentityProviderService.{operation}",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    return post(endpoint, body, headers)


def show(what, answer):
    print(f"  {what}\n    {json.dumps(answer)}")
    return answer


def main():
    endpoint, state, exports = sys.argv[1:4]
    resources = json.loads((ROOT / state).read_text())["resources"]
    api = next(r for r in resources if r["type"] == "aws_appsync_graphql_api")["instances"][0]["attributes"]["id"]
    (stack,) = json.loads((ROOT / exports).read_text()).values()
    auth = (ROOT / "examples/amplify-auth/aws-exports.js").read_text()
    setting = lambda name: re.search(rf'"?{name}"?: "([^"]+)"', auth).group(1)
    pool, client = setting("aws_user_pools_id"), setting("aws_user_pools_web_client_id")

    cognito(endpoint, "SignUp", {"ClientId": client, "Username": USER, "Password": PASSWORD})
    cognito(endpoint, "AdminConfirmSignUp", {"UserPoolId": pool, "Username": USER})
    parameters = {"USERNAME": USER, "PASSWORD": PASSWORD}
    wish = {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    token = cognito(endpoint, "InitiateAuth", wish)["AuthenticationResult"]["IdToken"]
    print(f"  {USER} signed up and in through Cognito")

    settings = json.dumps({"endpoint": endpoint, "region": "us-east-1", "apiId": api})
    server = subprocess.Popen(
        ["node", "tests/appsync/serve.mjs", settings], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        port = server.stdout.readline().split()[1]
        url = f"http://127.0.0.1:{port}/graphql"
        key = {"x-api-key": stack["awsappsyncapiKey"]}
        create = {"query": 'mutation { createPost(post: {title: "Hello", content: "From recon"}) { id title username } }'}
        made = show("createPost with the user's token:", post(url, create, {"authorization": token}))
        assert made["data"]["createPost"]["username"] == USER, made
        listing = {"query": "{ listPosts { id title username } }"}
        listed = show("listPosts with the API key:", post(url, listing, key))
        assert made["data"]["createPost"]["id"] in [post["id"] for post in listed["data"]["listPosts"]], listed
        refused = show("createPost with the API key:", post(url, create, key))
        assert refused["errors"][0]["errorType"] == "Unauthorized", refused
        wrong = show("listPosts with a wrong key:", post(url, listing, {"x-api-key": "da2-wrong"}))
        assert wrong["errors"][0]["errorType"] == "UnauthorizedException", wrong
    finally:
        server.terminate()
        server.wait(timeout=10)


if __name__ == "__main__":
    main()
