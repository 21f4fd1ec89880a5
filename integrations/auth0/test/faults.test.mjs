/** What the Action does when AccessIQ or the network misbehaves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { message, open, user } from "./stream.mjs";

/** */
for (const fault of [500, 503, 429, "reset", "hang"]) {
  test(`one request that fails (${fault}) is made again, and the event succeeds`, async (context) => {
    const { connection, proxy, stream } = await open(context);
    proxy.faults = [fault];
    assert.equal(await stream.send("user.created", user("auth0|ana")), "created");
    assert.deepEqual(proxy.take(), ["GET /Users", "GET /Users", "POST /Users"]);
    proxy.faults = ["pass", fault];
    assert.equal(await stream.send("user.updated", user("auth0|ana", { blocked: true })), "replaced");
    assert.deepEqual(proxy.take(), ["GET /Users", "PUT /Users/{id}", "PUT /Users/{id}"]);
    proxy.faults = ["pass", fault];
    assert.equal(await stream.send("user.deleted", user("auth0|ana")), "deleted");
    assert.deepEqual(await connection.users(), []);
  });
}

/** */
test("two failures of one request fail the event, and the next delivery makes up for it", async (context) => {
  const { connection, proxy, stream } = await open(context);
  const created = message("user.created", user("auth0|ana"));
  proxy.faults = ["pass", 500, 429];
  await assert.rejects(stream.deliver(created), /POST \/Users was answered with 429/);
  assert.deepEqual(proxy.take(), ["GET /Users", "POST /Users", "POST /Users"]);
  proxy.faults = ["hang", "reset"];
  await assert.rejects(stream.deliver(created), /GET \/Users got no answer/);
  assert.deepEqual(await connection.users(), []);
  assert.equal(await stream.deliver(created), "created");
});

test("a refusal is not asked again", async (context) => {
  const { proxy, stream } = await open(context);
  for (const status of [400, 401, 403, 404, 301, 200]) {
    proxy.faults = ["pass", status];
    await assert.rejects(stream.send("user.created", user("auth0|ana")), new RegExp(`with ${status}`));
    assert.deepEqual(proxy.take(), ["GET /Users", "POST /Users"]);
  }
});

/** the answer to a POST is lost on its way back. */
test("a creation whose answer was lost is found again", async (context) => {
  const { connection, proxy, stream } = await open(context);
  proxy.faults = ["pass", "lose"];
  assert.match(await stream.send("user.created", user("auth0|ana")), /^nothing to do: AccessIQ has this user/);
  assert.deepEqual(proxy.take(), ["GET /Users", "POST /Users", "POST /Users", "GET /Users"]);
  proxy.faults = ["pass", "lose"];
  assert.equal(await stream.send("user.deleted", user("auth0|ana")), "deleted");
  assert.deepEqual(await connection.both(), { scim: {}, active: [] });
});

/** */
test("an event gives up before Auth0 would end it", async (context) => {
  const { proxy, stream } = await open(context);
  const { now } = Date;
  context.after(() => {
    Date.now = now;
  });
  // The clock jumps while a request is under way, as it would with a slow server.
  let passed = 0;
  Date.now = () => now() + passed;
  const slowly = (milliseconds) => async () => {
    passed += milliseconds;
  };
  proxy.faults = [slowly(9000)];
  assert.equal(await stream.send("user.created", user("auth0|ana")), "created");
  proxy.take();
  proxy.faults = [slowly(9500)];
  await assert.rejects(stream.send("user.updated", user("auth0|ana")), /took too long; Auth0 delivers it again/);
  assert.deepEqual(proxy.take(), ["GET /Users"]);
});

test("a server that is not there fails the event", async (context) => {
  const { connection, proxy, stream } = await open(context);
  await proxy.stop();
  await assert.rejects(stream.send("user.deleted", user("auth0|ana")), /GET \/Users got no answer/);
  assert.deepEqual(await connection.users(), []);
});

test("answers that are no SCIM are refused", async (context) => {
  const { stream } = await open(context);
  const answers = ["<html>", "{}", '{"Resources":[{"externalId":"auth0|ana"}]}', '{"Resources":"none"}'];
  const { fetch } = globalThis;
  context.after(() => {
    globalThis.fetch = fetch;
  });
  for (const answer of answers) {
    globalThis.fetch = async () => new Response(answer, { status: 200 });
    await assert.rejects(stream.send("user.updated", user("auth0|ana")), /no SCIM list; is SCIM_BASE_URL right/);
  }
  const nobody = '{"Resources":[]}';
  globalThis.fetch = async (_, { method }) =>
    method === "GET" ? new Response(nobody, { status: 200 }) : new Response('{"id":1}', { status: 201 });
  await assert.rejects(stream.send("user.created", user("auth0|ana")), /a resource without id/);
  // A server whose filter finds too much must not have its user overwritten or deleted.
  const another = '{"Resources":[{"id":"1","externalId":"auth0|ANA"}]}';
  globalThis.fetch = async () => new Response(another, { status: 200 });
  assert.match(await stream.send("user.deleted", user("auth0|ana")), /^nothing to do/);
});
