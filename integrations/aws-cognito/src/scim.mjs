/**
 * A SCIM 2.0 client (RFC 7644) with what a push needs and no more.
 *
 * A request that met a busy or broken server is made again, after the time the server asks for, until the deadline.
 * Errors tell method, resource type, status and scimType; what the server wrote may hold a person's data and stays out.
 */

const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const PAGE = 200;
/** How many operations or members one PATCH carries. */
const PATCH_SIZE = 100;

/** A request that did not lead to what was expected. */
export class ScimError extends Error {
  constructor(label, { status, body, failure }) {
    const scimType = /^[A-Za-z]+$/.test(body?.scimType ?? "") ? ` ${body.scimType}` : "";
    super(`${label} ${failure ?? `was answered with ${status}${scimType}`}`);
    this.name = "ScimError";
    this.status = status;
  }
}

export class Scim {
  /**
   * @param {object} options
   * @param {string} options.baseUrl
   * @param {string} options.token
   * @param {number} options.deadline When to give up, as `Date.now()` tells time.
   * @param {number} [options.timeout] How long one request may take, in milliseconds.
   * @param {number} [options.attempts] How often one request is made at most.
   */
  constructor({ baseUrl, token, deadline, timeout = 10_000, attempts = 6 }) {
    this.baseUrl = baseUrl;
    this.headers = { Authorization: `Bearer ${token}`, Accept: "application/scim+json" };
    this.deadline = deadline;
    this.timeout = timeout;
    this.attempts = attempts;
  }

  /** The resource that has exactly this externalId, or null. */
  async find(endpoint, externalId) {
    const query = new URLSearchParams({ filter: `externalId eq ${quote(externalId)}` });
    if (endpoint === "Groups") query.set("excludedAttributes", "members");
    const { Resources: resources } = await this.#list(endpoint, query);
    return resources.find((resource) => resource.externalId === externalId) ?? null;
  }

  /** All resources, in the order they were made; groups without members. */
  async *all(endpoint) {
    let seen = 0;
    for (;;) {
      const query = new URLSearchParams({ startIndex: String(seen + 1), count: String(PAGE) });
      if (endpoint === "Groups") query.set("excludedAttributes", "members");
      const { Resources: page, totalResults } = await this.#list(endpoint, query);
      yield* page;
      seen += page.length;
      if (page.length === 0 || seen >= totalResults) return;
    }
  }

  /** One resource, or null. */
  async read(endpoint, id, query = "") {
    const { status, body } = await this.#request("GET", endpoint, `/${encodeURIComponent(id)}${query}`, [200, 404]);
    return status === 404 ? null : body;
  }

  /** Creates a resource and answers with it; null if another has its name. */
  async create(endpoint, resource) {
    const { status, body } = await this.#request("POST", endpoint, "", [201, 409], resource);
    if (status === 409) return null;
    if (typeof body?.id !== "string") throw new ScimError(`POST ${endpoint}`, { failure: "gave a resource without id" });
    return body;
  }

  /** Replaces a resource if it still is at this version, and answers whether its name was free; throws 412 if not. */
  async replace(endpoint, id, resource, version) {
    const condition = version ? { "If-Match": version } : {};
    const path = `/${encodeURIComponent(id)}`;
    const { status } = await this.#request("PUT", endpoint, path, [200, 204, 409], resource, condition);
    return status !== 409;
  }

  /** Applies operations, some at a time. */
  async patch(endpoint, id, operations) {
    for (let start = 0; start < operations.length; start += PATCH_SIZE) {
      const body = { schemas: [PATCH_OP], Operations: operations.slice(start, start + PATCH_SIZE) };
      await this.#request("PATCH", endpoint, `/${encodeURIComponent(id)}`, [200, 204], body);
    }
  }

  /** Makes these the changes of a group's members, by id. */
  async changeMembers(id, { add, remove }) {
    const adding = chunks(add).map((part) => ({ op: "add", path: "members", value: part.map((value) => ({ value })) }));
    for (const operation of adding) await this.patch("Groups", id, [operation]);
    await this.patch("Groups", id, remove.map((value) => ({ op: "remove", path: `members[value eq ${quote(value)}]` })));
  }

  /** Deletes a resource; one that is not there is as good as deleted. */
  async delete(endpoint, id) {
    await this.#request("DELETE", endpoint, `/${encodeURIComponent(id)}`, [200, 204, 404]);
  }

  async #list(endpoint, query) {
    const { body } = await this.#request("GET", endpoint, `?${query}`, [200]);
    if (!Array.isArray(body?.Resources) || body.Resources.some(({ id }) => typeof id !== "string")) {
      throw new ScimError(`GET ${endpoint}`, { failure: "gave no SCIM list; is SCIM_BASE_URL right?" });
    }
    return body;
  }

  async #request(method, endpoint, rest, expected, body, condition = {}) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(method, `/${endpoint}${rest}`, body, condition);
      if (expected.includes(answer.status)) return answer;
      const delay = answer.retryAfter ?? 100 * 2 ** attempt;
      const isLast = attempt >= this.attempts || Date.now() + delay >= this.deadline;
      if (isLast || !isTransient(answer)) throw new ScimError(`${method} ${endpoint}`, answer);
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  async #attempt(method, path, body, condition) {
    const left = this.deadline - Date.now();
    if (left <= 0) return { failure: "came too late: the function's time is up" };
    const content = body === undefined ? {} : { "Content-Type": "application/scim+json" };
    const options = {
      method,
      headers: { ...this.headers, ...content, ...condition },
      body: body && JSON.stringify(body),
      // A token must not follow a redirect to another host.
      redirect: "manual",
      signal: AbortSignal.timeout(Math.min(this.timeout, left)),
    };
    try {
      const response = await fetch(this.baseUrl + path, options);
      const seconds = /^\d+$/.exec(response.headers.get("Retry-After") ?? "");
      const retryAfter = seconds ? Number(seconds[0]) * 1000 : undefined;
      return { status: response.status, body: parse(await response.text()), retryAfter };
    } catch (error) {
      return { failure: error.name === "TimeoutError" ? "timed out" : "got no answer" };
    }
  }
}

function isTransient({ status }) {
  return status === undefined || status === 429 || status >= 500;
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

function chunks(values) {
  const count = Math.ceil(values.length / PATCH_SIZE);
  return Array.from({ length: count }, (_, index) => values.slice(index * PATCH_SIZE, (index + 1) * PATCH_SIZE));
}
