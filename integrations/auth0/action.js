/**
 * Pushes the users of an Auth0 tenant to AccessIQ over SCIM 2.0: an Action for an Event Stream.
 *
 * Paste this whole file into the editor of the stream's Action; it needs nothing but Node's own `fetch` (Node 18 or
 * later). What it is told comes from the Action's secrets, see README.md. One event is one call of
 * `onExecuteEventStream`. What cannot be carried out is thrown: Auth0 then delivers the event again, and keeps it in
 * the stream's failed deliveries if that does not help. Log lines and errors name a user by `user_id`, never by
 * e-mail address or name, and never show the token.
 */
"use strict";

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT = 1500;
/** How long to wait before the one retry of a request, in milliseconds. */
const RETRY_DELAY = 250;
/** How long one event may take, in milliseconds: Auth0 ends an Action after about ten seconds. */
const EVENT_BUDGET = 9500;

/**
 * @typedef {object} Event What Auth0 hands to an Action of an Event Stream.
 * @property {Message} message The event itself, a CloudEvent.
 * @property {Record<string, string>} [secrets]
 * @property {Record<string, string>} [configuration]
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {string} type Such as `user.created`.
 * @property {string} [time] When it happened, ISO 8601.
 * @property {string} [a0purpose] `test` for an event that the dashboard's test button made.
 * @property {{object: object}} data
 *
 * @typedef {object} Settings
 * @property {string} baseUrl
 * @property {string} token
 * @property {Set<string>} connections Names of the connections whose users are pushed; empty for all.
 * @property {boolean} createOnUpdate
 * @property {boolean} organizations
 * @property {string | null} timeSchema The schema extension that keeps the time of the last event.
 */

/**
 * @param {Event} event
 */
exports.onExecuteEventStream = async (event) => {
  const settings = readSettings({ ...event.configuration, ...event.secrets });
  const scim = new Scim(settings);
  const { type, a0purpose: purpose } = event.message;
  if (purpose === "test") {
    await scim.find("Users", "accessiq-connection-test");
    return say(event, "this is a test event: address and token work, nothing was changed");
  }
  const handle = HANDLERS[type];
  if (!handle) {
    return say(event, "events of this type are not handled; take them out of the stream's subscription");
  }
  if (handle.organization && !settings.organizations) {
    return say(event, "skipped: organizations are pushed only with SCIM_ORGANIZATIONS set to true");
  }
  if (typeof event.message.data?.object !== "object") throw new Error("the event has no data.object");
  say(event, await handle(event.message, scim, settings));
};

/** What each type of event leads to. Each answers with what it did. */
const HANDLERS = {
  "user.created": whenUserCreated,
  "user.updated": whenUserUpdated,
  "user.deleted": whenUserDeleted,
  "organization.created": asOrganization(whenOrganizationNamed),
  "organization.updated": asOrganization(whenOrganizationNamed),
  "organization.deleted": asOrganization(whenOrganizationDeleted),
  "organization.member.added": asOrganization(whenMemberAdded),
  "organization.member.deleted": asOrganization(whenMemberDeleted),
};

// ---------------------------------------------------------------------------------------------------------------
// Users

/**
 * Looks before it creates. A POST alone would do for the first delivery, but Auth0 may deliver an event again, and a
 * POST for somebody who was blocked meanwhile would read as "is back".
 */
async function whenUserCreated(message, scim, settings) {
  const skip = reasonToSkip(message, settings);
  if (skip) return skip;
  const { user_id: id } = message.data.object;
  const found = await scim.find("Users", id);
  return found ? settle(found, message, scim, settings) : createUser(message, scim, settings);
}

async function whenUserUpdated(message, scim, settings) {
  const skip = reasonToSkip(message, settings);
  if (skip) return skip;
  const { user_id: id } = message.data.object;
  const found = await scim.find("Users", id);
  if (found) return replaceUser(found, message, scim, settings);
  if (settings.createOnUpdate) return createUser(message, scim, settings);
  return "skipped: AccessIQ does not know this user; SCIM_CREATE_ON_UPDATE or backfill.mjs would create it";
}

async function whenUserDeleted(message, scim, settings) {
  const user = message.data.object;
  // Without identities nothing tells the connection: who was never pushed is not found either.
  if (user.identities && !isOfAllowedConnection(user, settings)) return OTHER_CONNECTION;
  const found = await scim.find("Users", user.user_id);
  if (!found) return "nothing to do: AccessIQ does not know this user";
  if (isOlder(message, found, settings)) return STALE;
  await scim.delete("Users", found.id);
  return "deleted";
}

const STALE = "skipped: AccessIQ has seen a later event of this user";
const OTHER_CONNECTION = "skipped: the user's connection is not in SCIM_CONNECTION_ALLOWLIST";

/** Why an event of a user leads to nothing, or null. */
function reasonToSkip(message, settings) {
  const user = message.data.object;
  if (!isOfAllowedConnection(user, settings)) return OTHER_CONNECTION;
  if (!text(user.email)) return "skipped: the user has no e-mail address, which is the userName";
  return null;
}

function isOfAllowedConnection(user, { connections }) {
  if (connections.size === 0) return true;
  return (user.identities ?? []).some((identity) => connections.has(identity.connection));
}

async function createUser(message, scim, settings) {
  const answer = await scim.create("Users", buildScimUser(message, settings));
  if (answer.status === 201) return "created";
  // Somebody was faster: a retry of ours whose first answer was lost, or another event of the same user.
  const found = await scim.find("Users", message.data.object.user_id);
  if (found) return settle(found, message, scim, settings);
  throw new Error(
    "POST /Users was answered with 409: another user of AccessIQ has this userName; backfill.mjs links it if it has no externalId",
  );
}

/** For a user who is there although the event tells of a creation: only a known order allows to write. */
async function settle(found, message, scim, settings) {
  if (settings.timeSchema === null) return "nothing to do: AccessIQ has this user";
  return replaceUser(found, message, scim, settings);
}

async function replaceUser(found, message, scim, settings) {
  const user = buildScimUser(message, settings);
  if (settings.timeSchema === null) {
    await scim.replace("Users", found.id, user);
    return "replaced";
  }
  let current = found;
  // Two rounds: who loses the race against another event looks once more which of the two is later.
  for (let round = 0; round < 2; round += 1) {
    if (isOlder(message, current, settings)) return STALE;
    if (await scim.replace("Users", current.id, user, current.meta?.version)) return "replaced";
    current = await scim.find("Users", user.externalId);
    if (!current) return "skipped: the user was deleted meanwhile";
  }
  throw new Error("other events of this user arrive at the same time");
}

/** Whether AccessIQ already holds what a later event of the user told. */
function isOlder(message, found, { timeSchema }) {
  const known = timeSchema === null ? Number.NaN : Date.parse(found[timeSchema]?.eventTime);
  return Date.parse(message.time) < known;
}

/** The SCIM User of an Auth0 user. Change the mapping here. */
function buildScimUser(message, { timeSchema }) {
  const user = message.data.object;
  const email = text(user.email);
  const scimUser = {
    schemas: [USER],
    externalId: user.user_id,
    active: user.blocked !== true,
    userName: email,
    emails: [{ value: email, type: "work", primary: true }],
    name: compact({
      givenName: text(user.given_name),
      familyName: text(user.family_name),
      formatted: text(user.name),
    }),
    displayName: text(user.name),
    nickName: text(user.nickname),
    phoneNumbers: phoneNumbers(user),
  };
  if (timeSchema !== null) {
    scimUser.schemas.push(timeSchema);
    scimUser[timeSchema] = { eventTime: message.time };
  }
  return compact(scimUser);
}

function phoneNumbers(user) {
  const numbers = [
    { value: text(user.phone_number), type: "mobile" },
    { value: text(user.user_metadata?.phone), type: "work" },
  ];
  const present = numbers.filter(({ value }) => value !== undefined);
  return present.length > 0 ? present : undefined;
}

/** A text that says something, or undefined. */
function text(value) {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The object without members that are undefined. */
function compact(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

// ---------------------------------------------------------------------------------------------------------------
// Organizations, as groups

function asOrganization(handle) {
  return Object.assign((...given) => handle(...given), { organization: true });
}

async function whenOrganizationNamed(message, scim) {
  const organization = message.data.object;
  const found = await scim.find("Groups", organization.id);
  const displayName = nameOf(organization);
  if (!found) {
    await createGroup(organization, scim);
    return "created the group";
  }
  if (found.displayName === displayName) return "nothing to do: the group has this name";
  await scim.patch("Groups", found.id, [{ op: "replace", path: "displayName", value: displayName }]);
  return "renamed the group";
}

async function whenOrganizationDeleted(message, scim) {
  const found = await scim.find("Groups", message.data.object.id);
  if (!found) return "nothing to do: AccessIQ does not know this organization";
  await scim.delete("Groups", found.id);
  return "deleted the group";
}

async function whenMemberAdded(message, scim) {
  const { organization, user } = message.data.object;
  const member = await scim.find("Users", user.user_id);
  // The user's own event may be on its way: a failure has Auth0 deliver this one again, a second or more later.
  if (!member) throw new Error("AccessIQ does not know the user who became a member");
  const group = (await scim.find("Groups", organization.id)) ?? (await createGroup(organization, scim));
  await scim.patch("Groups", group.id, [{ op: "add", path: "members", value: [{ value: member.id }] }]);
  return "added the member";
}

async function whenMemberDeleted(message, scim) {
  const { organization, user } = message.data.object;
  const group = await scim.find("Groups", organization.id);
  const member = group && (await scim.find("Users", user.user_id));
  if (!member) return "nothing to do: AccessIQ does not know the organization or the user";
  await scim.patch("Groups", group.id, [{ op: "remove", path: `members[value eq ${quote(member.id)}]` }]);
  return "removed the member";
}

async function createGroup(organization, scim) {
  const answer = await scim.create("Groups", {
    schemas: [GROUP],
    externalId: organization.id,
    displayName: nameOf(organization),
  });
  if (answer.status === 201) return answer.resource;
  const found = await scim.find("Groups", organization.id);
  if (found) return found;
  throw new Error("POST /Groups was answered with 409: another group of AccessIQ has this name");
}

function nameOf(organization) {
  return text(organization.display_name) ?? text(organization.name) ?? organization.id;
}

// ---------------------------------------------------------------------------------------------------------------
// SCIM over HTTP

/** A SCIM client for the time of one event. */
class Scim {
  /** @param {Settings} settings */
  constructor({ baseUrl, token }) {
    this.baseUrl = baseUrl;
    this.headers = {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/scim+json",
      Accept: "application/scim+json",
    };
    this.deadline = Date.now() + EVENT_BUDGET;
  }

  /** The resource that has exactly this externalId, or null. */
  async find(endpoint, externalId) {
    const filter = encodeURIComponent(`externalId eq ${quote(externalId)}`);
    const { body } = await this.request("GET", `/${endpoint}?filter=${filter}`, undefined, [200]);
    const resources = body?.Resources;
    if (!Array.isArray(resources) || resources.some((resource) => typeof resource?.id !== "string")) {
      throw new Error(`GET /${endpoint} was answered with what is no SCIM list; is SCIM_BASE_URL right?`);
    }
    return resources.find((resource) => resource.externalId === externalId) ?? null;
  }

  /** Creates a resource. A conflict is an answer, 409; whatever else is not 201 is an error. */
  async create(endpoint, resource) {
    const { status, body } = await this.request("POST", `/${endpoint}`, resource, [201, 409]);
    if (status === 201 && typeof body?.id !== "string") {
      throw new Error(`POST /${endpoint} was answered with a resource without id; is SCIM_BASE_URL right?`);
    }
    return { status, resource: body };
  }

  /** Replaces a resource; with a version only if it still is at that version, and answers whether it was. */
  async replace(endpoint, id, resource, version) {
    const condition = version ? { "If-Match": version } : {};
    const expected = version ? [200, 204, 412] : [200, 204];
    const { status } = await this.request("PUT", `/${endpoint}/${encodeURIComponent(id)}`, resource, expected, condition);
    return status !== 412;
  }

  async patch(endpoint, id, operations) {
    const body = { schemas: [PATCH_OP], Operations: operations };
    await this.request("PATCH", `/${endpoint}/${encodeURIComponent(id)}`, body, [200, 204]);
  }

  /** Deletes a resource; one that is not there is as good as deleted. */
  async delete(endpoint, id) {
    await this.request("DELETE", `/${endpoint}/${encodeURIComponent(id)}`, undefined, [200, 204, 404]);
  }

  /** One request, with one retry where a second try may help. */
  async request(method, path, body, expected, condition = {}) {
    const label = `${method} ${path.split(/[?]/, 1)[0].split("/", 2).join("/")}`;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.attempt(method, path, body, condition);
      if (expected.includes(answer.status)) return answer;
      if (attempt > 0 || !isTransient(answer)) throw new Error(`${label} ${inWords(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
    }
  }

  async attempt(method, path, body, condition) {
    const left = this.deadline - Date.now();
    if (left <= 0) throw new Error("the event took too long; Auth0 delivers it again");
    const options = {
      method,
      headers: { ...this.headers, ...condition },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A token must not follow a redirect to another host.
      redirect: "manual",
      signal: AbortSignal.timeout(Math.min(REQUEST_TIMEOUT, left)),
    };
    try {
      const response = await fetch(this.baseUrl + path, options);
      const received = await response.text();
      return { status: response.status, body: parse(received) };
    } catch (error) {
      return { failure: error.name === "TimeoutError" ? "timed out" : "got no answer" };
    }
  }
}

function isTransient({ status }) {
  return status === undefined || status === 429 || status >= 500;
}

/** What came of a request, without anything the server wrote: its sentences may hold a person's data. */
function inWords({ status, body, failure }) {
  if (failure) return failure;
  const scimType = /^[A-Za-z]+$/.test(body?.scimType ?? "") ? ` ${body.scimType}` : "";
  return `was answered with ${status}${scimType}; \`accessiq requests\` shows why`;
}

function parse(received) {
  try {
    return JSON.parse(received);
  } catch {
    return undefined;
  }
}

/** A string literal of a filter. */
function quote(value) {
  return `"${String(value).replace(/[\\"]/g, "\\$&")}"`;
}

// ---------------------------------------------------------------------------------------------------------------
// Settings and log

/** @returns {Settings} */
function readSettings(given) {
  return {
    baseUrl: readBaseUrl(given.SCIM_BASE_URL),
    token: required(given, "SCIM_TOKEN").trim(),
    connections: new Set((given.SCIM_CONNECTION_ALLOWLIST ?? "").split(",").map((name) => name.trim()).filter(Boolean)),
    createOnUpdate: readSwitch(given, "SCIM_CREATE_ON_UPDATE"),
    organizations: readSwitch(given, "SCIM_ORGANIZATIONS"),
    timeSchema: text(given.SCIM_EVENT_TIME_SCHEMA)?.trim() ?? null,
  };
}

function required(given, key) {
  const value = text(given[key]);
  if (value === undefined) throw new Error(`the secret ${key} is missing; add it to the Action's secrets`);
  return value;
}

function readBaseUrl(value) {
  const url = required({ SCIM_BASE_URL: value }, "SCIM_BASE_URL").trim().replace(/\/+$/, "");
  const isEncrypted = /^https:\/\/[^/?#]+[^?#]*$/.test(url);
  const isLoopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/[^?#]*)?$/.test(url);
  if (isEncrypted || isLoopback) return url;
  throw new Error("the secret SCIM_BASE_URL must be an https URL, as `accessiq connection create` prints it");
}

function readSwitch(given, key) {
  const value = (given[key] ?? "").trim().toLowerCase();
  if (["", "true", "false"].includes(value)) return value === "true";
  throw new Error(`the secret ${key} must be true or false`);
}

function say(event, outcome) {
  const { id, type, data } = event.message;
  const object = data?.object ?? {};
  const about = object.user_id ?? object.user?.user_id ?? object.organization?.id ?? object.id ?? "nobody";
  console.log(`${type} ${id} ${about}: ${outcome}`);
}
