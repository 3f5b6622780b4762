// What is searched for, as words that can be changed: phrases with weights, wishes, what to avoid, a sentence.

import { el } from "../shared/dom.js";
import { phraseRows } from "./phrases.js";

const TEMPO = [40, 220];

/**
 * The editor of a video's query. `original` is the query that the analysis asks for; `onChange({ wishes, guide })`
 * is called with every change that was finished (`wishes` null: as the analysis has it).
 */
export function wishesEditor(original, { onChange }) {
  let base = original; // with what somebody says of the film
  const phrases = phraseRows({ legend: "Search for", add: "Add a phrase", placeholder: "soft strings", onChange: tell });
  const avoid = phraseRows({ legend: "Avoid", add: "Avoid something", placeholder: "vocals", weight: 0.5, most: 1, onChange: tell });
  const tempo = tempoField(tell);
  const energy = energyField(tell);
  const guide = el("input", { class: "field", type: "text", maxlength: "1000", placeholder: "but with piano, and no drums", autocomplete: "off", "aria-label": "A sentence that guides the search" });
  guide.addEventListener("change", tell);
  const reset = el("button", { class: "button quiet", type: "button", hidden: true, on: { click: () => onChange({ wishes: null, guide: "" }) } }, "Back to what the analysis says");
  let shown = null; // what the fields say, as text

  const element = el("form", { class: "wishes", "aria-label": "What is searched for" },
    el("div", { class: "wish" }, el("p", { class: "wish-name" }, "Brief"), guide),
    phrases.element,
    el("div", { class: "wish-pair" }, tempo.element, energy.element),
    avoid.element,
    reset);
  element.addEventListener("submit", (event) => event.preventDefault());

  function read() {
    return { phrases: phrases.read(), avoid: avoid.read(), tempo: tempo.read(), energy: energy.read() };
  }

  function tell() {
    const wishes = read();
    const text = JSON.stringify([wishes, guide.value.trim()]);
    if (text === shown) return;
    shown = text;
    const same = JSON.stringify(wishes) === JSON.stringify(plainWishes(base));
    onChange({ wishes: same ? null : wishes, guide: guide.value.trim() });
  }

  /**
   * Show what a question says; fields that say it already are left alone, so that nobody loses the focus.
   * `asked`: what the answer to it searched for.
   */
  function show(query, asked) {
    if (!query.wishes && !query.guide) base = asked ?? original;
    const wishes = query.wishes ?? plainWishes(base);
    reset.hidden = !query.wishes && !query.guide;
    const text = JSON.stringify([wishes, query.guide]);
    if (text === shown) return;
    phrases.show(wishes.phrases);
    avoid.show(wishes.avoid);
    tempo.show(wishes.tempo);
    energy.show(wishes.energy);
    guide.value = query.guide;
    shown = JSON.stringify([read(), query.guide]);
  }

  return { element, show };
}

/** The query of an analysis in the form of the editor. */
function plainWishes({ phrases = [], avoid = [], tempo_bpm: tempo = null, energy = null }) {
  const round = (value) => Number(value.toFixed(2));
  const list = (items) => items.map(({ text, weight }) => ({ text, weight: round(weight) }));
  return { phrases: list(phrases), avoid: list(avoid), tempo: tempo && tempo.map(Math.round), energy: energy === null ? null : round(energy) };
}

function tempoField(onChange) {
  const ends = ["from", "to"].map((name) =>
    el("input", { class: "field number", type: "number", min: TEMPO[0], max: TEMPO[1] * 2, step: "1", "aria-label": `Tempo ${name}, bpm` }));
  const any = el("input", { type: "checkbox" });
  for (const input of [...ends, any]) input.addEventListener("change", onChange);
  const apply = () => ends.forEach((input) => (input.disabled = !any.checked));
  any.addEventListener("change", apply);
  return {
    element: el("div", { class: "wish" },
      el("label", { class: "wish-name" }, any, " Tempo"),
      el("div", { class: "range" }, ends[0], el("span", { "aria-hidden": "true" }, "–"), ends[1], el("span", { class: "unit" }, "bpm"))),
    read() {
      const values = ends.map((input) => Number(input.value));
      return any.checked && values.every((value) => value > 0) ? values.sort((a, b) => a - b) : null;
    },
    show(tempo) {
      any.checked = tempo !== null;
      if (tempo) ends.forEach((input, index) => (input.value = String(Math.round(tempo[index]))));
      apply();
    },
  };
}

function energyField(onChange) {
  const any = el("input", { type: "checkbox" });
  const slider = el("input", { class: "slider", type: "range", min: "0", max: "1", step: "0.01", "aria-label": "Energy" });
  const value = el("output", { class: "unit" });
  const apply = () => {
    slider.disabled = !any.checked;
    slider.style.setProperty("--at", slider.value);
    value.textContent = any.checked ? String(Math.round(slider.value * 100)) : "any";
  };
  slider.addEventListener("input", apply);
  any.addEventListener("change", apply);
  for (const input of [slider, any]) input.addEventListener("change", onChange);
  return {
    element: el("div", { class: "wish" },
      el("label", { class: "wish-name" }, any, " Energy"),
      el("div", { class: "range" }, slider, value)),
    read: () => (any.checked ? Number(slider.value) : null),
    show(energy) {
      any.checked = energy !== null;
      if (energy !== null) slider.value = String(energy);
      apply();
    },
  };
}
