/** The PostConfirmation trigger: whatever happens, the sign-up goes on. */
import assert from "node:assert/strict";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { handler as nudge } from "../src/nudge.mjs";
import { handler } from "../src/post-confirmation.mjs";
import { active, lambda, open } from "./pool.mjs";

/** C-3 */
function trigger(pool, userName, sub, triggerSource = "PostConfirmation_ConfirmSignUp") {
  return {
    version: "1",
    region: "eu-central-1",
    userPoolId: pool.id,
    userName,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "1example23456789" },
    triggerSource,
    request: {
      userAttributes: { sub, email: `${userName}@acme.example`, email_verified: "true", "cognito:user_status": "CONFIRMED" },
      clientMetadata: {},
    },
    response: {},
  };
}

/** Calls the trigger; what it answers must be the event, unchanged. */
async function confirm(event) {
  const before = structuredClone(event);
  const answer = await handler(event);
  assert.deepEqual(answer, before);
}

/** C-2, C-3 */
test("who confirms a sign-up is in AccessIQ, and again does nothing", async (context) => {
  const { connection, pool, received } = await open(context);
  const sub = await pool.add("ana");
  await confirm(trigger(pool, "ana", sub));
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
  const before = await connection.users();
  await confirm(trigger(pool, "ana", sub));
  await confirm(trigger(pool, "ana", sub, "PostConfirmation_ConfirmForgotPassword"));
  assert.deepEqual(await connection.users(), before);
  assert.deepEqual((await received()).Records, []);
});

/** C-3: the event does not tell that a user is disabled. */
test("somebody who is disabled stays so when a password is reset", async (context) => {
  const { connection, pool } = await open(context);
  const sub = await pool.add("ana");
  await pool.disable("ana");
  await confirm(trigger(pool, "ana", sub, "PostConfirmation_ConfirmForgotPassword"));
  assert.deepEqual(await active(connection), {});
  assert.equal((await connection.user(sub)).active, false);
});

for (const [what, faults] of Object.entries({
  "fails": [500, 500],
  "is busy": [429, 429, 429],
  "does not answer": ["hang", "hang", "hang"],
  "breaks off": ["reset", "reset"],
  "refuses": [400],
  "refuses the token": [401],
})) {
  test(`when AccessIQ ${what}, the sign-up goes on and a nudge makes up for it`, async (context) => {
    const { connection, proxy, pool, received } = await open(context);
    const sub = await pool.add("ana");
    proxy.faults = [...faults];
    await confirm(trigger(pool, "ana", sub));
    assert.deepEqual(await active(connection), {});
    proxy.faults = [];
    const event = await received();
    assert.deepEqual(event.Records.map(({ body }) => JSON.parse(body)), [{ sub }]);
    assert.deepEqual(await nudge(event, lambda(60_000)), { batchItemFailures: [] });
    assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
  });
}

test("when AWS, the queue or the settings fail, the sign-up goes on", async (context) => {
  const { connection, aws, pool, log, received } = await open(context);
  const sub = await pool.add("ana");
  aws.faults = [400];
  await confirm(trigger(pool, "ana", sub));
  assert.equal((await received()).Records.length, 1);
  aws.faults = ["hang", "hang", "hang", "hang"];
  await confirm(trigger(pool, "ana", sub));
  assert.match(log.text(), /left to the next reconciliation/);
  aws.faults = [];
  process.env.SCIM_BASE_URL = "http://iam.example.com";
  await confirm(trigger(pool, "ana", sub));
  assert.equal((await received()).Records.length, 1, "the queue works although the settings do not");
  process.env.NUDGE_QUEUE_URL = "";
  await confirm(trigger(pool, "ana", sub));
  process.env.USER_POOL_ID = "";
  await confirm(trigger(pool, "ana", sub));
  await confirm({ ...trigger(pool, "ana", sub), request: {} });
  await confirm(trigger({ id: "eu-central-1_another00" }, "ana", sub));
  assert.deepEqual(await active(connection), {});
});

test("one call of AWS that hangs is made again in time", async (context) => {
  const { connection, aws, pool } = await open(context);
  const sub = await pool.add("ana");
  aws.faults = ["hang"];
  await confirm(trigger(pool, "ana", sub));
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
});

/** Several may run at once: the trigger, a nudge and a reconciliation. */
test("of two that create the same user at once, one does", async (context) => {
  const { connection, proxy, pool } = await open(context);
  const sub = await pool.add("ana");
  proxy.faults = ["pass", async () => {
    const body = JSON.stringify({ sub });
    await nudge({ Records: [{ messageId: "1", body }] }, lambda(60_000));
  }];
  await confirm(trigger(pool, "ana", sub));
  assert.deepEqual((await connection.users()).map(({ externalId, userName }) => [externalId, userName]), [[sub, "ana@acme.example"]]);
});

test("the token is read from the parameter store, and anew after it was refused", async (context) => {
  const name = `/accessiq/${randomUUID()}`;
  const { connection, pool, received } = await open(context, { SCIM_TOKEN: "", SCIM_TOKEN_PARAMETER: name });
  const ssm = new SSMClient();
  const put = (Value) => ssm.send(new PutParameterCommand({ Name: name, Value, Type: "SecureString", Overwrite: true }));
  const sub = await pool.add("ana");
  await put("scim_old");
  await confirm(trigger(pool, "ana", sub));
  await put(`${connection.token}\n`);
  const event = await received();
  // The old token is still known, is refused, and forgotten.
  assert.equal((await nudge(event, lambda(60_000))).batchItemFailures.length, 1);
  assert.deepEqual(await nudge(event, lambda(60_000)), { batchItemFailures: [] });
  assert.deepEqual(await active(connection), { [sub]: "ana@acme.example" });
});
