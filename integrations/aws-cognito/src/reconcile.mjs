/**
 * Compares the whole pool with AccessIQ on a schedule, and mends what triggers and nudges missed.
 *
 * Three phases: users, groups with their members, and what AccessIQ has that the pool has not. A run that the function's
 * time does not suffice for puts its state into a queue and goes on from there in a next call. Deletion takes three
 * things: both listings came to their end, the pool was asked about each that is missing and does not have it, and all
 * of them together are no more than `MAX_DELETIONS`.
 */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { groupId, groupName, isSub } from "./mapping.mjs";
import { log } from "./log.mjs";
import { Pool } from "./pool.mjs";
import { ensureGroup, pushUser, setMembers } from "./push.mjs";
import { Scim } from "./scim.mjs";
import { forgetToken, readSettings, readToken } from "./settings.mjs";

/** With less time left, in milliseconds, no page of a listing is begun. */
const TIME_FOR_PAGE = 60_000;
/** With less time left, no user or group is begun. */
const TIME_FOR_ONE = 20_000;
/** What is left for the hand-over when AccessIQ does not answer. */
const TIME_FOR_END = 5_000;

const PHASES = { users: reconcileUsers, groups: reconcileGroups, missing: findMissing };

/**
 * What a run carries from one call of the function to the next.
 *
 * @typedef {object} State
 * @property {"users" | "groups" | "missing"} phase
 * @property {string} [token] Where the pool's listing goes on.
 * @property {string} [after] The last externalId that was looked into.
 * @property {Record<string, number>} counts
 * @property {{endpoint: string, id: string, externalId: string}[]} missing
 */

export async function handler(event, context) {
  const settings = readSettings();
  const state = readState(event);
  const run = await prepare(settings, () => context.getRemainingTimeInMillis());
  try {
    const isFinished = await advance(state, run);
    if (!isFinished) return await handOver(state);
    await deleteMissing(state, run);
  } catch (error) {
    if (error.status === 401) forgetToken();
    log("error", "reconcile", null, error.message);
    throw error;
  }
  log("info", "reconcile", null, JSON.stringify(state.counts));
  // An error is what alarms look at.
  if (state.counts.failed > 0) throw new Error(`${state.counts.failed} users or groups failed; the log names them`);
  return state.counts;
}

/** @returns {State} */
function readState(event) {
  const record = event.Records?.[0];
  if (record) return JSON.parse(record.body).continuation;
  const counts = { created: 0, updated: 0, unchanged: 0, failed: 0, groups: 0, missing: 0, deleted: 0 };
  return { phase: "users", counts, missing: [] };
}

/** What a call of the function works with: what AccessIQ holds is read first, and the pool afterwards. */
async function prepare(settings, timeLeft) {
  const deadline = Date.now() + timeLeft() - TIME_FOR_END;
  const scim = new Scim({ baseUrl: settings.baseUrl, token: await readToken(), deadline });
  const users = new Map();
  for await (const user of scim.all("Users")) {
    if (user.externalId) users.set(user.externalId, user);
  }
  const groups = new Map();
  if (settings.pushGroups) {
    for await (const group of scim.all("Groups")) {
      if (groupName(settings.userPoolId, group.externalId) !== null) groups.set(group.externalId, group);
    }
  }
  return { settings, scim, pool: new Pool(settings.userPoolId), users, groups, seen: new Set(), timeLeft };
}

/** Goes on until everything was compared, true, or the time is up, false. */
async function advance(state, run) {
  for (;;) {
    const next = await PHASES[state.phase](state, run);
    if (next === null) return true;
    state.phase = next;
    if (run.timeLeft() < TIME_FOR_PAGE) return false;
  }
}

/** One page of the pool's users. */
async function reconcileUsers(state, run) {
  const { users, next } = await run.pool.page(state.token);
  for (const user of users) {
    // The page comes again with the next call, which finds the users before this one unchanged.
    if (run.timeLeft() < TIME_FOR_ONE) return "users";
    run.seen.add(user.sub);
    await attempt(state, user.sub, async () => {
      const { id, outcome } = await pushOrRepeat(user, run);
      run.users.set(user.sub, { ...run.users.get(user.sub), id });
      state.counts[outcome] += 1;
    });
  }
  state.token = next;
  if (next) return "users";
  return run.settings.pushGroups ? "groups" : "missing";
}

/** Pushes a user of a listing; once more, from what is there now, if somebody else wrote meanwhile. */
async function pushOrRepeat(user, { scim, pool, users }) {
  try {
    return await pushUser(scim, user, users.get(user.sub) ?? null);
  } catch (error) {
    if (error.status !== 412 && error.status !== 404) throw error;
    const held = await scim.find("Users", user.sub);
    const current = await pool.user(user.username);
    if (current === null) return { id: held?.id, outcome: "unchanged" };
    return pushUser(scim, current, held);
  }
}

/** One page of the pool's groups. */
async function reconcileGroups(state, run) {
  const { names, next } = await run.pool.groups(state.token);
  for (const name of names) {
    if (run.timeLeft() < TIME_FOR_ONE) return "groups";
    run.seen.add(groupId(run.pool.id, name));
    await attempt(state, name, async () => {
      // The whole membership or none of it: half a listing would remove the other half.
      const subs = await run.pool.members(name);
      const group = await ensureGroup(run.scim, run.pool.id, name, run.groups.get(groupId(run.pool.id, name)));
      const ids = subs.map((sub) => run.users.get(sub)?.id).filter(Boolean);
      if (await setMembers(run.scim, group, new Set(ids))) state.counts.groups += 1;
    });
  }
  state.token = next;
  return next ? "groups" : "missing";
}

/** Asks the pool about what its listings did not show. */
async function findMissing(state, run) {
  for (const { endpoint, id, externalId } of suspects(run, state.after)) {
    if (run.timeLeft() < TIME_FOR_ONE) return "missing";
    state.after = externalId;
    const isThere = endpoint === "Users" ? await run.pool.userBySub(externalId) : await isGroupThere(externalId, run);
    if (isThere) continue;
    state.counts.missing += 1;
    log("info", "reconcile", externalId, `the pool does not have this resource of ${endpoint}`);
    // Beyond the limit nothing will be deleted: then it does not matter which they are.
    if (state.missing.length < run.settings.maxDeletions) state.missing.push({ endpoint, id, externalId });
  }
  return null;
}

function isGroupThere(externalId, { pool }) {
  return pool.hasGroup(groupName(pool.id, externalId));
}

/** What AccessIQ has and this call did not see in the pool, in an order that a next call finds again. */
function suspects({ users, groups, seen }, after = "") {
  const ofUsers = [...users.values()].filter(({ externalId }) => isSub(externalId));
  const all = [
    ...ofUsers.map(({ id, externalId }) => ({ endpoint: "Users", id, externalId })),
    ...[...groups.values()].map(({ id, externalId }) => ({ endpoint: "Groups", id, externalId })),
  ];
  const left = all.filter(({ externalId }) => !seen.has(externalId) && externalId > after);
  return left.sort((one, other) => (one.externalId < other.externalId ? -1 : 1));
}

async function deleteMissing(state, { settings, scim }) {
  const { missing, counts } = state;
  if (settings.maxDeletions === 0) return;
  if (counts.missing > settings.maxDeletions) {
    throw new Error(`${counts.missing} users and groups would be deleted, MAX_DELETIONS allows ${settings.maxDeletions}: none was`);
  }
  for (const { endpoint, id, externalId } of missing) {
    await attempt(state, externalId, async () => {
      await scim.delete(endpoint, id);
      counts.deleted += 1;
    });
  }
}

/** One user or group that fails does not stop the others. */
async function attempt(state, about, act) {
  try {
    await act();
  } catch (error) {
    if (!isOfOne(error)) throw error;
    state.counts.failed += 1;
    log("error", "reconcile", about, error.message);
  }
}

/** Whether an error is a matter of this one user or group; others would meet all that follow as well. */
function isOfOne({ name, status }) {
  if (name === "ScimError") return status !== undefined && ![401, 403, 429].includes(status);
  // Errors of AWS and of the language have names of their own.
  return name === "Error" || name === "ResourceNotFoundException";
}

async function handOver(state) {
  const message = { QueueUrl: process.env.CONTINUATION_QUEUE_URL, MessageBody: JSON.stringify({ continuation: state }) };
  await new SQSClient().send(new SendMessageCommand(message));
  log("info", "reconcile", null, `goes on in a next call: ${JSON.stringify(state.counts)}`);
  return state.counts;
}
