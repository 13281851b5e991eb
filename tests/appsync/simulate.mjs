// The deployed API in the simulator's terms. What the simulator cannot do is refused at start, never skipped.
import simulator from "@aws-amplify/amplify-appsync-simulator";
import { DIRECT_LAMBDA, DIRECT_TEMPLATES } from "./direct-lambda.mjs";

const { AmplifyAppSyncSimulator } = simulator;

/** The executable schema of an API: resolvers call the deployed Lambdas, directives are enforced. */
export function simulate(api, deployed) {
  const context = new AmplifyAppSyncSimulator();
  context.init({
    schema: { content: api.sdl },
    appSync: {
      name: api.name,
      defaultAuthenticationType: { authenticationType: api.authenticationType },
      additionalAuthenticationProviders: (api.additionalAuthenticationProviders ?? []).map(
        ({ authenticationType }) => ({ authenticationType }),
      ),
    },
    dataSources: api.dataSources.flatMap((source) => dataSources(source, deployed)),
    resolvers: api.resolvers.map((resolver) => unit(resolver, api.dataSources)),
  });
  return context.schema;
}

/** A Lambda is offered twice: to resolvers with mapping templates, and to direct ones. */
function dataSources({ name, type, lambdaConfig, serviceRoleArn }, deployed) {
  if (type === "NONE") {
    return [{ name, type }];
  }
  if (type !== "AWS_LAMBDA") {
    throw new Error(`the data source ${name} is of type ${type}, which is not served`);
  }
  const invoke = (payload) => deployed.invoke(lambdaConfig.lambdaFunctionArn, serviceRoleArn, payload);
  return [
    { name, type, invoke },
    { name: direct(name), type: DIRECT_LAMBDA, invoke },
  ];
}

function unit(resolver, sources) {
  const { typeName, fieldName, kind, dataSourceName, runtime } = resolver;
  const where = `the resolver of ${typeName}.${fieldName}`;
  if (runtime || kind === "PIPELINE") {
    throw new Error(`${where} is ${runtime ? "JavaScript" : "a pipeline"}, which is not served`);
  }
  const source = sources.find(({ name }) => name === dataSourceName);
  if (!source) {
    throw new Error(`${where} has the data source ${dataSourceName}, which does not exist`);
  }
  const { requestMappingTemplate, responseMappingTemplate } = resolver;
  if (requestMappingTemplate && responseMappingTemplate) {
    return { kind: "UNIT", typeName, fieldName, dataSourceName, requestMappingTemplate, responseMappingTemplate };
  }
  if (requestMappingTemplate || responseMappingTemplate || source.type !== "AWS_LAMBDA") {
    throw new Error(`${where} has one mapping template or none without a Lambda, which is not served`);
  }
  return { kind: "UNIT", typeName, fieldName, dataSourceName: direct(dataSourceName), ...DIRECT_TEMPLATES };
}

const direct = (name) => `${name} (direct)`;
