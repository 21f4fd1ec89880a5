/**
 * Reads a Cognito user pool, and never writes it. The AWS SDK makes throttled calls again, more slowly each time.
 */
import {
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CognitoIdentityProviderClient,
  GetGroupCommand,
  ListGroupsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
} from "@aws-sdk/client-cognito-identity-provider";

/** The most that Cognito gives at once. */
const PAGE = 60;

/**
 * @typedef {object} PoolUser
 * @property {string} sub
 * @property {string} username
 * @property {boolean} enabled
 * @property {Record<string, string>} attributes Those that have a value.
 */

export class Pool {
  /**
   * @param {string} id
   * @param {import("@aws-sdk/client-cognito-identity-provider").CognitoIdentityProviderClientConfig} [options]
   */
  constructor(id, options = {}) {
    this.id = id;
    this.client = new CognitoIdentityProviderClient({ maxAttempts: 8, retryMode: "adaptive", ...options });
  }

  /** The user as it is now, or null. */
  async user(username) {
    const found = await this.#unlessAbsent(new AdminGetUserCommand({ UserPoolId: this.id, Username: username }));
    return found && toPoolUser(found, found.UserAttributes);
  }

  /** The user as it is now, or null. */
  async userBySub(sub) {
    const filter = `sub = "${sub.replace(/[\\"]/g, "\\$&")}"`;
    const command = new ListUsersCommand({ UserPoolId: this.id, Filter: filter, Limit: 1 });
    const { Users: users = [] } = await this.client.send(command);
    // The list lags behind; AdminGetUser does not.
    return users.length === 0 ? null : this.user(users[0].Username);
  }

  /** One page of all users, and the token of the next one. */
  async page(token) {
    const command = new ListUsersCommand({ UserPoolId: this.id, Limit: PAGE, PaginationToken: token });
    const { Users: users = [], PaginationToken: next } = await this.client.send(command);
    return { users: users.map((user) => toPoolUser(user, user.Attributes)), next };
  }

  /** One page of the names of all groups, and the token of the next one. */
  async groups(token) {
    const command = new ListGroupsCommand({ UserPoolId: this.id, Limit: PAGE, NextToken: token });
    const { Groups: groups = [], NextToken: next } = await this.client.send(command);
    return { names: groups.map(({ GroupName: name }) => name), next: next ?? undefined };
  }

  async hasGroup(name) {
    return (await this.#unlessAbsent(new GetGroupCommand({ UserPoolId: this.id, GroupName: name }))) !== null;
  }

  /** The subs of all members of a group; all of them or an error. */
  async members(name) {
    const users = await this.#all(ListUsersInGroupCommand, { GroupName: name }, "Users");
    return users.map((user) => toPoolUser(user, user.Attributes).sub);
  }

  /** The names of all groups of a user; all of them or an error. */
  async groupsOf(username) {
    const groups = await this.#all(AdminListGroupsForUserCommand, { Username: username }, "Groups");
    return groups.map(({ GroupName: name }) => name);
  }

  /** All pages of a listing, joined. */
  async #all(Command, input, member) {
    const all = [];
    let token;
    do {
      const page = await this.client.send(new Command({ UserPoolId: this.id, Limit: PAGE, NextToken: token, ...input }));
      all.push(...(page[member] ?? []));
      token = page.NextToken ?? undefined;
    } while (token);
    return all;
  }

  async #unlessAbsent(command) {
    try {
      return await this.client.send(command);
    } catch (error) {
      // A pool that is not there has this name as well, and must not look like one that is empty.
      const isAbsent = error.name === "UserNotFoundException" || isGroupNotFound(error, command);
      if (isAbsent) return null;
      throw error;
    }
  }
}

function isGroupNotFound(error, command) {
  return command instanceof GetGroupCommand && error.name === "ResourceNotFoundException" && !/pool/i.test(error.message);
}

function toPoolUser(user, attributes = []) {
  const valued = attributes.filter(({ Value: value }) => typeof value === "string" && value.trim() !== "");
  const byName = Object.fromEntries(valued.map(({ Name: name, Value: value }) => [name, value]));
  return { sub: byName.sub, username: user.Username, enabled: user.Enabled, attributes: byName };
}
