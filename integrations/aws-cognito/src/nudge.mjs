/**
 * Pushes users and groups that something happened to. Its queue holds what CloudTrail saw, through an EventBridge rule, and
 * what the trigger could not push.
 *
 * A message only says whom to look at. CloudTrail hides usernames and attributes and keeps the `sub`; what is pushed is what
 * the pool holds now, so that neither the order of messages nor a second delivery matters. A message that fails goes
 * back to the queue, and after some attempts to its dead-letter queue.
 */
import { groupId, isSub } from "./mapping.mjs";
import { log } from "./log.mjs";
import { Pool } from "./pool.mjs";
import { ensureGroup, pushGroupsOf, pushUser, removeUser, setMembers } from "./push.mjs";
import { Scim } from "./scim.mjs";
import { forgetToken, readSettings, readToken } from "./settings.mjs";

const DELETIONS = ["AdminDeleteUser", "DeleteUser"];
const MEMBERSHIPS = ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"];
const GROUPS = ["CreateGroup", "DeleteGroup"];

/** How much of the function's time is left for its answer, in milliseconds. */
const MARGIN = 2000;

export async function handler(event, context) {
  const settings = readSettings();
  const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN;
  const scim = new Scim({ baseUrl: settings.baseUrl, token: await readToken(), deadline });
  const tools = { settings, scim, pool: new Pool(settings.userPoolId) };
  const batchItemFailures = [];
  for (const { messageId, body } of event.Records) {
    try {
      await follow(readNudge(body), tools);
    } catch (error) {
      // A token that was rotated is read anew with the next attempt.
      if (error.status === 401) forgetToken();
      log("error", "nudge", messageId, error.message);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/**
 * What a message asks to look at.
 *
 * @returns {{sub?: string, group?: string, userPoolId?: string, call?: string, hasFailed?: boolean}}
 */
export function readNudge(body) {
  const message = JSON.parse(body);
  if (!message.detail) return { sub: message.sub };
  const { eventName: call, errorCode, requestParameters, additionalEventData } = message.detail;
  return {
    call,
    hasFailed: Boolean(errorCode),
    sub: additionalEventData?.sub,
    group: requestParameters?.groupName,
    userPoolId: requestParameters?.userPoolId ?? additionalEventData?.userPoolId,
  };
}

async function follow(nudge, tools) {
  const { call = "trigger", sub, group, userPoolId } = nudge;
  if (nudge.hasFailed) return log("info", "nudge", sub, `${call}: the call failed, nothing happened`);
  if (userPoolId !== undefined && userPoolId !== tools.settings.userPoolId) return undefined;
  const isOfGroup = GROUPS.includes(call);
  if (isOfGroup && !tools.settings.pushGroups) return undefined;
  if (isOfGroup && group) return log("info", "nudge", group, `${call}: ${await followGroup(group, tools)}`);
  if (!isOfGroup && isSub(sub)) return log("info", "nudge", sub, `${call}: ${await followUser(nudge, tools)}`);
  return log("info", "nudge", null, `${call}: does not tell whom it is about; left to the next reconciliation`);
}

async function followUser({ sub, call }, { settings, scim, pool }) {
  const held = await scim.find("Users", sub);
  const user = await pool.userBySub(sub);
  if (user === null) {
    // Only a deletion is proof; a list that lags behind does not show who was just made.
    if (!DELETIONS.includes(call)) return "the pool does not show this user; left to the next reconciliation";
    return held === null ? "unchanged" : removeUser(scim, held, settings);
  }
  const { id, outcome } = await pushUser(scim, user, held);
  if (settings.pushGroups && MEMBERSHIPS.includes(call)) await pushGroupsOf(scim, pool, user, id);
  return outcome;
}

async function followGroup(name, { settings, scim, pool }) {
  if (await pool.hasGroup(name)) {
    await ensureGroup(scim, pool.id, name);
    return "is there";
  }
  const held = await scim.find("Groups", groupId(pool.id, name));
  if (held === null) return "unchanged";
  if (settings.maxDeletions > 0) {
    await scim.delete("Groups", held.id);
    return "deleted";
  }
  await setMembers(scim, held, new Set());
  return "emptied";
}
