/**
 * Brings one user or one group of the pool to AccessIQ. Each function reads what is there, so that it may run at any time,
 * twice, or beside another: who was overtaken by another write fails with 412 and is to be run again.
 */
import { differs, groupId, groupName, toScimGroup, toScimUser, userNames } from "./mapping.mjs";

/**
 * Makes AccessIQ's user as the pool's is. What AccessIQ holds must have been read before the pool: then a version that
 * still is the same means that nobody wrote what is newer.
 *
 * @param {import("./scim.mjs").Scim} scim
 * @param {import("./pool.mjs").PoolUser} user
 * @param {object | null} held
 * @returns {Promise<{id: string, outcome: "created" | "updated" | "unchanged"}>}
 */
export async function pushUser(scim, user, held) {
  for (const userName of userNames(user)) {
    const wanted = toScimUser(user, userName);
    if (held !== null) {
      if (!differs(held, wanted)) return { id: held.id, outcome: "unchanged" };
      const isDone = await scim.replace("Users", held.id, wanted, held.meta?.version);
      if (isDone) return { id: held.id, outcome: "updated" };
    } else {
      const created = await scim.create("Users", wanted);
      if (created) return { id: created.id, outcome: "created" };
      // Somebody may have created the same user meanwhile; under another name there would be two of them.
      const rival = await scim.find("Users", user.sub);
      if (rival) return pushUser(scim, user, rival);
    }
  }
  throw new Error(`user ${user.sub}: another user of AccessIQ has this userName`);
}

/** Deletes a user who left the pool, or deactivates where deletions are not allowed. */
export async function removeUser(scim, held, { maxDeletions }) {
  if (maxDeletions > 0) {
    await scim.delete("Users", held.id);
    return "deleted";
  }
  if (held.active === false) return "unchanged";
  await scim.patch("Users", held.id, [{ op: "replace", path: "active", value: false }]);
  return "deactivated";
}

/** The SCIM group of a pool's group, made if it is not there. */
export async function ensureGroup(scim, userPoolId, name, held) {
  const known = held ?? (await scim.find("Groups", groupId(userPoolId, name)));
  if (known) return known;
  const created = await scim.create("Groups", toScimGroup(userPoolId, name));
  const there = created ?? (await scim.find("Groups", groupId(userPoolId, name)));
  if (there) return there;
  throw new Error(`group ${name}: another group of AccessIQ has this name`);
}

/** Makes the members of a group exactly these, by SCIM id; answers whether that changed anything. */
export async function setMembers(scim, group, wanted) {
  const { members = [] } = (await scim.read("Groups", group.id)) ?? {};
  const held = new Set(members.map(({ value }) => value));
  const add = [...wanted].filter((id) => !held.has(id));
  const remove = [...held].filter((id) => !wanted.has(id));
  await scim.changeMembers(group.id, { add, remove });
  return add.length + remove.length > 0;
}

/** Makes one user a member of exactly the groups the pool has it in. Groups that are not of this pool stay. */
export async function pushGroupsOf(scim, pool, user, id) {
  const names = await pool.groupsOf(user.username);
  const { groups = [] } = (await scim.read("Users", id)) ?? {};
  const held = new Set(groups.filter(({ type }) => type !== "indirect").map(({ value }) => value));
  for (const name of names) {
    const group = await ensureGroup(scim, pool.id, name);
    if (!held.delete(group.id)) await scim.changeMembers(group.id, { add: [id], remove: [] });
  }
  for (const other of held) {
    const group = await scim.read("Groups", other, "?excludedAttributes=members");
    if (group && groupName(pool.id, group.externalId) !== null) {
      await scim.changeMembers(other, { add: [], remove: [id] });
    }
  }
}
