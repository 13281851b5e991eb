// Serves a deployed AppSync API over HTTP, for tests on an emulator that cannot answer GraphQL as AppSync does.
//
//   node serve.mjs '{"endpoint": "http://127.0.0.1:4566", "region": "us-east-1", "apiId": "…", "port": 0}'
//
// The API is read back through the AWS API (deployed.mjs), callers are authorized as AppSync does (authorize.mjs), and
// AWS's own simulator does the rest: schema, field directives, mapping templates, errors. It has no direct Lambda
// resolvers; direct-lambda.mjs adds them. The simulator's own HTTP server is not used: it listens on every
// interface, knows one API key, and does not verify signatures of tokens.
//
// One line on stdout, `ready PORT`, says that POST http://127.0.0.1:PORT/graphql answers. SIGTERM ends it.
import { Console } from "node:console";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { GraphQLError, getOperationAST, parse } from "graphql";
import { authorizer, Refused } from "./authorize.mjs";
import { Deployed } from "./deployed.mjs";
import { simulate } from "./simulate.mjs";

const { runQueryOrMutation } = createRequire(import.meta.url)(
  "@aws-amplify/amplify-appsync-simulator/lib/utils/graphql-runner/query-and-mutation.js",
);

// The simulator prints to stdout, which here carries the one line that the test waits for.
globalThis.console = new Console(process.stderr);
// The pinned SDK runs on Node 20; its reminder that later ones will not is no news to a test.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const LARGEST_BODY = 1024 * 1024;

/** The request is not a GraphQL request: HTTP 400. */
class Malformed extends Error {}

/** Reads the one argument, a JSON object; a wrong one is an error that says what is wrong. */
function settings(argument) {
  const { endpoint, region, apiId, port = 0, ...unknown } = JSON.parse(argument ?? "{}");
  if (Object.keys(unknown).length > 0) {
    throw new Error(`unknown setting ${Object.keys(unknown).join(", ")}`);
  }
  for (const [name, value] of Object.entries({ endpoint, region, apiId })) {
    if (typeof value !== "string" || value === "") {
      throw new Error(`the setting ${name} is missing`);
    }
  }
  return { endpoint: endpoint.replace(/\/$/, ""), region, apiId, port };
}

/** Answers one request: the status and the JSON body, in AppSync's own words. */
async function answer(request, schema, authorize) {
  if (request.method !== "POST" || request.url !== "/graphql") {
    return [404, refusal("NotFoundException", "POST /graphql is all there is.")];
  }
  try {
    const caller = await authorize(request.headers);
    const { document, variables, operationName } = operation(await body(request));
    const context = {
      jwt: caller.claims,
      requestAuthorizationMode: caller.mode,
      sourceIp: request.socket.remoteAddress,
      headers: request.headers,
      appsyncErrors: [],
    };
    return [200, await runQueryOrMutation(schema, document, variables, operationName, context)];
  } catch (error) {
    if (error instanceof Refused) {
      return [401, refusal("UnauthorizedException", error.message)];
    }
    if (error instanceof Malformed || error instanceof GraphQLError || error instanceof SyntaxError) {
      return [400, refusal("MalformedHttpRequestException", error.message)];
    }
    console.error(error);
    return [500, refusal("InternalFailure", error.message)];
  }
}

const refusal = (errorType, message) => ({ errors: [{ errorType, message }] });

/** The request's text as a GraphQL operation to run. */
function operation(text) {
  const { query, variables, operationName } = JSON.parse(text) ?? {};
  if (typeof query !== "string") {
    throw new Malformed("The request has no query.");
  }
  const document = parse(query);
  const chosen = getOperationAST(document, operationName);
  if (!chosen || chosen.operation === "subscription") {
    throw new Malformed("Name one query or mutation; subscriptions are not served.");
  }
  return { document, variables: variables ?? {}, operationName };
}

async function body(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      throw new Malformed("The request is larger than 1 MB.");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function main() {
  const { endpoint, region, apiId, port } = settings(process.argv[2]);
  const deployed = new Deployed({ endpoint, region, apiId });
  const api = await deployed.api();
  const authorize = await authorizer(api, deployed, endpoint);
  const schema = simulate(api, deployed);

  const server = createServer(async (request, response) => {
    const [status, value] = await answer(request, schema, authorize);
    response.writeHead(status, { "content-type": "application/json;charset=UTF-8" });
    response.end(JSON.stringify(value));
  });
  process.on("SIGTERM", () => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  process.stdout.write(`ready ${server.address().port}\n`);
}

main().catch((error) => {
  console.error(`serve.mjs: ${error.message}`);
  process.exitCode = 1;
});
