// Filters and ranking options of every question, as a form. The address holds them; this only shows and changes it.

import { readChoices } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { chipField, choiceField, namesField, numberField, selectField, spanField, tickField } from "./fields.js";
import { countChoices } from "./form.js";

const WIDE = matchMedia("(min-width: 64rem)");

/**
 * Wire up the filters in `place`; `onChange({ filters, options })` is called with every change that was
 * finished. Where nothing is ranked there are no options.
 */
export function mountFilters({ onChange, place = byId("filters"), ranked = true }) {
  const badge = el("span", { class: "count", hidden: true });
  const form = el("form", { class: "filter-form", "aria-label": "Filters" });
  const clear = el("button", { class: "button quiet", type: "button", hidden: true, on: { click: () => onChange({ filters: {}, options: {} }) } }, "Clear all");
  place.append(el("summary", {}, "Filters", badge), form);
  let fields = null;
  let query = { filters: {}, options: {} };
  let shown = "";
  let offered = false;

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const read = readFields(fields);
    const text = JSON.stringify(read);
    if (text === shown) return;
    shown = text;
    onChange(read);
  });
  // Names are asked for when somebody opens the filters, or an address brings some.
  place.addEventListener("toggle", () => place.open && build());

  async function build() {
    if (fields) return;
    let known;
    try {
      known = await readChoices();
    } catch {
      form.replaceChildren(el("p", { class: "field-hint" }, "The names for filters cannot be read now; close and open the filters to try again."));
      return;
    }
    if (fields) return;
    fields = makeFields(known);
    if (!ranked) fields.options = {};
    form.replaceChildren(...layout(fields, clear));
    fill();
  }

  function fill() {
    if (!fields) return;
    for (const [name, field] of Object.entries(fields.filters)) field.show(query.filters[name]);
    for (const [name, field] of Object.entries(fields.options)) field.show(query.options[name]);
    shown = JSON.stringify(readFields(fields));
  }

  return {
    /** Show the filters of a question; fields that somebody is in are left as they are. */
    show(next) {
      query = next;
      const number = countChoices(query);
      badge.hidden = clear.hidden = number === 0;
      badge.textContent = String(number);
      badge.setAttribute("aria-label", `${number} set`);
      if (fields && JSON.stringify(readFields(fields)) !== JSON.stringify({ filters: query.filters, options: query.options })) fill();
    },
    /** Open them where there is room for them beside the songs; once, since somebody may close them. */
    offer() {
      if (!offered && WIDE.matches) place.open = true;
      offered = true;
    },
  };
}

function makeFields(known) {
  return {
    filters: {
      genres: chipField("Genre", known.genres.slice(0, 16)),
      moods: chipField("Mood", known.moods),
      vocals: choiceField("Voice", [[undefined, "Any"], [true, "Sung"], [false, "Instrumental"]]),
      tempo_bpm: spanField("Tempo", { placeholder: "120 or 100-130", unit: "bpm" }),
      tempo_tolerance: numberField("± percent", { min: 0, max: 50, placeholder: "8" }),
      half_double: tickField("Half and double too"),
      key: selectField("Key", known.keys),
      compatible_keys: tickField("Keys that mix well too"),
      energy: spanField("Energy", { placeholder: "20-60", unit: "of 100", scale: 100 }),
      year: spanField("Year", { placeholder: "1990-1999" }),
      duration: spanField("Length", { placeholder: "2:30-4:00" }),
      tags: namesField("Heard in it", { placeholder: "piano, strings", suggestions: known.tags }),
      not_tags: namesField("Not heard in it", { placeholder: "drums", suggestions: known.tags }),
      artists: namesField("Artists", { placeholder: "any" }),
      not_artists: namesField("Not these artists", { placeholder: "none" }),
      sources: chipField("Source", known.sources),
    },
    options: {
      artist_cap: numberField("Songs of one artist at most", { min: 1, max: 100, placeholder: "any" }),
      adventurous: numberField("Adventurous, 0 to 1", { min: 0, max: 1, step: 0.1, placeholder: "0" }),
    },
  };
}

function layout({ filters, options }, clear) {
  const { genres, moods, vocals, tempo_bpm: tempo, tempo_tolerance: tolerance, half_double: half, key, compatible_keys: mixing, sources, ...rest } = filters;
  return [
    genres.element, moods.element, vocals.element,
    el("div", { class: "filter-group" }, tempo.element, tolerance.element, half.element),
    el("div", { class: "filter-group" }, key.element, mixing.element),
    ...Object.values(rest).map((field) => field.element),
    sources.element,
    ...Object.values(options).map((field) => field.element),
    clear,
  ];
}

/** What the fields say, without what makes no sense by itself. */
function readFields({ filters, options }) {
  const read = (fields) => Object.fromEntries(Object.entries(fields)
    .map(([name, field]) => [name, field.read()]).filter(([, value]) => value !== undefined));
  const found = read(filters);
  if (found.tempo_bpm === undefined) {
    delete found.tempo_tolerance;
    delete found.half_double;
  }
  if (found.key === undefined) delete found.compatible_keys;
  return { filters: found, options: read(options) };
}
