import { randomUUID } from "node:crypto";
import {
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { AppSyncIdentity, AppSyncResolverEvent } from "aws-lambda";

/** As in schema/schema.graphql. */
interface Post {
  id: string;
  title: string;
  content: string;
  username: string;
}

/** As in schema/schema.graphql. */
interface PostInput {
  title: string;
  content: string;
}

type Item = Record<string, AttributeValue>;

const dynamodb = new DynamoDBClient({});

/**
 * Answers the fields of the GraphQL API. AppSync sends the whole request (a direct resolver), takes what is returned
 * as the field's value, and hands what is thrown to the caller as a GraphQL error.
 */
export async function handler(event: AppSyncResolverEvent<{ post?: PostInput }>): Promise<Post | Post[]> {
  const field = `${event.info.parentTypeName}.${event.info.fieldName}`;
  switch (field) {
    case "Mutation.createPost":
      return createPost(event.arguments.post, event.identity);
    case "Query.listPosts":
      return listPosts();
    default:
      throw new Error(`This function does not answer ${field}.`);
  }
}

/** Stores a post under the name of whoever is signed in, never under a name that the caller may choose. */
async function createPost(input: PostInput | undefined, identity: AppSyncIdentity): Promise<Post> {
  if (!input) {
    throw new Error("createPost needs the argument `post`.");
  }
  const post: Post = {
    id: randomUUID(),
    title: input.title,
    content: input.content,
    username: signedInUser(identity),
  };
  await dynamodb.send(
    new PutItemCommand({
      TableName: tableName(),
      Item: toItem(post),
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
  return post;
}

/** Reads the table page by page to its end: one Scan returns 1 MB at most. */
async function listPosts(): Promise<Post[]> {
  const posts: Post[] = [];
  let start: Item | undefined;
  do {
    const page: ScanCommandOutput = await dynamodb.send(
      new ScanCommand({ TableName: tableName(), ExclusiveStartKey: start }),
    );
    for (const item of page.Items ?? []) {
      posts.push(toPost(item));
    }
    start = page.LastEvaluatedKey;
  } while (start);
  return posts;
}

function signedInUser(identity: AppSyncIdentity): string {
  if (!identity || !("claims" in identity) || !("username" in identity) || !identity.username) {
    throw new Error("Sign in to create a post.");
  }
  return identity.username;
}

function tableName(): string {
  const name = process.env.POST_TABLE;
  if (!name) {
    throw new Error("The environment variable POST_TABLE, the name of the posts' table, is not set.");
  }
  return name;
}

function toItem(post: Post): Item {
  return {
    id: { S: post.id },
    title: { S: post.title },
    content: { S: post.content },
    username: { S: post.username },
  };
}

function toPost(item: Item): Post {
  const text = (name: keyof Post): string => {
    const value = item[name]?.S;
    if (value === undefined) {
      throw new Error(`The stored post ${item.id?.S ?? "(without id)"} has no text \`${name}\`.`);
    }
    return value;
  };
  return { id: text("id"), title: text("title"), content: text("content"), username: text("username") };
}
