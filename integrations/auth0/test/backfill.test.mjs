/** The backfill as an administrator runs it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Connection } from "../../testing/service.mjs";
import { Stream, user } from "./stream.mjs";

const PROGRAM = fileURLToPath(new URL("../backfill.mjs", import.meta.url));

async function open(context) {
  const connection = await Connection.create("auth0");
  const folder = await mkdtemp(join(tmpdir(), "accessiq-backfill-"));
  context.after(() => rm(folder, { recursive: true }));
  /** Runs the program on these users. */
  const backfill = async (users, ...options) => {
    const lines = typeof users === "string" ? users : users.map((one) => JSON.stringify(one)).join("\n");
    const file = join(folder, options.includes("gz") ? "users.json.gz" : "users.json");
    await writeFile(file, file.endsWith(".gz") ? gzipSync(lines) : lines);
    return run([...options.filter((option) => option !== "gz"), file], connection);
  };
  return { connection, backfill };
}

function run(options, { baseUrl, token }) {
  const env = { ...process.env, SCIM_BASE_URL: baseUrl, SCIM_TOKEN: token };
  const child = spawn(process.execPath, [PROGRAM, ...options], { env });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      assert.ok(!printed.includes(token) && !printed.includes("acme.example"), printed);
      resolve({ code, printed });
    });
  });
}

/** */
test("a backfill creates, links and updates, and a dry run before it does nothing", async (context) => {
  const { connection, backfill } = await open(context);
  await new Stream(connection).send("user.created", user("auth0|known"));
  const unlinked = await connection.scim("POST", "/Users", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: "By.Hand@acme.example",
    name: { givenName: "By", familyName: "Hand" },
    emails: [{ value: "by.hand@acme.example" }],
  });
  await connection.scim("POST", "/Users", { ...unlinked, userName: "taken@acme.example" });
  const users = [
    user("auth0|known", { family_name: "Costa", blocked: true }),
    user("auth0|byhand", { email: "by.hand@acme.example" }),
    user("sms|nobody", { email: undefined }),
    user("auth0|thief", { email: "TAKEN@acme.example", email_verified: false }),
    ...Array.from({ length: 7 }, (_, index) => user(`auth0|new${index}`)),
  ];
  const before = await connection.users();
  const dry = await backfill(users);
  assert.equal(dry.code, 0, dry.printed);
  assert.match(dry.printed, /7 to create, 1 to link, 1 to update, 1 to skip, 1 with the unverified address .*, 0 that the .*\ndry run/);
  assert.deepEqual(await connection.users(), before);

  const applied = await backfill(users, "--apply", "gz");
  assert.equal(applied.code, 0, applied.printed);
  const held = await connection.users();
  assert.equal(held.length, 10);
  assert.equal((await connection.user("auth0|byhand")).id, unlinked.id);
  assert.equal(await connection.user("auth0|thief"), undefined);
  const known = await connection.user("auth0|known");
  assert.deepEqual([known.active, known.name.familyName], [false, "Costa"]);
  assert.equal((await connection.directory()).filter(({ status }) => status === "active").length, 9);

  const again = await backfill(users, "--apply");
  assert.equal(again.code, 0, again.printed);
  assert.deepEqual(await connection.users(), held, "a second run changes nothing");
});

/** */
test("who is not in the export is reported, and deleted only with the option and under its limit", async (context) => {
  const { connection, backfill } = await open(context);
  const stream = new Stream(connection);
  for (const id of ["auth0|ana", "auth0|bo", "auth0|cy"]) await stream.send("user.created", user(id));
  const users = [user("auth0|ana")];
  const reported = await backfill(users, "--apply");
  assert.match(reported.printed, /missing auth0\|bo\nmissing auth0\|cy\n/);
  assert.equal((await connection.users()).length, 3);
  const refused = await backfill(users, "--apply", "--delete-missing", "1");
  assert.equal(refused.code, 1);
  assert.match(refused.printed, /2 users would be deleted, 1 are allowed: nothing was done/);
  assert.equal((await connection.users()).length, 3);
  const dry = await backfill(users, "--delete-missing", "2");
  assert.match(dry.printed, /dry run/);
  assert.equal((await connection.users()).length, 3);
  const deleted = await backfill(users, "--apply", "--delete-missing", "2");
  assert.equal(deleted.code, 0, deleted.printed);
  assert.deepEqual(await connection.both(), { scim: { "auth0|ana": ["ana@acme.example", true] }, active: ["auth0|ana"] });
});

test("a file that is no export, or a wrong token, changes nothing and says what is wrong", async (context) => {
  const { connection, backfill } = await open(context);
  const good = JSON.stringify(user("auth0|ana"));
  const cases = [
    [`${good}\n{"user_id":1}\n`, /line 2 is no user/],
    [`${good}\n\n{"user_id":"auth0|cut`, /line 3 is no user/],
    ["\n", /holds no user/],
  ];
  for (const [content, words] of cases) {
    const { code, printed } = await backfill(content, "--apply");
    assert.equal(code, 1);
    assert.match(printed, words);
  }
  const broken = await run(["--apply", "/nowhere/users.json.gz"], connection);
  assert.match(broken.printed, /ENOENT/);
  assert.equal((await run([], connection)).code, 1);
  assert.deepEqual(await connection.users(), []);
  const { code, printed } = await run(["--apply", PROGRAM], { ...connection, token: "scim_wrong" });
  assert.deepEqual([code, /line 1 is no user/.test(printed)], [1, true]);
});

test("one user that AccessIQ refuses does not stop the others", async (context) => {
  const { connection, backfill } = await open(context);
  const users = [user("auth0|ana"), user("auth0|nameless", { family_name: undefined }), user("auth0|cy")];
  const { code, printed } = await backfill(users, "--apply");
  assert.equal(code, 1);
  assert.match(printed, /failed auth0\|nameless: POST \/Users was answered with 400/);
  assert.match(printed, /1 users failed; all others are done/);
  assert.deepEqual((await connection.users()).map(({ externalId }) => externalId), ["auth0|ana", "auth0|cy"]);
});
