/** One JSON line an event, as CloudWatch Logs Insights reads it. Names a user by `sub`, never by a name or an address. */

export function log(level, part, about, message) {
  console[level === "error" ? "error" : "log"](JSON.stringify({ level, part, about, message }));
}
