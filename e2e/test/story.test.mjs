// The story of an administrator, from the setup link to signing out, as a person clicks it in a real browser.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { OPERATOR, close, open, setUp, signIn } from "../lib/browser.mjs";
import { accessiq, play, scim, url } from "../lib/program.mjs";

after(close);

const TENANT = "Acme";

async function main(page) {
  return page.locator("main").innerText();
}

test("setup, sign in, enable, listen, map with what-if, explain, rotate, sign out", async () => {
  const page = await open();

  // The first run.
  await setUp(page);
  await page.waitForURL((place) => !place.pathname.startsWith("/setup"));
  await page.goto("/tenants");
  await page.getByLabel("Name").fill(TENANT);
  await page.getByRole("button", { name: "Make tenant" }).click();
  await page.goto("/");
  assert.equal(new URL(page.url()).pathname, "/t/Acme");
  assert.match(await main(page), /No identity provider is connected|Enable SCIM provisioning/);

  // Signing out and in again, by keyboard alone.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in**");
  await page.getByLabel("E-mail").focus();
  await page.keyboard.type(OPERATOR.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(OPERATOR.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/t/Acme");

  // Enabling: provider, credentials shown once, what to sync.
  await page.goto("/t/Acme/provisioning/new");
  await page.locator("input[name=provider][value=okta]").check();
  await page.getByLabel("Name").fill("Okta of Acme");
  await page.getByRole("button", { name: "Make the connection" }).click();
  const connection = {
    base_url: (await page.locator("#base-url").innerText()).trim(),
    token: (await page.locator("#token").innerText()).trim(),
  };
  assert.ok(connection.base_url.startsWith(`${url}/scim/v2/`), connection.base_url);
  const goOn = page.getByRole("button", { name: "Go on" });
  assert.ok(await goOn.isDisabled(), "goes on before the token is stored");
  await page.getByLabel("I have stored it").check();
  await goOn.click();
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.getByText("Waiting for Okta’s first request").waitFor();
  assert.ok(!(await page.content()).includes(connection.token), "the token is shown a second time");

  // The self-test, from outside.
  await page.getByRole("button", { name: "Run the self-test" }).click();
  await page.getByRole("button", { name: "Test again" }).waitFor({ timeout: 60_000 });
  assert.ok(!/■/.test(await page.locator("main").innerText()), await main(page));

  // The provider's first request appears by itself.
  const setup = new URL(page.url()).pathname.replace(/\/setup.*$/, "");
  await page.goto(`${setup}/setup?step=test`);
  const asked = await scim(connection, "GET", "/Users?filter=" + encodeURIComponent("userName eq \"test\""));
  assert.equal(asked.status, 200);
  await page.getByText("Connected.").waitFor({ timeout: 30_000 });

  // A player of Okta runs; its requests slide in on the page of activity.
  await page.goto(`${setup}/activity`);
  const before = await page.locator(".lines.requests > li, .lines > li").count();
  const played = play("okta", connection, { users: 30, groups: 5 });
  await page.waitForFunction((count) => document.querySelectorAll(".lines > li").length > count, before, { timeout: 60_000 });
  const verdict = await played;
  assert.equal(verdict.code, 0, verdict.printed);

  // A mapping, with its what-if, and the button that repeats the number.
  await page.goto(`${setup}/mappings`);
  await page.getByRole("link", { name: /^Map / }).first().click();
  const group = (await page.locator("h2").first().innerText()).trim();
  const form = page.locator("form").filter({ has: page.locator("input[name=act][value=map]") }).filter({ has: page.locator("input[name=organization]") });
  await form.locator("input[name=organization]").fill("Acme");
  await form.locator("select[name=role]").selectOption("Manager");
  await form.getByRole("button", { name: "See what it would change" }).click();
  await page.getByRole("heading", { name: "What would change" }).waitFor();
  const summary = await page.locator(".summary").innerText();
  const people = Number(/^(\d+)/.exec(summary)?.[1]);
  assert.ok(people > 0, summary);
  const apply = page.locator("main form button").first();
  assert.match(await apply.innerText(), new RegExp(`\\b${people}\\b`));
  await apply.click();
  await page.getByRole("status").first().waitFor();

  // Access explained: the chain names the group, and leads to the request.
  const { items } = await membersOf(group, connection);
  const person = (await accessiq("user", "list", "--tenant", TENANT)).find((user) => items.includes(user.userName));
  assert.ok(person, `nobody of ${group}`);
  await page.goto(`/t/Acme/users/${person.id}`);
  const access = await page.locator("section").filter({ has: page.getByRole("heading", { name: "Access" }) }).innerText();
  assert.match(access, /Manager/);
  assert.ok(access.includes(group), access);
  await page.locator(".holdings a[href*='/activity/']").first().click();
  assert.equal(new URL(page.url()).pathname.split("/").at(-2), "activity");

  // The token is rotated while a player goes on with the old one.
  const going = play("okta", connection, { users: 30, groups: 5 });
  await page.goto(`${setup}/tokens`);
  await page.getByRole("link", { name: /^Rotate / }).first().click();
  await page.getByRole("button", { name: "Rotate the token" }).click();
  const fresh = (await page.locator("#secret").innerText()).trim();
  assert.notEqual(fresh, connection.token);
  assert.equal((await going).code, 0, "the old token was refused meanwhile");
  assert.equal((await scim(connection, "GET", "/Users?count=1", undefined, fresh)).status, 200);

  // Find reaches the person.
  await page.goto("/t/Acme");
  await page.keyboard.press("Control+k");
  await page.keyboard.type(person.userName);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/users/${person.id}`);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in**");
  await page.goto("/t/Acme");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  assert.deepEqual(page.complaints, []);
  assert.deepEqual((await accessiq("doctor")).findings, []);
});

test("the way through without JavaScript", async () => {
  const page = await open({ javaScript: false });
  await signIn(page);
  await page.goto("/t/Acme/provisioning/new");
  await page.locator("input[name=provider][value=entra]").check();
  await page.getByRole("button", { name: "Make the connection" }).click();
  await page.getByLabel("I have stored it").check();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Save and go on" }).click();
  assert.match(await main(page), /first request/);
});

test("an administrator of another tenant sees nothing of this one, and an auditor changes nothing", async () => {
  const connections = await accessiq("connection", "list", "--tenant", TENANT);
  await accessiq("tenant", "create", "Globex");
  for (const [email, tenant, role] of [["gina@globex.example", "Globex", "administrator"], ["aud@acme.example", TENANT, "auditor"]]) {
    const words = ["administrator", "create", "--email", email, "--name", role, "--tenant", tenant, "--role", role];
    const { link } = await accessiq(...words);
    const page = await open();
    await page.goto(new URL(link).pathname);
    for (const field of await page.locator("input[type=password]").all()) await field.fill(OPERATOR.password);
    await page.locator("main form button").first().click();
    await page.waitForURL((place) => place.pathname.startsWith("/t/") || place.pathname === "/");
    const paths = ["", "/provisioning", `/provisioning/${connections[0].id}`, `/provisioning/${connections[0].id}/activity`, "/users", "/events", "/settings"];
    for (const path of paths) {
      const response = await page.goto(`/t/${TENANT}${path}`);
      assert.equal(response.status(), role === "auditor" ? 200 : 404, path);
      if (role === "auditor") assert.equal(await page.locator("main form[method=post]").count(), 0, path);
    }
    await page.context().close();
  }
});

// The usernames of a group's members, by SCIM.
async function membersOf(name, connection) {
  const filter = encodeURIComponent(`displayName eq "${name}"`);
  const { body } = await scim(connection, "GET", `/Groups?filter=${filter}`);
  const ids = (body.Resources[0].members ?? []).map((member) => member.value);
  const items = [];
  for (const id of ids.slice(0, 5)) items.push((await scim(connection, "GET", `/Users/${id}`)).body.userName);
  return { items };
}
