/** Events that arrive in another order than they happened, with and without the time kept in AccessIQ. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Stream, message, open, user } from "./stream.mjs";

const SCHEMA_FILE = fileURLToPath(new URL("../event-time.schema.json", import.meta.url));
const SCHEMA = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")).id;

const at = (second) => `2026-02-02T18:00:${String(second).padStart(2, "0")}.000Z`;

/** A stream into a tenant that knows the extension. */
async function openWithSchema(context, secrets) {
  const opened = await open(context, secrets);
  await opened.connection.addSchema(SCHEMA_FILE);
  return opened;
}

test("with the time kept, an old update after a new one changes nothing", async (context) => {
  const { connection, stream } = await openWithSchema(context, { SCIM_EVENT_TIME_SCHEMA: SCHEMA });
  await stream.send("user.created", user("auth0|ana"), at(1));
  await stream.send("user.updated", user("auth0|ana", { blocked: true }), at(5));
  assert.match(await stream.send("user.updated", user("auth0|ana"), at(3)), /^skipped: AccessIQ has seen a later/);
  assert.match(await stream.send("user.created", user("auth0|ana"), at(1)), /^skipped: AccessIQ has seen a later/);
  assert.match(await stream.send("user.deleted", user("auth0|ana"), at(2)), /^skipped: AccessIQ has seen a later/);
  assert.deepEqual(await connection.both(), { scim: { "auth0|ana": ["ana@acme.example", false] }, active: [] });
  assert.equal((await connection.user("auth0|ana"))[SCHEMA].eventTime, at(5));
  await stream.send("user.updated", user("auth0|ana"), at(6));
  assert.deepEqual((await connection.both()).active, ["auth0|ana"]);
});

test("with the time kept, any order of creation and updates ends with the latest", async (context) => {
  const { connection, stream } = await openWithSchema(context, { SCIM_EVENT_TIME_SCHEMA: SCHEMA, SCIM_CREATE_ON_UPDATE: "true" });
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  for (const [index, order] of orders.entries()) {
    const id = `auth0|user${index}`;
    const story = [
      message("user.created", user(id, { family_name: "First" }), at(1)),
      message("user.updated", user(id, { family_name: "Second", blocked: true }), at(2)),
      message("user.updated", user(id, { family_name: "Third" }), at(3)),
    ];
    for (const which of order) await stream.deliver(story[which]);
    const held = await connection.user(id);
    assert.deepEqual([held.name.familyName, held.active], ["Third", true], `order ${order}`);
  }
});

test("of two updates at once, the later one wins whoever writes first", async (context) => {
  const { connection, proxy, stream } = await openWithSchema(context, { SCIM_EVENT_TIME_SCHEMA: SCHEMA });
  await stream.send("user.created", user("auth0|ana"), at(1));
  const rival = new Stream(connection, { SCIM_EVENT_TIME_SCHEMA: SCHEMA });

  const later = message("user.updated", user("auth0|ana", { blocked: true }), at(9));
  proxy.faults = ["pass", () => rival.deliver(later)];
  assert.match(await stream.send("user.updated", user("auth0|ana"), at(8)), /^skipped: AccessIQ has seen a later/);
  assert.equal((await connection.user("auth0|ana")).active, false);

  const earlier = message("user.updated", user("auth0|ana"), at(10));
  proxy.faults = ["pass", () => rival.deliver(earlier)];
  assert.equal(await stream.send("user.updated", user("auth0|ana", { blocked: true }), at(11)), "replaced");
  assert.equal((await connection.user("auth0|ana")).active, false);
});

test("without it, the last to arrive counts, and an update that overtakes the creation is skipped", async (context) => {
  const { connection, stream } = await openWithSchema(context);
  assert.match(await stream.send("user.updated", user("auth0|ana"), at(2)), /^skipped/);
  await stream.send("user.created", user("auth0|ana"), at(1));
  await stream.send("user.updated", user("auth0|ana", { blocked: true }), at(5));
  await stream.send("user.updated", user("auth0|ana"), at(3));
  assert.equal((await connection.user("auth0|ana")).active, true);
  assert.equal((await connection.user("auth0|ana"))[SCHEMA], undefined);
});

/** Not solvable in the Action, which keeps nothing of who was deleted; `backfill.mjs` finds and deletes them. */
test("a creation that arrives after the deletion leaves a user whom the backfill reports", async (context) => {
  const { connection, stream } = await openWithSchema(context, { SCIM_EVENT_TIME_SCHEMA: SCHEMA });
  assert.match(await stream.send("user.deleted", user("auth0|ana"), at(2)), /^nothing to do/);
  assert.equal(await stream.send("user.created", user("auth0|ana"), at(1)), "created");
  assert.deepEqual((await connection.both()).active, ["auth0|ana"]);
});
