/**
 * A user pool in moto, which stands in for AWS, and the functions as AWS calls them.
 */
import assert from "node:assert/strict";
import { format } from "node:util";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { randomUUID } from "node:crypto";
import { Connection } from "../../testing/service.mjs";
import { Proxy } from "../../testing/proxy.mjs";

const AWS = process.env.AWS_ENDPOINT_URL;

export class TestPool {
  static async create() {
    const client = new cognito.CognitoIdentityProviderClient({ endpoint: AWS });
    const { UserPool: made } = await client.send(new cognito.CreateUserPoolCommand({ PoolName: "test" }));
    return new TestPool(client, made.Id);
  }

  constructor(client, id) {
    this.client = client;
    this.id = id;
  }

  /** One call of the API, by the name of its action; answers with what came back. */
  call(action, input) {
    return this.client.send(new cognito[`${action}Command`]({ UserPoolId: this.id, ...input }));
  }

  /** Makes a user as an administrator does, and answers with its sub. */
  async add(username, attributes = {}) {
    const all = { email: `${username}@acme.example`, given_name: "Ana", family_name: "Lima", ...attributes };
    const { User: user } = await this.call("AdminCreateUser", {
      Username: username,
      UserAttributes: Object.entries(all).filter(([, value]) => value !== undefined).map(([Name, Value]) => ({ Name, Value })),
    });
    return user.Attributes.find(({ Name: name }) => name === "sub").Value;
  }

  update(username, attributes) {
    const list = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
    return this.call("AdminUpdateUserAttributes", { Username: username, UserAttributes: list });
  }

  disable(username) {
    return this.call("AdminDisableUser", { Username: username });
  }

  enable(username) {
    return this.call("AdminEnableUser", { Username: username });
  }

  remove(username) {
    return this.call("AdminDeleteUser", { Username: username });
  }

  addGroup(name) {
    return this.call("CreateGroup", { GroupName: name });
  }

  removeGroup(name) {
    return this.call("DeleteGroup", { GroupName: name });
  }

  join(username, name) {
    return this.call("AdminAddUserToGroup", { Username: username, GroupName: name });
  }

  leave(username, name) {
    return this.call("AdminRemoveUserFromGroup", { Username: username, GroupName: name });
  }
}

/** A connection, the proxies before it and before AWS, and the environment of the functions. */
export async function open(context, variables = {}) {
  const connection = await Connection.create("cognito");
  const proxy = await Proxy.before(connection.baseUrl);
  const aws = await Proxy.before(`${AWS}/`);
  const pool = await TestPool.create();
  const sqs = new SQSClient({ endpoint: AWS });
  const { QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `test-${randomUUID()}` }));
  const environment = {
    AWS_ENDPOINT_URL: aws.baseUrl,
    USER_POOL_ID: pool.id,
    SCIM_BASE_URL: proxy.baseUrl,
    SCIM_TOKEN: connection.token,
    NUDGE_QUEUE_URL: queueUrl.replace(`${AWS}/`, aws.baseUrl),
    CONTINUATION_QUEUE_URL: queueUrl.replace(`${AWS}/`, aws.baseUrl),
    MAX_DELETIONS: "",
    PUSH_GROUPS: "",
    ...variables,
  };
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const log = keepLog();
  context.after(async () => {
    log.restore();
    for (const key of Object.keys(environment)) delete process.env[key];
    Object.assign(process.env, before);
    await Promise.all([proxy.stop(), aws.stop()]);
    for (const personal of [connection.token, "acme.example", "Ana", "Lima"]) {
      assert.ok(!log.text().includes(personal), `the log holds ${personal}:\n${log.text()}`);
    }
  });
  /** The messages of the queue, as Lambda hands them to a function. */
  const received = async () => {
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    return { Records: messages.map(({ MessageId: messageId, Body: body }) => ({ messageId, body })) };
  };
  return { connection, proxy, aws, pool, log, received };
}

/** What Lambda tells a function about itself. */
export function lambda(milliseconds = 900_000) {
  return { getRemainingTimeInMillis: () => milliseconds };
}

/** Keeps what is logged instead of printing it. */
function keepLog() {
  const { log, error } = console;
  const lines = [];
  console.log = (...line) => lines.push(format(...line));
  console.error = console.log;
  return {
    text: () => lines.join("\n"),
    restore: () => Object.assign(console, { log, error }),
  };
}

/** `externalId → userName` of all whom AccessIQ holds as active, from SCIM; the directory must agree. */
export async function active(connection) {
  const users = (await connection.users()).filter(({ active: isActive }) => isActive);
  const directory = (await connection.directory()).filter(({ status }) => status === "active");
  const seen = Object.fromEntries(users.map(({ externalId, userName }) => [externalId, userName]));
  assert.deepEqual(Object.fromEntries(directory.map(({ externalId, userName }) => [externalId, userName])), seen);
  return seen;
}

/** `displayName → subs of the members, sorted` */
export async function memberships(connection) {
  const subs = new Map((await connection.users()).map(({ id, externalId }) => [id, externalId]));
  const groups = await connection.groups();
  return Object.fromEntries(
    groups.map(({ displayName, members = [] }) => [displayName, members.map(({ value }) => subs.get(value)).sort()]),
  );
}
