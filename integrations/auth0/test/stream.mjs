/**
 * Plays Auth0's part: makes the events of an Event Stream, delivers them to the Action, and keeps what it logs.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { format } from "node:util";
import { Connection } from "../../testing/service.mjs";
import { Proxy } from "../../testing/proxy.mjs";

const { onExecuteEventStream } = createRequire(import.meta.url)("../action.js");

/** A user as `data.object` of an event shows it. */
export function user(id, more = {}) {
  const [, name] = id.split("|");
  return {
    user_id: id,
    email: `${name}@acme.example`,
    email_verified: true,
    given_name: "Ana",
    family_name: "Lima",
    name: "Ana Lima",
    nickname: "ana",
    identities: [{ connection: "Username-Password-Authentication", user_id: name, provider: "auth0", isSocial: false }],
    created_at: "2026-02-02T17:56:01.566Z",
    updated_at: "2026-02-02T17:56:01.566Z",
    ...more,
  };
}

let events = 0;

/** An event as Auth0 publishes it. */
export function message(type, object, time = "2026-02-02T17:56:01.573Z") {
  events += 1;
  return {
    id: `evt_${String(events).padStart(22, "0")}`,
    source: "urn:auth0:acme.us",
    specversion: "1.0",
    type,
    time,
    data: { object },
    a0tenant: "acme",
    a0stream: "est_38ANnv8pQhqsZrX2VFbftv",
  };
}

/** An Event Stream that ends in a connection. */
export class Stream {
  constructor({ baseUrl, token }, secrets = {}) {
    this.secrets = { SCIM_BASE_URL: baseUrl, SCIM_TOKEN: token, ...secrets };
    this.log = [];
  }

  /** One delivery; answers with the sentence of the log, or fails as the Action does. */
  async deliver(delivered) {
    const print = console.log;
    const lines = [];
    console.log = (...line) => lines.push(format(...line));
    try {
      await onExecuteEventStream({ message: delivered, secrets: this.secrets });
    } catch (error) {
      lines.push(error.message);
      throw error;
    } finally {
      console.log = print;
      this.log.push(...lines);
    }
    assert.equal(lines.length, 1, "one event, one line");
    return lines[0].slice(lines[0].indexOf(": ") + 2);
  }

  send(type, object, time) {
    return this.deliver(message(type, object, time));
  }

  /** Fails if anything was logged that does not belong into a log. */
  assertDiscreet(...personal) {
    const written = this.log.join("\n");
    for (const secret of [this.secrets.SCIM_TOKEN, "acme.example", "Ana", "Lima", ...personal]) {
      assert.ok(!written.includes(secret), `the log holds ${secret}:\n${written}`);
    }
  }
}

/** A connection, the proxy before it and a stream that ends there; what the stream logged must be discreet. */
export async function open(context, secrets) {
  const connection = await Connection.create("auth0");
  const proxy = await Proxy.before(connection.baseUrl);
  const stream = new Stream({ baseUrl: proxy.baseUrl, token: connection.token }, secrets);
  context.after(async () => {
    await proxy.stop();
    stream.assertDiscreet();
  });
  return { connection, proxy, stream };
}
