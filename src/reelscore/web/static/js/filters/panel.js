// Filters and ranking options of every question, as a form. The address holds them; this only shows and changes it.

import { readChoices } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { chipField, choiceField, namesField, numberField, selectField, spanField, tickField } from "./fields.js";
import { countChoices } from "./form.js";
import { table, withoutOrphans } from "./table.js";

const WIDE = matchMedia("(min-width: 64rem)");
const MOST_COUNTED = 16; // chips of names that come with their number of songs, the most common first

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
    fields = { filters: makeFields(table.filters, known), options: ranked ? makeFields(table.options, known) : {} };
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

/** How each kind of field is shown. */
const MAKERS = {
  names({ label, ticked, placeholder }, names) {
    if (!ticked) return namesField(label, { placeholder, suggestions: names });
    return chipField(label, names[0]?.songs === undefined ? names : names.slice(0, MOST_COUNTED));
  },
  key: ({ label }, names) => selectField(label, names),
  span: ({ label, ...line }) => spanField(label, line),
  number: ({ label, lowest, highest, step, placeholder }) => numberField(label, { min: lowest, max: highest, step, placeholder }),
  count: (line) => MAKERS.number(line),
  flag: ({ label, words }) => choiceField(label, [[undefined, "Any"], [true, words[0]], [false, words[1]]]),
  switch: ({ label }) => tickField(label),
};

/** Name -> field, of the lines that have a label. */
function makeFields(lines, known) {
  const shown = lines.filter((line) => line.label);
  return Object.fromEntries(shown.map((line) => [line.name, MAKERS[line.kind](line, known[line.offered] ?? [])]));
}

/** The fields in their order; those that another one needs stand beside it. */
function layout({ filters, options }, clear) {
  const beside = (name) => table.filters.filter((line) => line.needs === name && filters[line.name]);
  const own = table.filters.filter((line) => filters[line.name] && !line.needs);
  return [
    ...own.map(({ name }) => {
      const others = beside(name).map((line) => filters[line.name].element);
      return others.length ? el("div", { class: "filter-group" }, filters[name].element, others) : filters[name].element;
    }),
    ...Object.values(options).map((field) => field.element),
    clear,
  ];
}

/** What the fields say, without what makes no sense by itself. */
function readFields({ filters, options }) {
  const read = (fields) => Object.fromEntries(Object.entries(fields)
    .map(([name, field]) => [name, field.read()]).filter(([, value]) => value !== undefined));
  return { filters: withoutOrphans(read(filters)), options: read(options) };
}
