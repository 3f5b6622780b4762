// Filters and ranking options in an address: "genres=jazz&tempo_bpm=100-130&vocals=no".

import { filterOf, table } from "./table.js";

// Names that differ in an address: `energy` there is the soft target beside a video.
const IN_ADDRESS = { energy: "energy_range" };

const yes = (given, key) => (given.has(key) ? given.get(key) === "yes" : undefined);
const number = (given, key) => (given.get(key) ? Number(given.get(key)) : undefined);

/** How each kind of field is read from an address; undefined: it is not there. */
const READERS = {
  names(given, key) {
    const names = given.getAll(key).filter((name) => name.trim());
    return names.length ? names : undefined;
  },
  key: (given, key) => given.get(key)?.trim() || undefined,
  span(given, key) {
    const text = given.get(key)?.trim();
    return text && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text || undefined;
  },
  number,
  count: number,
  flag: yes,
  switch: yes,
};

function parse(fields, given) {
  return Object.fromEntries(fields
    .map(({ name, kind }) => [name, READERS[kind](given, IN_ADDRESS[name] ?? name)])
    .filter(([, value]) => value !== undefined));
}

/** The filters of an address, as the API takes them; what cannot be read is left to the API to refuse. */
export const parseFilters = (given) => parse(table.filters, given);

/** The ranking options of an address. */
export const parseOptions = (given) => parse(table.options, given);

/** Put filters into an address. */
export function formatFilters(filters, put) {
  for (const [name, value] of Object.entries(filters)) {
    const key = IN_ADDRESS[name] ?? name;
    if (Array.isArray(value) && filterOf(name)?.kind === "names") value.forEach((item) => put(key, item));
    else if (Array.isArray(value)) put(key, value.map((end) => end ?? "").join(".."));
    else if (typeof value === "boolean") put(key, value ? "yes" : "no");
    else put(key, value);
  }
}

/** Put ranking options into an address. */
export function formatOptions(options, put) {
  for (const [name, value] of Object.entries(options)) put(name, typeof value === "boolean" ? (value ? "yes" : "no") : value);
}

/** Whether anything is filtered or ranked otherwise than usual, and by how many fields. */
export function countChoices(query) {
  const filters = Object.keys(query.filters).filter((name) => !filterOf(name)?.needs);
  return filters.length + Object.keys(query.options).length;
}
