// A list of phrases, each with its weight: text, slider, and a button that takes it out.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const MOST_ROWS = 20;

/** Rows of phrases. `most` is the largest weight, `weight` that of a new row. */
export function phraseRows({ legend, add, placeholder, weight = 0.5, most = 1, onChange }) {
  const list = el("ul", { class: "phrases" });
  let top = most;
  const button = el("button", { class: "button quiet add", type: "button", on: { click: () => append({ text: "", weight: Math.min(top, weight) }, true) } }, icon("plus"), add);
  const element = el("fieldset", { class: "wish" }, el("legend", { class: "wish-name" }, legend), list, button);

  function append(phrase, focus = false) {
    const text = el("input", { class: "field", type: "text", maxlength: "200", autocomplete: "off", placeholder, "aria-label": legend });
    text.value = phrase.text;
    const slider = el("input", { class: "slider", type: "range", min: "0.02", max: String(top), step: "0.01", "aria-label": `Weight of ${phrase.text || "the phrase"}` });
    slider.value = String(phrase.weight);
    const value = el("output", { class: "unit" });
    const apply = () => {
      slider.style.setProperty("--at", String((slider.value - 0.02) / (top - 0.02)));
      value.textContent = String(Math.round((slider.value / top) * 100));
    };
    const out = el("button", { class: "step-button", type: "button", "aria-label": `Remove ${phrase.text || "the phrase"}`, title: "Remove" }, icon("close"));
    const row = el("li", {}, text, slider, value, out);
    slider.addEventListener("input", apply);
    slider.addEventListener("change", onChange);
    const renamed = () => {
      slider.setAttribute("aria-label", `Weight of ${text.value}`);
      out.setAttribute("aria-label", `Remove ${text.value}`);
      onChange();
    };
    text.addEventListener("change", renamed);
    text.addEventListener("keydown", (event) => event.key === "Enter" && renamed());
    out.addEventListener("click", () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector(".step-button") ?? button).focus();
      button.hidden = false;
      onChange();
    });
    list.append(row);
    apply();
    button.hidden = list.children.length >= MOST_ROWS;
    if (focus) text.focus();
  }

  return {
    element,
    read() {
      return [...list.children].flatMap((row) => {
        const [text, slider] = row.querySelectorAll("input");
        return text.value.trim() ? [{ text: text.value.trim(), weight: Number(Number(slider.value).toFixed(2)) }] : [];
      });
    },
    show(phrases) {
      // A query that somebody wrote may weigh more than an analysis does.
      top = Math.max(most, ...phrases.map((phrase) => phrase.weight));
      list.replaceChildren();
      phrases.forEach((phrase) => append(phrase));
    },
  };
}
