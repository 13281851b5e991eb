// Direct Lambda resolvers, which the simulator lacks. Without a request template AppSync sends the Lambda the whole
// context of the field; without a response template the answer is the field's value and an error is the caller's.
import { createRequire } from "node:module";
import simulator from "@aws-amplify/amplify-appsync-simulator";

const { createInfo } = createRequire(import.meta.url)(
  "@aws-amplify/amplify-appsync-simulator/lib/velocity/util/info.js",
);

/** The simulator's name for a Lambda that a resolver without templates calls. */
export const DIRECT_LAMBDA = "DIRECT_LAMBDA";

/** The version makes the simulator hand an error of the source to the response template, as AppSync does. */
export const DIRECT_TEMPLATES = {
  requestMappingTemplate: '{"version": "2018-05-29", "operation": "Invoke"}',
  responseMappingTemplate:
    "#if($ctx.error) $util.error($ctx.error.message, $ctx.error.type) #end $util.toJson($ctx.result)",
};

class DirectLambda {
  constructor(config) {
    this.invoke = config.invoke;
  }

  async load(_request, { source, args, context, info }) {
    return this.invoke({
      arguments: args,
      identity: identity(context),
      source: source ?? null,
      request: { headers: context.headers, domainName: null },
      prev: null,
      info: { ...createInfo(info), parentTypeName: info.parentType.name },
      stash: {},
    });
  }
}

/** What AppSync tells of the caller: nothing behind an API key. */
function identity({ requestAuthorizationMode, jwt, sourceIp }) {
  if (requestAuthorizationMode !== "AMAZON_COGNITO_USER_POOLS") {
    return null;
  }
  return {
    claims: jwt,
    defaultAuthStrategy: "ALLOW",
    groups: jwt["cognito:groups"] ?? null,
    issuer: jwt.iss,
    sourceIp: [sourceIp],
    sub: jwt.sub,
    username: jwt["cognito:username"] ?? jwt.username,
  };
}

simulator.addDataLoader(DIRECT_LAMBDA, DirectLambda);
