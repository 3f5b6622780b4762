// The help overlay: every key that does something, and a switch for the letter keys.

import { el } from "./dom.js";
import { addKeys, keyGroups, lettersOn, setLettersOn } from "./keys.js";

const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

const ALWAYS = [
  ["Everywhere", [["Tab", "Next control"], ["Shift+Tab", "Previous control"], ["Enter", "Press what has the focus"], ["Esc", "Close what lies over the page"]]],
];

/** Open the help with `button` or "?". */
export function mountHelp(button) {
  const body = el("div", { class: "help-keys" });
  const letters = el("input", { type: "checkbox", id: "letter-keys" });
  const dialog = el("dialog", { class: "help", "aria-labelledby": "help-title" },
    el("header", {},
      el("h2", { id: "help-title" }, "Keys"),
      el("form", { method: "dialog" }, el("button", { class: "button quiet" }, "Close"))),
    el("p", { class: "switch" }, letters, el("label", { for: "letter-keys" }, "Letter keys work (switch them off where speech input triggers them)")),
    body);
  document.body.append(dialog);
  letters.addEventListener("change", () => setLettersOn(letters.checked));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  const open = () => {
    letters.checked = lettersOn();
    const known = keyGroups().map(([title, keys]) => [title, keys.map((item) => [item.key, item.label])]);
    body.replaceChildren(...[...ALWAYS, ...known].map(([title, rows]) => group(title, rows)));
    dialog.showModal();
  };
  button.addEventListener("click", open);
  addKeys("Go to", [{ key: "?", label: "This help", run: open }]);
}

function group(title, rows) {
  return el("section", {},
    el("h3", {}, title),
    el("dl", {}, rows.map(([key, label]) =>
      el("div", {}, el("dt", {}, key === " " ? keycap(key) : key.split(/[ +](?=.)/).map(keycap)), el("dd", {}, label)))));
}

const keycap = (key) => el("kbd", {}, NAMES[key] ?? key);
