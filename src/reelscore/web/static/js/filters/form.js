// Filters and ranking options in an address: "genres=jazz&tempo_bpm=100-130&vocals=no".

const NAMES = ["genres", "moods", "tags", "not_tags", "sources", "artists", "not_artists"];
const TEXTS = ["key"];
const SPANS = ["tempo_bpm", "energy_range", "loudness_lufs", "year", "duration"];
const NUMBERS = ["tempo_tolerance"];
const FLAGS = ["half_double", "compatible_keys", "vocals"];
const OPTION_FLAGS = ["group_versions", "leave_out_versions", "names"];
const OPTION_NUMBERS = ["artist_cap", "album_cap", "adventurous"];

// Names of the API where the address needs another: `energy` is the wish beside a video.
const TO_API = { energy_range: "energy" };
const FROM_API = { energy: "energy_range" };

/** The filters of an address, as the API takes them; what cannot be read is left to the API to refuse. */
export function parseFilters(given) {
  const filters = {};
  for (const name of NAMES) {
    const values = given.getAll(name).filter((value) => value.trim());
    if (values.length) filters[name] = values;
  }
  for (const name of [...TEXTS, ...SPANS]) {
    const value = given.get(name)?.trim();
    if (value) filters[TO_API[name] ?? name] = /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  for (const name of NUMBERS) if (given.get(name)) filters[name] = Number(given.get(name));
  for (const name of FLAGS) {
    if (given.has(name)) filters[name] = given.get(name) === "yes";
  }
  if (typeof filters.key === "number") filters.key = String(filters.key);
  return filters;
}

/** Put filters into an address. */
export function formatFilters(filters, put) {
  for (const [name, value] of Object.entries(filters)) {
    const key = FROM_API[name] ?? name;
    if (Array.isArray(value) && NAMES.includes(name)) value.forEach((item) => put(key, item));
    else if (Array.isArray(value)) put(key, value.map((end) => end ?? "").join(".."));
    else if (typeof value === "boolean") put(key, value ? "yes" : "no");
    else put(key, value);
  }
}

/** The ranking options of an address. */
export function parseOptions(given) {
  const options = {};
  for (const name of OPTION_FLAGS) if (given.has(name)) options[name] = given.get(name) === "yes";
  for (const name of OPTION_NUMBERS) if (given.get(name)) options[name] = Number(given.get(name));
  return options;
}

/** Put ranking options into an address. */
export function formatOptions(options, put) {
  for (const [name, value] of Object.entries(options)) put(name, typeof value === "boolean" ? (value ? "yes" : "no") : value);
}

/** Whether anything is filtered or ranked otherwise than usual, and by how many fields. */
export function countChoices(query) {
  const filters = Object.keys(query.filters).filter((name) => !["tempo_tolerance", "half_double", "compatible_keys"].includes(name));
  return filters.length + Object.keys(query.options).length;
}
