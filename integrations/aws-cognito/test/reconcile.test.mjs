/** The scheduled reconciliation, with a pool in moto and AccessIQ as it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { handler } from "../src/reconcile.mjs";
import { active, lambda, memberships, open } from "./pool.mjs";

const COUNTS = { created: 0, updated: 0, unchanged: 0, failed: 0, groups: 0, missing: 0, deleted: 0 };

/** C-4, C-5, C-8 */
test("a pool of several pages is in AccessIQ after one run, and a second run changes nothing", async (context) => {
  const { connection, proxy, pool } = await open(context);
  const subs = [];
  for (let index = 0; index < 133; index += 1) subs.push(await pool.add(`user${index}`));
  await pool.disable("user7");
  for (const name of ["admins", "everybody"]) await pool.addGroup(name);
  for (const [index] of subs.entries()) await pool.join(`user${index}`, "everybody");
  await pool.join("user7", "admins");

  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, created: 133, groups: 2 });
  const wanted = Object.fromEntries(subs.map((sub, index) => [sub, `user${index}@acme.example`]));
  delete wanted[subs[7]];
  assert.deepEqual(await active(connection), wanted);
  assert.deepEqual(await memberships(connection), { admins: [subs[7]], everybody: [...subs].sort() });
  const groups = await connection.groups();
  assert.deepEqual(groups.map(({ externalId }) => externalId).sort(), [`${pool.id}:admins`, `${pool.id}:everybody`]);

  const before = [await connection.users(), await connection.groups()];
  proxy.take();
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, unchanged: 133 });
  assert.ok(proxy.take().every((line) => line.startsWith("GET ")));
  assert.deepEqual([await connection.users(), await connection.groups()], before);
});

/** C-8 */
test("a user has what the pool tells, one who must still change the password like all others", async (context) => {
  const { connection, pool } = await open(context);
  const sub = await pool.add("ana", { phone_number: "+351210001", locale: "pt-PT", zoneinfo: "Europe/Lisbon" });
  await handler({}, lambda());
  const [{ id, meta, groups, ...attributes }] = await connection.users();
  assert.deepEqual(attributes, {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    externalId: sub,
    userName: "ana@acme.example",
    active: true,
    name: { givenName: "Ana", familyName: "Lima", formatted: "Ana Lima" },
    displayName: "Ana Lima",
    emails: [{ value: "ana@acme.example", type: "work", primary: true }],
    phoneNumbers: [{ value: "+351210001", type: "mobile" }],
    locale: "pt-PT",
    timezone: "Europe/Lisbon",
  });
});

/** C-2, C-8: what no trigger tells. */
test("what changed in the pool is changed in AccessIQ: attributes, state, membership, groups", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "5" });
  const subs = {};
  for (const name of ["ana", "bo", "cy", "di"]) subs[name] = await pool.add(name);
  for (const name of ["admins", "staff"]) await pool.addGroup(name);
  for (const name of ["ana", "bo", "cy"]) await pool.join(name, "staff");
  await handler({}, lambda());
  const ids = new Map((await connection.users()).map(({ externalId, id }) => [externalId, id]));

  await pool.update("ana", { email: "ana.costa+hr@acme.example", family_name: "Costa" });
  await pool.disable("bo");
  await pool.remove("cy");
  await pool.leave("ana", "staff");
  await pool.join("di", "staff");
  await pool.removeGroup("admins");
  await pool.addGroup("ops");
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, updated: 2, unchanged: 1, groups: 1, missing: 2, deleted: 2 });
  assert.deepEqual(await active(connection), { [subs.ana]: "ana.costa+hr@acme.example", [subs.di]: "di@acme.example" });
  assert.deepEqual(await memberships(connection), { staff: [subs.bo, subs.di].sort(), ops: [] });
  assert.equal((await connection.user(subs.ana)).name.familyName, "Costa");
  assert.equal(await connection.user(subs.cy), undefined);

  await pool.enable("bo");
  await handler({}, lambda());
  assert.deepEqual(Object.keys(await active(connection)).sort(), [subs.ana, subs.bo, subs.di].sort());
  for (const { externalId, id } of await connection.users()) assert.equal(id, ids.get(externalId));

  const cyAgain = await pool.add("cy");
  await handler({}, lambda());
  assert.equal((await active(connection))[cyAgain], "cy@acme.example");
});

test("nobody is deleted without the setting, nor beyond its limit", async (context) => {
  const { connection, pool, log } = await open(context);
  for (const name of ["ana", "bo", "cy"]) await pool.add(name);
  await handler({}, lambda());
  const before = await active(connection);
  await pool.remove("bo");
  await pool.remove("cy");
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, unchanged: 1, missing: 2 });
  assert.match(log.text(), /the pool does not have this resource of Users/);
  process.env.MAX_DELETIONS = "1";
  await assert.rejects(handler({}, lambda()), /2 users and groups would be deleted, MAX_DELETIONS allows 1: none was/);
  assert.deepEqual(await active(connection), before);
  process.env.MAX_DELETIONS = "2";
  assert.equal((await handler({}, lambda())).deleted, 2);
  assert.equal(Object.keys(await active(connection)).length, 1);
});

test("a listing that ends halfway deletes nobody and takes nobody out of a group", async (context) => {
  const { connection, aws, pool } = await open(context, { MAX_DELETIONS: "999" });
  await pool.addGroup("staff");
  for (let index = 0; index < 70; index += 1) {
    await pool.add(`user${index}`);
    await pool.join(`user${index}`, "staff");
  }
  await handler({}, lambda());
  const before = [await connection.users(), await connection.groups()];
  // ListUsers, ListUsers: the second page is refused. Then ListUsers twice, ListGroups, ListUsersInGroup twice.
  for (const passing of [1, 4]) {
    aws.faults = [...Array(passing).fill("pass"), 400];
    await assert.rejects(handler({}, lambda()));
    assert.deepEqual(aws.faults, [], "the fault was met");
    assert.deepEqual([await connection.users(), await connection.groups()], before);
  }
  process.env.USER_POOL_ID = "eu-central-1_nowhere00";
  await assert.rejects(handler({}, lambda()));
  assert.deepEqual([await connection.users(), await connection.groups()], before);
});

test("what is not of the pool is left alone", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "999" });
  await pool.add("ana");
  const byHand = { userName: "by.hand@acme.example", name: { givenName: "By", familyName: "Hand" }, emails: [{ value: "h@acme.example" }] };
  const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
  await connection.scim("POST", "/Users", { schemas, ...byHand });
  await connection.scim("POST", "/Users", { schemas, ...byHand, userName: "other", externalId: "00u1" });
  const group = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"] };
  await connection.scim("POST", "/Groups", { ...group, displayName: "By hand" });
  await connection.scim("POST", "/Groups", { ...group, displayName: "Other pool", externalId: "eu-central-1_other:x" });
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, created: 1 });
  assert.equal((await connection.users()).length, 3);
  assert.equal((await connection.groups()).length, 2);
});

test("a run that is out of time goes on from its queue, and ends as one run would", async (context) => {
  const { connection, pool, received } = await open(context, { MAX_DELETIONS: "5" });
  await pool.addGroup("staff");
  const subs = [];
  for (let index = 0; index < 65; index += 1) subs.push(await pool.add(`user${index}`));
  for (const name of ["user0", "user64"]) await pool.join(name, "staff");
  await pool.add("leaver");
  await pool.addGroup("gone");
  await handler({}, lambda());
  await pool.remove("leaver");
  await pool.removeGroup("gone");
  await pool.disable("user64");
  await pool.leave("user0", "staff");

  // Time for what is begun, but not for another page; and once not even for one user.
  const inHaste = lambda(40_000);
  await handler({}, inHaste);
  let calls = 1;
  for (let event = await received(); event.Records.length > 0; event = await received()) {
    assert.ok(Buffer.byteLength(event.Records[0].body) < 256 * 1024);
    calls += 1;
    await handler(event, calls === 2 ? lambda(19_000) : inHaste);
  }
  assert.equal(calls, 5, "two pages of users, one of groups, what is missing, and one that did nothing");
  const wanted = subs.slice(0, 64).map((sub, index) => [sub, `user${index}@acme.example`]);
  assert.deepEqual(await active(connection), Object.fromEntries(wanted));
  assert.deepEqual(await memberships(connection), { staff: [subs[64]] });
});

/** C-8 */
test("two users with one e-mail address are two users, and nobody takes over the other's name", async (context) => {
  const { connection, pool } = await open(context);
  const first = await pool.add("ana", { email: "shared@acme.example" });
  const second = await pool.add("ana-federated", { email: "SHARED@acme.example" });
  await handler({}, lambda());
  assert.deepEqual(await active(connection), { [first]: "shared@acme.example", [second]: "ana-federated" });
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, unchanged: 2 });
});

test("one user that AccessIQ refuses does not stop the others, and the run fails in the end", async (context) => {
  const { connection, pool, log } = await open(context);
  await pool.add("ana");
  const refused = await pool.add("nameless", { family_name: undefined });
  await pool.add("cy");
  await pool.addGroup("staff");
  for (const name of ["ana", "nameless", "cy"]) await pool.join(name, "staff");
  await assert.rejects(handler({}, lambda()), /1 users or groups failed; the log names them/);
  assert.ok(log.text().includes(`"about":"${refused}","message":"POST Users was answered with 400 invalidValue"`));
  assert.equal(Object.keys(await active(connection)).length, 2);
  assert.equal((await memberships(connection)).staff.length, 2);
});

for (const fault of [500, 429, "reset", "lose"]) {
  test(`requests that fail (${fault}) are made again, to AccessIQ and to AWS`, async (context) => {
    const { connection, proxy, aws, pool } = await open(context);
    for (const name of ["ana", "bo"]) await pool.add(name);
    await pool.addGroup("staff");
    await pool.join("ana", "staff");
    // Every other request to AccessIQ, the first request to AWS.
    proxy.faults = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? fault : "pass"));
    aws.faults = [fault];
    const { failed } = await handler({}, lambda());
    assert.equal(failed, 0);
    proxy.faults = [];
    assert.equal(Object.keys(await active(connection)).length, 2);
    assert.equal((await connection.users()).length, 2);
    assert.equal((await memberships(connection)).staff.length, 1);
  });
}

test("a server that is down, or a token that is refused, ends the run at once", async (context) => {
  const { proxy, pool } = await open(context);
  await pool.add("ana");
  proxy.faults = ["pass", "pass", 401];
  await assert.rejects(handler({}, lambda()), /answered with 401/);
  await proxy.stop();
  await assert.rejects(handler({}, lambda(7_000)), /got no answer/);
});

test("a write that overtook the run is not undone", async (context) => {
  const { connection, proxy, pool } = await open(context);
  const sub = await pool.add("ana");
  await handler({}, lambda());
  await pool.update("ana", { family_name: "Costa" });
  proxy.faults = ["pass", "pass", async () => {
    // Between the run's reading and its write, the user is disabled and a nudge pushes that.
    await pool.disable("ana");
    const { id } = await connection.user(sub);
    const operations = [{ op: "replace", path: "active", value: false }];
    await connection.scim("PATCH", `/Users/${id}`, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations });
  }];
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, updated: 1 });
  const ana = await connection.user(sub);
  assert.deepEqual([ana.active, ana.name.familyName], [false, "Costa"]);
});

test("hostile values go through unchanged", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "9" });
  const family = 'O"Brien\\); drop table';
  const sub = await pool.add("ana", { email: "o'brien+hr@acme.example", family_name: family, name: "محمد 🦊" });
  const names = ['a" or externalId pr or externalId eq "', "b\\", "c:d/e?f", "ops"];
  for (const name of names) await pool.addGroup(name);
  await pool.join("ana", names[0]);
  await handler({}, lambda());
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, unchanged: 1 });
  const held = await connection.user(sub);
  assert.deepEqual([held.userName, held.name.familyName, held.displayName], ["o'brien+hr@acme.example", family, "محمد 🦊"]);
  assert.deepEqual(await memberships(connection), { [names[0]]: [sub], [names[1]]: [], [names[2]]: [], ops: [] });
  await pool.removeGroup(names[0]);
  assert.equal((await handler({}, lambda())).deleted, 1);
  assert.deepEqual(Object.keys(await memberships(connection)).sort(), names.slice(1).sort());
});

test("without groups, users alone are reconciled", async (context) => {
  const { connection, pool } = await open(context, { PUSH_GROUPS: "false" });
  await pool.add("ana");
  await pool.addGroup("staff");
  assert.deepEqual(await handler({}, lambda()), { ...COUNTS, created: 1 });
  assert.deepEqual(await connection.groups(), []);
});
