/**
 * Stands between an integration and AccessIQ and does to its requests what networks and servers do.
 *
 * It keeps what went through, for tests of what is on the wire. Faults are given in advance, one for each request.
 */
import { createServer, request } from "node:http";

/**
 * A fault: a status to answer with, `hang` (no answer), `reset` (the connection breaks), `lose` (the request is
 * carried out, the answer is lost), a function of the request (what happens before it is carried out), or `pass`.
 *
 * @typedef {number | "hang" | "reset" | "lose" | "pass" | ((exchange: object) => Promise<void>)} Fault
 */
export class Proxy {
  /** @param {string} target Base URL of a connection. */
  static async before(target) {
    const proxy = new Proxy(new URL(target));
    await new Promise((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.server.address();
    proxy.baseUrl = `http://127.0.0.1:${port}${new URL(target).pathname}`;
    return proxy;
  }

  constructor(target) {
    this.target = target;
    /** @type {Fault[]} */
    this.faults = [];
    this.seen = [];
    this.server = createServer((incoming, outgoing) => this.pass(incoming, outgoing));
  }

  async pass(incoming, outgoing) {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const exchange = {
      method: incoming.method,
      path: incoming.url.slice(this.target.pathname.length),
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.seen.push(exchange);
    const fault = this.faults.shift() ?? "pass";
    if (typeof fault === "number") {
      const error = { schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: String(fault) };
      outgoing.writeHead(fault, { "Content-Type": "application/scim+json", "Retry-After": "0" });
      return outgoing.end(JSON.stringify(error));
    }
    if (fault === "hang") return undefined;
    if (fault === "reset") return incoming.socket.destroy();
    if (typeof fault === "function") await fault(exchange);
    return this.forward(incoming, exchange, fault === "lose" ? () => incoming.socket.destroy() : outgoing);
  }

  forward({ url, method, headers }, { body }, outgoing) {
    const { hostname, port } = this.target;
    const onward = request({ hostname, port, path: url, method, headers }, (answer) => {
      if (typeof outgoing === "function") {
        answer.resume();
        return answer.on("end", outgoing);
      }
      outgoing.writeHead(answer.statusCode, answer.headers);
      return answer.pipe(outgoing);
    });
    onward.end(body);
  }

  /** The requests so far, such as `GET /Users`, and forgets them. */
  take() {
    const lines = this.seen.map(({ method, path }) => `${method} ${path.replace(/[?].*/, "").replace(/^(\/\w+)\/.*/, "$1/{id}")}`);
    this.seen = [];
    return lines;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
