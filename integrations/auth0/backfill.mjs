#!/usr/bin/env node
/**
 * Brings the users of an Auth0 export into AccessIQ, and shows what is there that the export does not have.
 *
 * Reads the file of a user export of the Management API (one JSON object a line, also gzipped). A dry run unless
 * `--apply` is given: it only reads and says what would be done. Each user is pushed by the Action itself
 * (`action.js`), as an update that may create, so that an address, a mapping or a setting cannot differ.
 */
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";

const { onExecuteEventStream } = createRequire(import.meta.url)("./action.js");

const USAGE = `usage: backfill.mjs [--apply] [--delete-missing N] EXPORT
  EXPORT              users.json or users.json.gz of a user export, one user a line
  --apply             do it; without, only say what would be done
  --delete-missing N  delete users of AccessIQ that the export does not have, if they are N at most
Settings are taken from the environment, named as the Action's secrets: SCIM_BASE_URL, SCIM_TOKEN and others.`;

const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const PAGE = 200;

/** The users of the export by id; fails at the first line that is no user. */
async function readExport(file) {
  const bytes = createReadStream(file);
  const input = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  // Readline does not hand on the errors of what it reads.
  const failed = new Promise((_, reject) => [bytes, input].forEach((stream) => stream.once("error", reject)));
  return Promise.race([failed, readUsers(createInterface({ input, crlfDelay: Infinity }))]);
}

async function readUsers(lines) {
  const users = new Map();
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const user = readUser(line);
    if (user === null) throw new Error(`line ${number} is no user: a JSON object with a user_id is needed`);
    users.set(user.user_id, user);
  }
  if (users.size === 0) throw new Error("the export holds no user");
  return users;
}

function readUser(line) {
  try {
    const user = JSON.parse(line);
    return typeof user?.user_id === "string" ? user : null;
  } catch {
    return null;
  }
}

/** Reads and writes that the Action has no need of. */
class Target {
  constructor({ SCIM_BASE_URL: baseUrl = "", SCIM_TOKEN: token = "" }) {
    this.baseUrl = baseUrl.trim().replace(/\/+$/, "");
    this.headers = {
      Authorization: `Bearer ${token.trim()}`,
      Accept: "application/scim+json",
      "Content-Type": "application/scim+json",
    };
  }

  async request(method, path, body) {
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: this.headers,
      body: body && JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${method} ${path.split("?")[0]} was answered with ${response.status}`);
    const received = await response.text();
    return received === "" ? null : JSON.parse(received);
  }

  /** All users of the connection: what tells one, and nothing else of them. */
  async users() {
    const all = [];
    for (;;) {
      const query = `startIndex=${all.length + 1}&count=${PAGE}&attributes=externalId,userName`;
      const { Resources: page, totalResults } = await this.request("GET", `/Users?${query}`);
      all.push(...page);
      if (page.length === 0 || all.length >= totalResults) return all;
    }
  }

  /** Gives a user that had none its externalId. */
  link(id, externalId) {
    const operations = [{ op: "add", path: "externalId", value: externalId }];
    return this.request("PATCH", `/Users/${id}`, { schemas: [PATCH_OP], Operations: operations });
  }
}

/** Names of the connections whose users are pushed; empty for all. */
function readAllowlist({ SCIM_CONNECTION_ALLOWLIST: list = "" }) {
  return new Set(list.split(",").map((name) => name.trim()).filter(Boolean));
}

/** Whether the Action would push this user at all. */
function isPushed({ email, identities = [] }, allowlist) {
  const isAllowed = allowlist.size === 0 || identities.some(({ connection }) => allowlist.has(connection));
  return isAllowed && typeof email === "string" && email.trim() !== "";
}

/** What is to be done with each user of the export, and who is not in it. */
function plan(users, held, allowlist) {
  const byExternalId = new Map(held.filter(({ externalId }) => externalId).map((user) => [user.externalId, user]));
  const unlinked = held.filter(({ externalId }) => !externalId);
  const byName = new Map(unlinked.map((user) => [user.userName.toLowerCase(), user]));
  const steps = [...users.values()].map((user) => {
    if (!isPushed(user, allowlist)) return { step: "skip", user };
    if (byExternalId.has(user.user_id)) return { step: "update", user };
    const namesake = byName.get(user.email.toLowerCase());
    if (!namesake) return { step: "create", user };
    // Whoever signs up with an address that is not theirs must not become the user who has it.
    return user.email_verified === true ? { step: "link", user, id: namesake.id } : { step: "unverified", user };
  });
  const missing = [...byExternalId.values()].filter(({ externalId }) => !users.has(externalId));
  return { steps, missing };
}

/** Pushes one user with the Action. */
function push(user, secrets) {
  const message = {
    id: "backfill",
    type: "user.updated",
    time: user.updated_at ?? user.created_at,
    data: { object: user },
  };
  return onExecuteEventStream({ message, secrets: { ...secrets, SCIM_CREATE_ON_UPDATE: "true" } });
}

async function apply({ steps, missing }, deletions, target, secrets) {
  let failures = 0;
  const attempt = async (id, act) => {
    try {
      await act();
    } catch (error) {
      failures += 1;
      console.error(`failed ${id}: ${error.message}`);
    }
  };
  for (const { step, user, id } of steps) {
    if (step === "skip" || step === "unverified") continue;
    await attempt(user.user_id, async () => {
      if (step === "link") await target.link(id, user.user_id);
      await push(user, secrets);
    });
  }
  if (deletions !== null) {
    for (const { id, externalId } of missing) {
      await attempt(externalId, () => target.request("DELETE", `/Users/${id}`));
    }
  }
  return failures;
}

function readArguments() {
  const options = { apply: { type: "boolean", default: false }, "delete-missing": { type: "string" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const deletions = values["delete-missing"] ?? null;
  if (positionals.length !== 1 || (deletions !== null && !/^\d+$/.test(deletions))) throw new Error(USAGE);
  return { file: positionals[0], isApplied: values.apply, deletions: deletions === null ? null : Number(deletions) };
}

async function main() {
  const { file, isApplied, deletions } = readArguments();
  const users = await readExport(file);
  const secrets = { ...process.env };
  // A look that changes nothing proves address, token and settings before the first write.
  const looking = { id: "backfill", type: "user.updated", a0purpose: "test", data: { object: {} } };
  await onExecuteEventStream({ message: looking, secrets });
  const target = new Target(secrets);
  const todo = plan(users, await target.users(), readAllowlist(secrets));
  for (const { step, user } of todo.steps) console.log(`${step} ${user.user_id}`);
  for (const { externalId } of todo.missing) console.log(`missing ${externalId}`);
  const count = (wanted) => todo.steps.filter(({ step }) => step === wanted).length;
  const done = ["create", "link", "update", "skip"].map((step) => `${count(step)} to ${step}`).join(", ");
  const left = `${count("unverified")} with the unverified address of another user`;
  console.log(`${done}, ${left}, ${todo.missing.length} that the export does not have`);
  if (deletions !== null && todo.missing.length > deletions) {
    throw new Error(`${todo.missing.length} users would be deleted, ${deletions} are allowed: nothing was done`);
  }
  if (!isApplied) return console.log("dry run: nothing was done; --apply does it");
  const failures = await apply(todo, deletions, target, secrets);
  if (failures > 0) throw new Error(`${failures} users failed; all others are done, and a second run is harmless`);
  return console.log("done");
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
