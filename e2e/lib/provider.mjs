// A certified OpenID provider on loopback, with its own pages to sign in: whoever names an account there has it.

import { createServer } from "node:http";
import Provider from "oidc-provider";
import { url } from "./program.mjs";

// The short name of the provider, and what the service was started with for it.
export const ID = "house";
const CLIENT = { id: "accessiq", secret: required("ACCESSIQ_SIGN_IN_SECRET_HOUSE") };

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask browser\``);
  return value;
}

// Starts it; returns its issuer, what it calls the service, and how it is stopped.
export async function start() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [`${url}/sign-in/return/${ID}`],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email"] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@house.example` }) }),
    cookies: { keys: ["a key of the tests"] },
    features: { devInteractions: { enabled: true } },
  });
  // Its pages ask another host for letters; nothing here leaves this machine.
  provider.use(async (context, next) => {
    await next();
    if (typeof context.body === "string") context.body = context.body.replace(/@import url\([^)]*\);?/g, "");
  });
  server.on("request", provider.callback());
  const stop = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { issuer, client: CLIENT.id, stop };
}

// Signs in at its pages, and agrees.
export async function signInThere(page, account) {
  await page.locator("input[name=login]").fill(account);
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}
