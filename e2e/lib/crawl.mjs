// Every kind of page that links lead to from an address: each pattern of a path once or twice, so that a directory of
// thousands is not walked.

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

// A path as a pattern: ids and numbers are all alike.
export function pattern(path) {
  return path.replace(ID, "{id}").replace(/\/\d+(?=\/|$)/g, "/{n}").replace(/\?.*$/, "");
}

// Calls `visit(page, pattern)` for every pattern below `start`; returns the patterns.
export async function crawl(page, start, visit, most = 80) {
  const seen = new Set();
  const waiting = [start];
  const known = new Set(waiting);
  while (waiting.length > 0 && seen.size < most) {
    const path = waiting.shift();
    const kind = pattern(path);
    if (seen.has(kind)) continue;
    seen.add(kind);
    const response = await page.goto(path);
    if (!response || !(response.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    await visit(page, kind, response);
    const links = await page.locator("a[href]").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    for (const link of links) {
      const target = new URL(link, new URL(path, page.url()));
      const next = target.pathname + target.search;
      const isOurs = target.origin === new URL(page.url()).origin && (next.startsWith(start) || ["/tenants", "/me"].includes(target.pathname));
      // An export is a file, not a page.
      if (isOurs && !known.has(next) && !/export|\.csv|\.jsonl/.test(next)) {
        known.add(next);
        waiting.push(next);
      }
    }
  }
  return [...seen];
}
