/** What the Action does with each event, with AccessIQ as it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Stream, message, open, user } from "./stream.mjs";

const SCHEMAS = ["urn:ietf:params:scim:schemas:core:2.0:User"];

/** */
test("a created user is there with all that Auth0 told", async (context) => {
  const { connection, proxy, stream } = await open(context);
  const ana = user("auth0|ana", { phone_number: "+351 21 000", user_metadata: { phone: "+351 21 001" } });
  assert.equal(await stream.send("user.created", ana), "created");
  const [held] = await connection.users();
  const { id, meta, ...attributes } = held;
  assert.deepEqual(attributes, {
    schemas: SCHEMAS,
    externalId: "auth0|ana",
    userName: "ana@acme.example",
    active: true,
    name: { givenName: "Ana", familyName: "Lima", formatted: "Ana Lima" },
    displayName: "Ana Lima",
    nickName: "ana",
    emails: [{ value: "ana@acme.example", type: "work", primary: true }],
    phoneNumbers: [{ value: "+351 21 000", type: "mobile" }, { value: "+351 21 001", type: "work" }],
  });
  const directory = await connection.directory();
  assert.deepEqual(directory.map(({ userName, status, externalId }) => [userName, status, externalId]), [
    ["ana@acme.example", "active", "auth0|ana"],
  ]);
  for (const { method, headers, body } of proxy.seen) {
    assert.equal(headers["content-type"], "application/scim+json");
    assert.equal(headers.accept, "application/scim+json");
    assert.equal(headers.authorization, `Bearer ${connection.token}`);
    assert.equal(body !== "", method === "POST");
  }
  assert.deepEqual(proxy.take(), ["GET /Users", "POST /Users"]);
});

/** */
test("a user is updated, blocked, unblocked and deleted as in Auth0, with one id", async (context) => {
  const { connection, proxy, stream } = await open(context);
  await stream.send("user.created", user("auth0|ana"));
  const { id } = await connection.user("auth0|ana");
  proxy.take();

  const renamed = { email: "ana.costa@acme.example", family_name: "Costa", name: "Ana Costa", nickname: undefined };
  assert.equal(await stream.send("user.updated", user("auth0|ana", renamed)), "replaced");
  assert.deepEqual(proxy.take(), ["GET /Users", "PUT /Users/{id}"]);
  const updated = await connection.user("auth0|ana");
  assert.deepEqual([updated.id, updated.userName, updated.name.familyName], [id, "ana.costa@acme.example", "Costa"]);
  assert.equal(updated.nickName, undefined, "what Auth0 no longer has is gone");

  await stream.send("user.updated", user("auth0|ana", { ...renamed, blocked: true }));
  assert.deepEqual(await connection.both(), { scim: { "auth0|ana": ["ana.costa@acme.example", false] }, active: [] });
  await stream.send("user.updated", user("auth0|ana", { ...renamed, blocked: false }));
  assert.deepEqual((await connection.both()).active, ["auth0|ana"]);
  assert.equal((await connection.user("auth0|ana")).id, id);

  proxy.take();
  assert.equal(await stream.send("user.deleted", user("auth0|ana")), "deleted");
  assert.deepEqual(proxy.take(), ["GET /Users", "DELETE /Users/{id}"]);
  assert.deepEqual(await connection.both(), { scim: {}, active: [] });
});

/** */
test("somebody who comes back after deletion is there again, also under another Auth0 id", async (context) => {
  const { connection, stream } = await open(context);
  await stream.send("user.created", user("auth0|ana"));
  await stream.send("user.deleted", user("auth0|ana"));
  await stream.send("user.created", user("auth0|ana"));
  assert.deepEqual((await connection.both()).active, ["auth0|ana"]);
  await stream.send("user.deleted", user("auth0|ana"));
  await stream.send("user.created", user("auth0|ana-2", { email: "ana@acme.example" }));
  assert.deepEqual((await connection.both()).scim, { "auth0|ana-2": ["ana@acme.example", true] });
});

/** */
test("a conflict is settled if AccessIQ shows exactly this externalId, and fails otherwise", async (context) => {
  const { connection, proxy, stream } = await open(context);
  // Another delivery of the same event is faster, between the look and the POST.
  const rival = new Stream(connection);
  proxy.faults = ["pass", () => rival.send("user.created", user("auth0|ana"))];
  assert.match(await stream.send("user.created", user("auth0|ana")), /^nothing to do/);
  assert.deepEqual(proxy.take(), ["GET /Users", "POST /Users", "GET /Users"]);

  const namesake = user("auth0|other", { email: "ANA@acme.example" });
  await assert.rejects(stream.send("user.created", namesake), /409: another user of AccessIQ has this userName/);
  const caseOfId = user("auth0|ANA");
  await assert.rejects(stream.send("user.created", { ...caseOfId, email: "ana@acme.example" }), /409/);
  assert.deepEqual((await connection.both()).scim, { "auth0|ana": ["ana@acme.example", true] });
});

/** Auth0 delivers at least once. */
test("no event does harm when it is delivered again, one by one or all of them", async (context) => {
  const { connection, stream } = await open(context);
  const story = [
    message("user.created", user("auth0|ana")),
    message("user.updated", user("auth0|ana", { family_name: "Costa" })),
    message("user.updated", user("auth0|ana", { family_name: "Costa", blocked: true })),
  ];
  for (const event of story) {
    await stream.deliver(event);
    await stream.deliver(event);
  }
  const before = await connection.users();
  // The first event again would bring a blocked user back, did the Action not look first.
  assert.match(await stream.deliver(story[0]), /^nothing to do/);
  assert.deepEqual(await connection.users(), before);
  assert.deepEqual((await connection.both()).active, []);

  const deleted = message("user.deleted", user("auth0|ana"));
  assert.equal(await stream.deliver(deleted), "deleted");
  assert.match(await stream.deliver(deleted), /^nothing to do/);
  assert.match(await stream.deliver(story[2]), /^skipped/, "an update does not bring a deleted user back");
  assert.deepEqual(await connection.both(), { scim: {}, active: [] });
});

/** */
test("an update of somebody unknown is skipped, or creates if that is wanted", async (context) => {
  const { connection, stream } = await open(context);
  assert.match(await stream.send("user.updated", user("auth0|ana")), /^skipped: AccessIQ does not know this user/);
  assert.deepEqual(await connection.users(), []);
  stream.secrets.SCIM_CREATE_ON_UPDATE = "true";
  assert.equal(await stream.send("user.updated", user("auth0|ana")), "created");
  assert.match(await stream.send("user.created", user("auth0|ana", { family_name: "Old" })), /^nothing to do/);
  assert.equal((await connection.user("auth0|ana")).name.familyName, "Lima");
});

/** */
test("who has no e-mail address or comes by another connection is skipped, and it is said", async (context) => {
  const { connection, stream } = await open(context, { SCIM_CONNECTION_ALLOWLIST: "acme-saml, acme-db" });
  const elsewhere = user("auth0|ana");
  for (const type of ["user.created", "user.updated", "user.deleted"]) {
    assert.match(await stream.send(type, elsewhere), /^skipped: the user's connection/);
  }
  const identities = [{ connection: "x" }, { connection: "acme-db" }];
  assert.match(await stream.send("user.created", user("sms|1", { identities, email: null })), /no e-mail address/);
  assert.match(await stream.send("user.created", user("sms|1", { identities, email: " " })), /no e-mail address/);
  assert.equal(await stream.send("user.created", user("auth0|bo", { identities })), "created");
  assert.match(await stream.send("user.deleted", { user_id: "auth0|bo" }), /^deleted/, "no identities, but known");
  assert.deepEqual(await connection.users(), []);
});

/** quotes and backslashes within a filter. */
test("hostile ids and addresses go through unchanged", async (context) => {
  const { connection, stream } = await open(context);
  const ids = [
    'auth0|a" or externalId pr or externalId eq "',
    "samlp|acme|back\\slash\\",
    'auth0|one "quote',
    "oauth2|x|محمد/../Users?a=b&c#d%41",
    "google-oauth2|1 2+3",
  ];
  const addresses = ["o'brien+hr@acme.example", "ünï@acme.example", "محمد@acme.example", "a%2Bb&c@acme.example", '"q"@acme.example'];
  for (const [index, id] of ids.entries()) {
    const who = user(id, { email: addresses[index], family_name: 'O"Brien\\ \u0000'.slice(0, 9), name: "<b>\u202e" });
    assert.equal(await stream.send("user.created", who), "created");
    assert.match(await stream.send("user.created", who), /^nothing to do/);
    assert.equal(await stream.send("user.updated", { ...who, blocked: true }), "replaced");
  }
  const held = await connection.users();
  assert.deepEqual(held.map(({ externalId }) => externalId), ids);
  assert.deepEqual(held.map(({ userName }) => userName), addresses);
  assert.deepEqual(held.map(({ active }) => active), ids.map(() => false));
  assert.equal(await stream.send("user.deleted", user(ids[0])), "deleted");
  assert.equal((await connection.users()).length, ids.length - 1, "one user was deleted, not all");
  stream.assertDiscreet(...addresses, "O\"Brien", "<b>");
});

test("a test event looks, and changes nothing", async (context) => {
  const { connection, proxy, stream } = await open(context);
  const event = { ...message("user.created", user("auth0|ana")), a0purpose: "test" };
  assert.match(await stream.deliver(event), /^this is a test event: address and token work/);
  assert.deepEqual(proxy.take(), ["GET /Users"]);
  assert.deepEqual(await connection.users(), []);
});

test("what is wrong with the settings or the event is said", async (context) => {
  const { connection, stream } = await open(context);
  const { SCIM_BASE_URL: address, SCIM_TOKEN: token } = stream.secrets;
  const refused = async (secrets, words) => {
    Object.assign(stream.secrets, { SCIM_BASE_URL: address, SCIM_TOKEN: token }, secrets);
    await assert.rejects(stream.send("user.created", user("auth0|ana")), words);
  };
  await refused({ SCIM_BASE_URL: undefined }, /secret SCIM_BASE_URL is missing/);
  await refused({ SCIM_TOKEN: "" }, /secret SCIM_TOKEN is missing/);
  await refused({ SCIM_BASE_URL: "http://iam.example.com/scim/v2/x" }, /must be an https URL/);
  await refused({ SCIM_BASE_URL: "http://127.0.0.1.example.com/" }, /must be an https URL/);
  await refused({ SCIM_BASE_URL: `${address}?a=b` }, /must be an https URL/);
  await refused({ SCIM_TOKEN: "scim_wrong" }, /GET \/Users was answered with 401/);
  await refused({ SCIM_BASE_URL: address.replace(/[^/]+$/, "") }, /GET \/Users was answered with/);
  await refused({ SCIM_ORGANIZATIONS: "yes" }, /SCIM_ORGANIZATIONS must be true or false/);
  stream.secrets.SCIM_ORGANIZATIONS = "";
  stream.secrets.SCIM_BASE_URL = `${address}//`;
  const nameless = user("auth0|ana", { given_name: undefined, family_name: "" });
  await assert.rejects(stream.send("user.created", nameless), /answered with 400 invalidValue; `accessiq requests`/);
  await assert.rejects(stream.deliver({ id: "evt_1", type: "user.created", data: {} }), /no data\.object/);
  assert.match(await stream.send("group.created", { id: "grp_1" }), /not handled/);
  assert.deepEqual(await connection.users(), []);
});
