/**
 * The AccessIQ that `cargo xtask integrations` serves, as the tests see it: its command line and its SCIM endpoint.
 *
 * Each test makes a tenant and a connection of its own, so that none depends on another. What the service holds is
 * read from both sides: SCIM, as the provider sees it, and the directory, as an administrator sees it.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The value of a variable that `cargo xtask integrations` sets. */
export function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask integrations\``);
  return value;
}

/** What `accessiq … --json` prints. */
async function accessiq(...command) {
  const { stdout } = await run(given("ACCESSIQ_PROGRAM"), ["--data", given("ACCESSIQ_DATA"), ...command, "--json"]);
  return JSON.parse(stdout);
}

/** A connection of a new tenant. */
export class Connection {
  static async create(provider, ...settings) {
    const tenant = `test-${randomUUID()}`;
    await accessiq("tenant", "create", tenant);
    const made = await accessiq("connection", "create", "--tenant", tenant, "--provider", provider);
    if (settings.length > 0) await accessiq("connection", "set", made.id, ...settings);
    return new Connection(tenant, made);
  }

  constructor(tenant, { base_url: baseUrl, token }) {
    this.tenant = tenant;
    this.baseUrl = baseUrl;
    this.token = token;
  }

  addSchema(file) {
    return accessiq("schema", "add", "--tenant", this.tenant, file);
  }

  /** One SCIM request; answers with the body, and fails unless it succeeded. */
  async scim(method, path, body) {
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/scim+json" },
      body: body && JSON.stringify(body),
    });
    const received = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${received}`);
    return received === "" ? null : JSON.parse(received);
  }

  /** All users, in the order they were made. */
  async users() {
    const all = [];
    for (;;) {
      const page = await this.scim("GET", `/Users?startIndex=${all.length + 1}&count=100`);
      all.push(...page.Resources);
      if (page.Resources.length === 0 || all.length >= page.totalResults) return all;
    }
  }

  async groups() {
    const { Resources: groups } = await this.scim("GET", "/Groups?count=100");
    return Promise.all(groups.map(({ id }) => this.scim("GET", `/Groups/${id}`)));
  }

  /** The user with this externalId, or undefined. */
  async user(externalId) {
    return (await this.users()).find((user) => user.externalId === externalId);
  }

  /** The tenant's users as an administrator sees them. */
  directory() {
    return accessiq("user", "list", "--tenant", this.tenant);
  }

  /** What both sides hold about everybody: `externalId → [userName, active]`, which must be the same. */
  async both() {
    const provider = (await this.users()).map(({ externalId, userName, active }) => [externalId, [userName, active]]);
    const directory = await this.directory();
    const linked = directory.filter(({ status }) => status === "active");
    return {
      scim: Object.fromEntries(provider),
      active: linked.map(({ externalId }) => externalId).sort(),
    };
  }
}
