// Pictures of every page: `node screenshots.mjs FOLDER IMAGES`. Those that the documentation shows go to IMAGES.

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { close, open, setUp, signIn } from "./lib/browser.mjs";
import { crawl } from "./lib/crawl.mjs";
import { EMPTY, LARGE, TROUBLE, prepare } from "./lib/stage.mjs";

const [folder, images] = process.argv.slice(2);
// The pictures of the documentation, by where they are taken.
const SHOWN = {
  "large-light-desk/provisioning_{id}.png": "console-connection.png",
  "large-dark-desk/users_{id}.png": "console-access.png",
};
const WINDOWS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

await prepare();
const first = await open();
await setUp(first);
await first.context().close();

for (const theme of ["light", "dark"]) {
  for (const [window, size] of Object.entries(WINDOWS)) {
    for (const [name, tenant] of Object.entries({ large: LARGE, empty: EMPTY, trouble: TROUBLE })) {
      const place = join(folder, `${name}-${theme}-${window}`);
      await mkdir(place, { recursive: true });
      const page = await open({ theme, ...size });
      await signIn(page);
      const start = `/t/${encodeURIComponent(tenant)}`;
      await crawl(page, start, async (shown, kind) => {
        const file = `${kind.replace(start, "").replaceAll("/", "_").replace(/^_/, "") || "overview"}.png`;
        await shown.screenshot({ path: join(place, file), fullPage: true });
        console.log(join(place, file));
      });
      await page.context().close();
    }
  }
}
await close();
await mkdir(images, { recursive: true });
for (const [from, to] of Object.entries(SHOWN)) await copyFile(join(folder, from), join(images, to));
