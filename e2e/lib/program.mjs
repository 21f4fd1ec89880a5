// The program under test, as its command line: tenants, connections, players, administrators.

import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const program = required("ACCESSIQ_PROGRAM");
const data = required("ACCESSIQ_DATA");

// Where the server listens.
export const url = required("ACCESSIQ_URL");

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask browser\``);
  return value;
}

// Runs a command; returns the JSON document it prints.
export async function accessiq(...words) {
  const { stdout } = await run(program, ["--data", data, ...words, "--json"], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

// Lets a provider's player push a company; resolves when it has ended, whatever it found.
export function play(provider, connection, { users = 20, groups = 4, seed = 7 } = {}) {
  const words = ["simulate", provider, "--base-url", connection.base_url, "--token", connection.token];
  words.push("--users", users, "--groups", groups, "--seed", seed, "--json");
  const child = spawn(program, words.map(String), { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk) => { printed += chunk; });
  child.stderr.on("data", () => {});
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, printed })));
}

// Sends one SCIM request over a connection.
export async function scim(connection, method, path, body, token = connection.token) {
  const response = await fetch(connection.base_url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

// A tenant with a connection of a provider.
export async function connect(tenant, provider, name) {
  const words = ["connection", "create", "--tenant", tenant, "--provider", provider];
  return accessiq(...words, ...(name ? ["--name", name] : []));
}
