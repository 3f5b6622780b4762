// Asks before something is done that is not easily undone.

import { el } from "./dom.js";

/** Whether the person agrees; Escape and "Cancel" say no. */
export function confirmed(title, text, action) {
  const dialog = el("dialog", { class: "help confirm", "aria-labelledby": "confirm-title" },
    el("h2", { id: "confirm-title" }, title),
    el("p", {}, text),
    el("form", { method: "dialog", class: "button-row" },
      el("button", { class: "button", value: "no" }, "Cancel"),
      el("button", { class: "button primary", value: "yes" }, action)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    }, { once: true });
  });
}
