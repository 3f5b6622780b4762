// Tabs by the usual rules: one is in the tab order, arrow keys, Home and End move between them.

import { byId, el } from "../shared/dom.js";

const NAMES = ["video", "words", "song"];

/** Make the tabs of the desk work; answers with a function that selects one by name. */
export function mountTabs(icons) {
  const tabs = NAMES.map((name) => byId(`tab-${name}`));
  tabs.forEach((tab, index) => tab.prepend(icons[index]));

  function select(name, { focus = false } = {}) {
    tabs.forEach((tab, index) => {
      const chosen = NAMES[index] === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(`panel-${NAMES[index]}`).hidden = !chosen;
      if (chosen && focus) tab.focus();
    });
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(NAMES[index]));
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const to = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(NAMES[to], { focus: true });
    });
  });
  select(NAMES[0]);
  return select;
}

/** Chips that do something when pressed. */
export function buttonChips(labels, onPress) {
  return labels.map((label) =>
    el("li", {}, el("button", { class: "chip", type: "button", on: { click: () => onPress(label) } }, label)));
}
