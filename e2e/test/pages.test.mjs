// Every page there is, in both themes, on a desk and on a phone: nothing that axe finds, nothing that a browser complains
// of, nothing from another host, no page too large or wider than its window.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { close, open, setUp, signIn } from "../lib/browser.mjs";
import { crawl } from "../lib/crawl.mjs";
import { EMPTY, LARGE, TROUBLE, prepare } from "../lib/stage.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LARGEST = 150 * 1024;

before(async () => {
  await prepare({ users: 120, groups: 12 });
  const page = await open();
  await setUp(page);
  await page.context().close();
});
after(close);

const path = (tenant) => `/t/${encodeURIComponent(tenant)}`;

async function inspect(page, kind, response) {
  const size = (await response.body()).length;
  assert.ok(size < LARGEST, `${kind} has ${size} bytes`);
  assert.equal(response.status(), 200, `${kind} answers ${response.status()}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${kind} is ${wide} px wider than its window`);
  // The page's own policy forbids a script in it; the debugger's way in does not ask it.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    const { violations } = result;
    return violations.map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
  });
  assert.deepEqual(found, [], `${kind}, ${page.theme}`);
  assert.deepEqual(page.complaints, [], `${kind}, ${page.theme}`);
}

for (const theme of ["light", "dark"]) {
  for (const tenant of [LARGE, EMPTY, TROUBLE]) {
    test(`every page of ${tenant} in the ${theme} theme`, async () => {
      const page = await open({ theme });
      page.theme = theme;
      await signIn(page);
      const seen = await crawl(page, path(tenant), inspect);
      assert.ok(seen.length > (tenant === EMPTY ? 6 : 15), `only ${seen}`);
      await page.context().close();
    });
  }
}

test("every page on a phone", async () => {
  const page = await open({ width: 390, height: 844 });
  page.theme = "light, phone";
  await signIn(page);
  await crawl(page, path(TROUBLE), inspect);
  await page.context().close();
});

// A table that is narrowed is the same page with other words in its address: what was found, and nothing.
for (const [theme, size] of [["light", {}], ["dark", {}], ["light, phone", { width: 390, height: 844 }]]) {
  test(`tables that are narrowed, ${theme}`, async () => {
    const page = await open({ theme: theme.split(",")[0], ...size });
    page.theme = theme;
    await signIn(page);
    const first = async (list, link) => {
      await page.goto(list);
      return page.locator(link).first().getAttribute("href");
    };
    const start = path(LARGE);
    const connection = await first(`${start}/provisioning`, ".list tbody a");
    const pages = {
      attributes: [`${connection}/attributes`, "q"],
      tokens: [`${connection}/tokens`, "clients"],
      rules: [`${connection}/mappings`, "naming"],
      members: [await first(`${connection}/groups`, ".list tbody a"), "members"],
      role: [await first(`${start}/roles`, ".list tbody tr:nth-child(4) a"), "q"],
      organization: [await first(`${start}/organizations`, ".tree a"), "q"],
      people: [`${start}/users`, "q"],
      administrators: [`${start}/settings/administrators`, "q"],
      sessions: ["/me", "sessions"],
    };
    for (const [name, [address, field]] of Object.entries(pages)) {
      for (const word of ["a", "nothing is like this"]) {
        const response = await page.goto(`${address}?${field}=${encodeURIComponent(word)}`);
        await inspect(page, `${name}: ${word}`, response);
        assert.equal(await page.locator(`main [name=${field}]`).inputValue(), word);
      }
      const all = page.locator("a", { hasText: /^Show (all|everybody)/ }).first();
      assert.equal(await all.count(), 1, name);
      await all.click();
      assert.ok(!new URL(page.url()).searchParams.has(field), page.url());
    }
    await page.context().close();
  });
}

test("nothing that a directory says becomes markup", async () => {
  const page = await open();
  await signIn(page);
  let alerts = 0;
  page.on("dialog", (dialog) => { alerts += 1; return dialog.dismiss(); });
  await crawl(page, path(TROUBLE), async () => {
    assert.equal(await page.locator("img[src=x], main b, header b").count(), 0, page.url());
  });
  assert.equal(alerts, 0);
  await page.context().close();
});
