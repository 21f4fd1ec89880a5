// Three tenants to look at: one large and in order, one empty, one in trouble.

import { accessiq, connect, play, scim } from "./program.mjs";

export const LARGE = "Acme Industries";
export const EMPTY = "Fresh Start";
export const TROUBLE = "Initech <b>& Sons</b>";

const HOSTILE = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(1)>",
  "Zoë 👩‍💻 🇺🇳",
  "عبد الرحمن بن عوف",
  "=HYPERLINK(\"https://evil.example\")",
  "x".repeat(200),
];

// Makes the tenants; returns the connections by name.
export async function prepare({ users = 240, groups = 24 } = {}) {
  for (const name of [LARGE, EMPTY, TROUBLE]) await accessiq("tenant", "create", name);
  const okta = await connect(LARGE, "okta", "Okta (acme.okta.com)");
  const { code, printed } = await play("okta", okta, { users, groups });
  if (code !== 0) throw new Error(`the player of Okta was not content: ${printed}`);
  const entra = await connect(TROUBLE, "entra", "Entra ID");
  await connect(TROUBLE, "google", "Google, never reached");
  await trouble(entra);
  await over();
  return { okta, entra };
}

// What is over, or waits for somebody: an ended connection, somebody who was erased, a domain, a link, an archive.
async function over() {
  const old = await connect(TROUBLE, "okta", "Okta of the company we bought");
  const person = (userName) => ({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName,
    name: { givenName: "Mo", familyName: "Sayer" },
    emails: [{ value: userName, primary: true }],
    active: true,
  });
  await scim(old, "POST", "/Users", person("mo@bought.example"));
  await scim(old, "POST", "/Users", person("jo@bought.example"));
  const of = ["--tenant", TROUBLE];
  await accessiq("user", "erase", "jo@bought.example", ...of, "--reason", "request 17", "--yes");
  await accessiq("domain", "add", "initech.example", ...of);
  await accessiq("domain", "add", "corp.initech.example", ...of);
  await accessiq("domain", "attest", "corp.initech.example", ...of, "--reason", "A domain of our own network");
  await accessiq("user", "create", "root@corp.initech.example", ...of);
  await accessiq("user", "grant", "root@corp.initech.example", ...of, "--role", "Admin");
  const next = await connect(TROUBLE, "okta", "Okta of Initech");
  await accessiq("connection", "set", next.id, "existing-users=link");
  await scim(next, "POST", "/Users", person("root@corp.initech.example"));
  await accessiq("connection", "end", old.id, "--finalise", "--yes");
  await accessiq("organization", "create", "Reorganized away", ...of);
  await accessiq("organization", "archive", "Reorganized away", ...of);
}

async function trouble(connection) {
  const members = [];
  for (const [index, name] of HOSTILE.entries()) {
    const created = await scim(connection, "POST", "/Users", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: `hostile${index}@initech.example`,
      displayName: name,
      name: { givenName: name, familyName: "Tables" },
      emails: [{ value: `hostile${index}@initech.example`, primary: true }],
      active: index === 3 ? "False" : "True",
    });
    if (created.status !== 201) throw new Error(`a hostile name was refused: ${JSON.stringify(created)}`);
    members.push({ value: created.body.id });
    await scim(connection, "POST", "/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: name,
      members: [{ value: created.body.id }],
    });
  }
  // What administrators come for: refusals of every kind.
  await scim(connection, "POST", "/Users", { userName: "hostile0@initech.example" });
  await scim(connection, "POST", "/Users", { userName: "nameless@initech.example", schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"] });
  await scim(connection, "GET", "/Users?filter=" + encodeURIComponent("userName zz \"x\""));
  await scim(connection, "GET", `/Users/${members[0].value.replace(/.$/, "0")}`);
  await scim(connection, "PATCH", `/Users/${members[0].value}`, { Operations: [{ op: "Replace", path: "active", value: "maybe" }] });
  await scim(connection, "GET", "/Users", undefined, "aiq_scim_wrong");
}
