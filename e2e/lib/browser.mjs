// Debian's Chromium, driven by Playwright, and signing in at the console.

import { chromium } from "playwright-core";
import { accessiq, url } from "./program.mjs";

export const OPERATOR = { name: "Olga Petrova", email: "olga@example.com", password: "correct horse battery staple 7" };

let browser;

// A page of a fresh profile.
export async function open({ theme = "light", width = 1440, height = 900, javaScript = true } = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.ACCESSIQ_CHROMIUM,
    // As root, Chromium has no sandbox to start.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    viewport: { width, height },
    javaScriptEnabled: javaScript,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  // What a browser complains about is a fault of the page: a file that is missing, a script that the policy forbids.
  page.complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4(03|04|09|22)/.test(message.text())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) page.complaints.push(`asks ${request.url()}`);
  });
  return page;
}

// Ends the browser.
export async function close() {
  await browser?.close();
  browser = undefined;
}

// Creates the first operator by the one-time link, as a person does.
export async function setUp(page) {
  const { link } = await accessiq("administrator", "setup-link");
  await page.goto(new URL(link).pathname);
  await page.getByLabel("Name").fill(OPERATOR.name);
  await page.getByLabel("E-mail").fill(OPERATOR.email);
  for (const field of await page.locator("input[type=password]").all()) await field.fill(OPERATOR.password);
  await page.locator("main form button").first().click();
}

// Signs in.
export async function signIn(page, who = OPERATOR) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((place) => !place.pathname.startsWith("/sign-in"));
}
