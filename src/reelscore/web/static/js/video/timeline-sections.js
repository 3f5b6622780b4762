// The sections of a video: stretches of one mood, each a button that repeats it.

import { el } from "../shared/dom.js";
import { clock } from "../shared/format.js";

/** The lane of sections, with `mark(loop)`; null if there are none. `onChoose(section)` is told of a click. */
export function sectionLane(sections, duration, onChoose) {
  if (!sections?.length) return null;
  const buttons = sections.map((section) => {
    const span = `${clock(section.start)} to ${clock(section.end)}`;
    const label = `Repeat the section from ${span}: ${section.mood}, energy ${Math.round(section.energy * 100)} of 100`;
    return el("button", {
      class: "section", type: "button", "aria-pressed": "false", "aria-label": label, title: label,
      vars: { "--from": section.start / duration, "--to": Math.min(1, section.end / duration), "--level": section.energy },
      on: { click: () => onChoose(section) },
    }, el("span", {}, section.mood));
  });
  return {
    element: el("div", { class: "sections", role: "group", "aria-label": "Sections" }, buttons),
    mark(loop) {
      buttons.forEach((button, index) => {
        const { start, end } = sections[index];
        button.setAttribute("aria-pressed", String(loop?.start === start && loop?.end === end));
      });
    },
  };
}
