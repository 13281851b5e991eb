// What was really created: the API, its keys, data sources and resolvers, read through the AWS API.
import {
  AppSyncClient,
  GetGraphqlApiCommand,
  GetIntrospectionSchemaCommand,
  ListApiKeysCommand,
  ListDataSourcesCommand,
  ListResolversCommand,
} from "@aws-sdk/client-appsync";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { Kind, parse } from "graphql";
import { ServiceRoles } from "./service-role.mjs";

/** A Lambda that threw, or could not be called; `type` is the GraphQL `errorType` that AppSync gives it. */
export class LambdaError extends Error {
  constructor(message, type) {
    super(message);
    this.type = type;
  }
}

/** One deployed API. Its definition is read once; its keys are asked for on each use, as they may be renewed. */
export class Deployed {
  #appsync;
  #lambda;
  #roles;
  #apiId;

  constructor({ endpoint, region, apiId }) {
    const client = { endpoint, region, credentials: credentials() };
    this.#appsync = new AppSyncClient(client);
    this.#lambda = new LambdaClient(client);
    this.#roles = new ServiceRoles(client);
    this.#apiId = apiId;
  }

  /** The API with its schema text, data sources and resolvers. */
  async api() {
    const apiId = this.#apiId;
    const { graphqlApi } = await this.#appsync.send(new GetGraphqlApiCommand({ apiId }));
    const { schema } = await this.#appsync.send(
      new GetIntrospectionSchemaCommand({ apiId, format: "SDL", includeDirectives: true }),
    );
    const sdl = new TextDecoder().decode(schema);
    const dataSources = await this.#all(ListDataSourcesCommand, { apiId }, "dataSources");
    const resolvers = [];
    for (const typeName of objectTypes(sdl)) {
      resolvers.push(...(await this.#all(ListResolversCommand, { apiId, typeName }, "resolvers")));
    }
    return { ...graphqlApi, sdl, dataSources, resolvers };
  }

  /** The ids, which are the keys themselves, that have not expired. */
  async liveKeys() {
    const keys = await this.#all(ListApiKeysCommand, { apiId: this.#apiId }, "apiKeys");
    return keys.filter((key) => key.expires * 1000 > Date.now()).map((key) => key.id);
  }

  /** Calls a function as AppSync would, in its service role, and waits for the answer. */
  async invoke(functionArn, serviceRoleArn, payload) {
    const refusal = await this.#roles.refusal(serviceRoleArn, functionArn);
    if (refusal) {
      throw new LambdaError(refusal, "Lambda:AccessDeniedException");
    }
    const { FunctionError, Payload } = await this.#lambda
      .send(new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(payload) }))
      .catch((error) => {
        throw new LambdaError(error.message, `Lambda:${error.name}`);
      });
    const text = new TextDecoder().decode(Payload);
    const value = text === "" ? null : JSON.parse(text);
    if (FunctionError) {
      throw new LambdaError(value?.errorMessage ?? text, `Lambda:${FunctionError}`);
    }
    return value;
  }

  async #all(Command, input, member) {
    const items = [];
    let nextToken;
    do {
      const page = await this.#appsync.send(new Command({ ...input, nextToken }));
      items.push(...(page[member] ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return items;
  }
}

/** The emulator takes `test` as the account's root; other credentials come from the environment. */
function credentials() {
  const { AWS_ACCESS_KEY_ID = "test", AWS_SECRET_ACCESS_KEY = "test", AWS_SESSION_TOKEN } = process.env;
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
}

/** The names of the types that may have resolvers. ListTypes would do on AWS; the emulator lists none of a schema's. */
function objectTypes(sdl) {
  const kinds = [Kind.OBJECT_TYPE_DEFINITION, Kind.OBJECT_TYPE_EXTENSION];
  const names = parse(sdl).definitions.filter((one) => kinds.includes(one.kind)).map((one) => one.name.value);
  return new Set(names);
}
