/**
 * What a user pool's users and groups are in SCIM: the same as `accessiq import cognito` makes of them, so that both can
 * work on one connection. Change the mapping here.
 */
import { isDeepStrictEqual } from "node:util";

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
/** The attributes that come from the pool; whatever else AccessIQ shows of a user is its own. */
const MAPPED = ["externalId", "userName", "active", "name", "displayName", "emails", "phoneNumbers", "locale", "timezone"];

/**
 * @param {import("./pool.mjs").PoolUser} user
 * @param {string} userName One of `userNames(user)`.
 */
export function toScimUser(user, userName) {
  const { given_name: givenName, family_name: familyName, name, email, phone_number: phone } = user.attributes;
  const formatted = name ?? ([givenName, familyName].filter(Boolean).join(" ") || undefined);
  return compact({
    schemas: [USER],
    externalId: user.sub,
    userName,
    active: user.enabled,
    name: formatted && compact({ givenName, familyName, formatted }),
    displayName: formatted,
    emails: email && [{ value: email, type: "work", primary: true }],
    phoneNumbers: phone && [{ value: phone, type: "mobile" }],
    locale: user.attributes.locale,
    timezone: user.attributes.zoneinfo,
  });
}

/**
 * The names a user may have, best first. Several users of a pool can have one e-mail address, as a native and a
 * federated account of one person may: the first of them that is pushed has it, the others keep their `Username`.
 */
export function userNames(user) {
  const { email } = user.attributes;
  return email && email !== user.username ? [email, user.username] : [user.username];
}

/** Whether a user that AccessIQ holds is not as wanted. */
export function differs(held, wanted) {
  return MAPPED.some((attribute) => !isDeepStrictEqual(comparable(held[attribute]), comparable(wanted[attribute])));
}

export function toScimGroup(userPoolId, name) {
  return { schemas: [GROUP], externalId: groupId(userPoolId, name), displayName: name };
}

/** The externalId of a group: names are unique within one pool only. */
export function groupId(userPoolId, name) {
  return `${userPoolId}:${name}`;
}

/** The name of a group of this pool by its externalId, or null. */
export function groupName(userPoolId, externalId) {
  const prefix = groupId(userPoolId, "");
  return externalId?.startsWith(prefix) ? externalId.slice(prefix.length) : null;
}

/** Whether an externalId has the form of a `sub`; others on the connection are not of a pool. */
export function isSub(externalId) {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(externalId ?? "");
}

/** Order of members and absence do not make a difference. */
function comparable(value) {
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object") return value ?? null;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return members.length === 0 ? null : Object.fromEntries(members.map(([key, member]) => [key, comparable(member)]));
}

function compact(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
