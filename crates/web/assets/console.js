// What pages of the console do beyond links and forms. Every page works without it.
"use strict";

// Copy buttons: <button data-copy="id of what is copied">.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = "value" in source ? source.value : source.textContent.trim();
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
// A page that comes back from the browser's memory may send again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// Boxes that open a part of a form: <input data-opens="id">. Without this script the part is open.
const open_parts = (root) => {
  for (const box of root.querySelectorAll("[data-opens]")) {
    const part = document.getElementById(box.dataset.opens);
    const follow = () => { part.hidden = !box.checked; };
    box.addEventListener("change", follow);
    follow();
  }
  // A button that waits until a box is ticked: <button data-after="id of the box">.
  for (const button of root.querySelectorAll("[data-after]")) {
    const box = document.getElementById(button.dataset.after);
    const follow = () => { button.disabled = !box.checked; };
    box.addEventListener("change", follow);
    follow();
  }
};
document.addEventListener("DOMContentLoaded", () => {
  open_parts(document);
  // On a narrow screen tabs are in a row that moves: the present one is in its middle.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.closest(".tabs");
    const [here, all] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += here.left + here.width / 2 - (all.left + all.width / 2);
  }
});
document.addEventListener("htmx:afterSettle", (event) => open_parts(event.target));

// Keys: ⌘K, Ctrl+K or / find; j and k walk through a list, Enter opens, Esc closes a panel.
document.addEventListener("keydown", (event) => {
  const find = document.querySelector("[data-find]");
  if (find && (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    find.focus();
    find.select();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (find && event.key === "/") {
    event.preventDefault();
    find.focus();
  } else if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll(".list tbody a[href]:first-of-type, .lines > * a[href]:first-of-type")];
    if (rows.length === 0) return;
    const here = rows.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
    rows[next].focus();
  } else if (event.key === "Escape") {
    document.querySelector("[data-close]")?.click();
  }
});
