/** Auth0's organizations as SCIM groups. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Stream, message, open, user } from "./stream.mjs";

const PUSHED = { SCIM_ORGANIZATIONS: "true" };
const ACME = { id: "org_acme", name: "acme" };

const membership = (id, organization = ACME) => ({ organization, user: { user_id: id } });

/** `displayName → externalIds of the members` */
async function memberships(connection) {
  const users = new Map((await connection.users()).map(({ id, externalId }) => [id, externalId]));
  const groups = await connection.groups();
  return Object.fromEntries(
    groups.map(({ displayName, members = [] }) => [displayName, members.map(({ value }) => users.get(value)).sort()]),
  );
}

/** */
test("members of an organization are members of a group of its name", async (context) => {
  const { connection, stream } = await open(context, PUSHED);
  await stream.send("user.created", user("auth0|ana"));
  await stream.send("user.created", user("auth0|bo"));
  assert.equal(await stream.send("organization.member.added", membership("auth0|ana")), "added the member");
  const added = message("organization.member.added", membership("auth0|bo"));
  await stream.deliver(added);
  await stream.deliver(added);
  assert.deepEqual(await memberships(connection), { acme: ["auth0|ana", "auth0|bo"] });

  const removed = message("organization.member.deleted", membership("auth0|ana"));
  assert.equal(await stream.deliver(removed), "removed the member");
  await stream.deliver(removed);
  assert.deepEqual(await memberships(connection), { acme: ["auth0|bo"] });
});

/** */
test("an organization is made, renamed and deleted", async (context) => {
  const { connection, stream } = await open(context, PUSHED);
  const created = message("organization.created", { ...ACME, display_name: "Acme, Inc." });
  assert.equal(await stream.deliver(created), "created the group");
  assert.match(await stream.deliver(created), /^nothing to do/);
  assert.equal(await stream.send("organization.updated", { ...ACME, display_name: "Acme" }), "renamed the group");
  assert.deepEqual(await memberships(connection), { Acme: [] });
  assert.equal(await stream.send("organization.deleted", ACME), "deleted the group");
  assert.match(await stream.send("organization.deleted", ACME), /^nothing to do/);
  assert.match(await stream.send("organization.member.deleted", membership("auth0|ana")), /^nothing to do/);
  assert.deepEqual(await memberships(connection), {});
});

test("a membership of somebody unknown fails, so that Auth0 delivers it again after the user", async (context) => {
  const { connection, stream } = await open(context, PUSHED);
  const added = message("organization.member.added", membership("auth0|ana"));
  await assert.rejects(stream.deliver(added), /does not know the user who became a member/);
  await stream.send("user.created", user("auth0|ana"));
  assert.equal(await stream.deliver(added), "added the member");
  assert.deepEqual(await memberships(connection), { acme: ["auth0|ana"] });
});

test("two events that make the same group at once make one", async (context) => {
  const { connection, proxy, stream } = await open(context, PUSHED);
  await stream.send("user.created", user("auth0|ana"));
  const rival = new Stream(connection, PUSHED);
  proxy.faults = ["pass", "pass", () => rival.send("organization.created", ACME)];
  await stream.send("organization.member.added", membership("auth0|ana"));
  assert.deepEqual(await memberships(connection), { acme: ["auth0|ana"] });
});

test("without the setting, organizations are left alone", async (context) => {
  const { connection, proxy, stream } = await open(context);
  assert.match(await stream.send("organization.created", ACME), /^skipped: organizations are pushed only with/);
  assert.deepEqual(proxy.take(), []);
  assert.deepEqual(await connection.groups(), []);
});
