/** Nudges: what CloudTrail tells, and what comes of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { handler } from "../src/nudge.mjs";
import { active, lambda, memberships, open } from "./pool.mjs";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** A message of the queue: an event of EventBridge that CloudTrail made. C-6 */
function call(pool, eventName, { sub, group, ...more } = {}) {
  const detail = {
    eventVersion: "1.08",
    eventTime: "2026-11-24T10:00:00Z",
    eventSource: "cognito-idp.amazonaws.com",
    eventName,
    awsRegion: "eu-central-1",
    requestParameters: { userPoolId: pool.id, username: HIDDEN, ...(group && { groupName: group }) },
    responseElements: null,
    additionalEventData: sub && { sub },
    ...more,
  };
  return JSON.stringify({ version: "0", "detail-type": "AWS API Call via CloudTrail", source: "aws.cognito-idp", detail });
}

/** Delivers messages as one batch, and answers which of them failed. */
async function deliver(...bodies) {
  const Records = bodies.map((body, index) => ({ messageId: `m${index}`, body }));
  const { batchItemFailures } = await handler({ Records }, lambda(60_000));
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** C-2, C-6 */
test("each change that CloudTrail tells is made in AccessIQ", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "1" });
  const sub = await pool.add("ana");
  assert.deepEqual(await deliver(call(pool, "AdminCreateUser", { sub })), []);
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
  const { id } = await connection.user(sub);

  await pool.update("ana", { email: "ana.costa@acme.example" });
  await deliver(call(pool, "AdminUpdateUserAttributes", { sub }));
  assert.deepEqual(await active(connection), { [sub]: "ana.costa@acme.example" });

  await pool.disable("ana");
  await deliver(call(pool, "AdminDisableUser", { sub }));
  assert.deepEqual(await active(connection), {});
  await pool.enable("ana");
  await deliver(call(pool, "AdminEnableUser", { sub }));
  assert.deepEqual(await active(connection), { [sub]: "ana.costa@acme.example" });
  assert.equal((await connection.user(sub)).id, id);

  await pool.addGroup("staff");
  await deliver(call(pool, "CreateGroup", { group: "staff" }));
  assert.deepEqual(await memberships(connection), { staff: [] });
  await pool.addGroup("ops");
  await pool.join("ana", "staff");
  await pool.join("ana", "ops");
  await deliver(call(pool, "AdminAddUserToGroup", { sub, group: "staff" }));
  assert.deepEqual(await memberships(connection), { staff: [sub], ops: [sub] });
  await pool.leave("ana", "staff");
  await deliver(call(pool, "AdminRemoveUserFromGroup", { sub, group: "staff" }));
  assert.deepEqual(await memberships(connection), { staff: [], ops: [sub] });
  await pool.removeGroup("ops");
  await deliver(call(pool, "DeleteGroup", { group: "ops" }));
  assert.deepEqual(await memberships(connection), { staff: [] });

  await pool.remove("ana");
  await deliver(call(pool, "AdminDeleteUser", { sub }));
  assert.deepEqual(await connection.users(), []);
  assert.deepEqual(await active(connection), {});
});

test("nudges in any order, and twice, end with what the pool holds", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "1" });
  await pool.addGroup("staff");
  const ana = await pool.add("ana");
  const bo = await pool.add("bo");
  const cy = await pool.add("cy");
  await pool.join("ana", "staff");
  await pool.disable("bo");
  await pool.remove("cy");
  const story = [
    call(pool, "AdminDeleteUser", { sub: cy }),
    call(pool, "AdminDisableUser", { sub: bo }),
    call(pool, "AdminAddUserToGroup", { sub: ana, group: "staff" }),
    call(pool, "AdminCreateUser", { sub: ana }),
    call(pool, "AdminEnableUser", { sub: bo }),
    call(pool, "AdminCreateUser", { sub: cy }),
    call(pool, "CreateGroup", { group: "staff" }),
  ];
  assert.deepEqual(await deliver(...story, ...[...story].reverse()), []);
  assert.deepEqual(await active(connection), { [ana]: "ana@acme.example" });
  assert.equal((await connection.user(bo)).active, false);
  assert.equal(await connection.user(cy), undefined, "a creation that comes after the deletion creates nobody");
  assert.deepEqual(await memberships(connection), { staff: [ana] });
});

test("without leave to delete, a leaver is deactivated and a group that is gone is emptied", async (context) => {
  const { connection, pool } = await open(context);
  const sub = await pool.add("ana");
  await pool.addGroup("staff");
  await pool.join("ana", "staff");
  await deliver(call(pool, "AdminAddUserToGroup", { sub }));
  assert.deepEqual(await memberships(connection), { staff: [sub] });
  await pool.removeGroup("staff");
  await deliver(call(pool, "DeleteGroup", { group: "staff" }));
  assert.deepEqual(await memberships(connection), { staff: [] });
  await pool.remove("ana");
  const deletion = call(pool, "DeleteUser", { sub, requestParameters: { accessToken: HIDDEN } });
  assert.deepEqual(await deliver(deletion, deletion), []);
  assert.deepEqual(await active(connection), {});
  assert.equal((await connection.user(sub)).active, false);
});

test("a deletion that CloudTrail tells and the pool does not confirm deletes nobody", async (context) => {
  const { connection, pool } = await open(context, { MAX_DELETIONS: "1" });
  const sub = await pool.add("ana");
  await pool.addGroup("staff");
  await deliver(call(pool, "AdminCreateUser", { sub }), call(pool, "CreateGroup", { group: "staff" }));
  await deliver(call(pool, "AdminDeleteUser", { sub }), call(pool, "DeleteGroup", { group: "staff" }));
  await deliver(call(pool, "AdminDeleteUser", { sub, errorCode: "AccessDenied" }));
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
  assert.deepEqual(await memberships(connection), { staff: [] });
});

test("only a deletion deletes: a pool that does not show a user yet, or any more, is no proof", async (context) => {
  const { connection, pool, log } = await open(context, { MAX_DELETIONS: "1" });
  const sub = await pool.add("ana");
  await deliver(call(pool, "AdminCreateUser", { sub }));
  await pool.remove("ana");
  assert.deepEqual(await deliver(call(pool, "AdminUpdateUserAttributes", { sub })), []);
  assert.match(log.text(), /does not show this user; left to the next reconciliation/);
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
});

test("what is of another pool, failed, or names nobody leads to nothing", async (context) => {
  const { connection, proxy, pool, log } = await open(context, { MAX_DELETIONS: "9" });
  const sub = await pool.add("ana");
  const bodies = [
    call({ id: "eu-central-1_another00" }, "AdminCreateUser", { sub }),
    call(pool, "AdminCreateUser", { sub, errorCode: "UsernameExistsException" }),
    call(pool, "AdminCreateUser"),
    call(pool, "AdminCreateUser", { sub: '" or sub ^= "' }),
    call(pool, "CreateGroup"),
    JSON.stringify({}),
  ];
  assert.deepEqual(await deliver(...bodies), []);
  assert.match(log.text(), /does not tell whom it is about; left to the next reconciliation/);
  assert.deepEqual(proxy.take(), []);
  assert.deepEqual(await connection.users(), []);
});

test("a message that fails goes back, and the others of its batch are done", async (context) => {
  const { connection, proxy, pool } = await open(context);
  const subs = [await pool.add("ana"), await pool.add("nameless", { given_name: undefined }), await pool.add("cy")];
  const bodies = subs.map((sub) => call(pool, "AdminCreateUser", { sub }));
  assert.deepEqual(await deliver("no JSON", ...bodies), ["m0", "m2"]);
  assert.deepEqual(Object.keys(await active(connection)).sort(), [subs[0], subs[2]].sort());
  await pool.update("nameless", { given_name: "No" });
  proxy.faults = [500, "reset", 429];
  assert.deepEqual(await deliver(bodies[1]), []);
  assert.equal(Object.keys(await active(connection)).length, 3);
});

test("who was overtaken by another write fails, and is right the next time", async (context) => {
  const { connection, proxy, pool } = await open(context);
  const sub = await pool.add("ana");
  const body = call(pool, "AdminUpdateUserAttributes", { sub });
  await deliver(body);
  await pool.update("ana", { family_name: "Costa" });
  proxy.faults = ["pass", async () => {
    await pool.disable("ana");
    await deliver(call(pool, "AdminDisableUser", { sub }));
  }];
  assert.deepEqual(await deliver(body), ["m0"]);
  assert.deepEqual(await active(connection), {});
  assert.deepEqual(await deliver(body), []);
  const ana = await connection.user(sub);
  assert.deepEqual([ana.active, ana.name.familyName], [false, "Costa"]);
});
