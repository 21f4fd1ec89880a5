// Signing in with an account at a provider: linked, signed in with, invited with, refused, in a real browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OPERATOR, close, open, setUp } from "../lib/browser.mjs";
import { accessiq, url } from "../lib/program.mjs";
import { ID, signInThere, start } from "../lib/provider.mjs";

let provider;

before(async () => {
  provider = await start();
});
after(async () => {
  await close();
  await provider.stop();
});

// What the browser complained of, but for asking the provider.
function complaints(page) {
  return page.complaints.filter((words) => !words.startsWith(`asks ${provider.issuer}`) && !/status of 404/.test(words));
}

const onward = (page) => page.getByRole("button", { name: "Continue with House" }).click();

test("an account is linked, signs in, accepts an invitation, and out of the blue does nothing", async () => {
  const page = await open();
  await setUp(page);
  await page.waitForURL((place) => !place.pathname.startsWith("/setup"));

  // The operator adds the provider.
  await page.goto("/installation/sign-in/new");
  await page.getByLabel("Name", { exact: true }).fill("House");
  await page.getByLabel("Short name").fill(ID);
  await page.getByLabel("Issuer").fill(provider.issuer);
  await page.getByLabel("Client id").fill(provider.client);
  await page.getByRole("button", { name: "Add provider" }).click();
  await page.getByText(`${url}/sign-in/return/${ID}`).waitFor();
  assert.ok(!(await page.content()).includes("Nobody can sign in with it"));

  // They link their account, with their password.
  await page.goto("/me");
  await page.getByLabel("Your password, to link an account").fill(OPERATOR.password);
  await page.getByRole("button", { name: "Link House" }).click();
  await signInThere(page, "olga");
  await page.waitForURL("**/me");
  await page.getByRole("status").getByText("is linked").waitFor();
  await page.getByRole("cell", { name: "olga@house.example" }).waitFor();

  // Out, and in again with it: the provider knows them still, so one button is enough, and it leads back to where they were.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto("/installation/journal");
  await onward(page);
  await page.waitForURL("**/installation/journal");
  assert.match(await page.locator("main").innerText(), /signed in/);
  assert.deepEqual(complaints(page), []);
  await page.context().close();

  // Somebody accepts an invitation, without a password and without scripts.
  const { link } = await accessiq("administrator", "create", "--email", "bea@example.com", "--name", "Bea", "--role", "auditor");
  const bea = await open({ javaScript: false });
  await bea.goto(new URL(link).pathname);
  await onward(bea);
  await signInThere(bea, "bea");
  await bea.waitForURL((place) => place.origin === url && place.pathname === "/");
  await bea.goto("/me");
  await bea.getByText("bea@example.com").first().waitFor();
  await bea.context().close();

  // Somebody else comes with the operator's own address, and is nobody.
  const stranger = await open();
  await stranger.goto("/sign-in");
  await onward(stranger);
  await signInThere(stranger, "carl");
  await stranger.getByText("is not linked here").waitFor();
  await stranger.goto("/me");
  assert.equal(new URL(stranger.url()).pathname, "/sign-in");
  await stranger.context().close();

  // Somebody changes their mind there.
  const shy = await open();
  await shy.goto("/sign-in");
  await onward(shy);
  await shy.getByRole("link", { name: "Cancel" }).click();
  await shy.getByText("House let nobody in").waitFor();
  assert.ok(!(await shy.content()).includes("access_denied"));
  await shy.context().close();
});
