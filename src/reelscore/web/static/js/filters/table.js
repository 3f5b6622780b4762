// The tables of filters and ranking options, which the server has; the page spells no field of them.

/**
 * @typedef {object} Field
 * @property {string} name by which the API and the address know it
 * @property {"names"|"key"|"span"|"number"|"count"|"flag"|"switch"} kind
 * @property {string} [label] without one it is in no form
 * @property {string} [needs] the field without which this one means nothing
 */

/** @type {{ filters: Field[], options: Field[] }} */
export const table = { filters: [], options: [] };

/** Take the tables as the server gave them; once, before an address is read. */
export function useTable(read) {
  Object.assign(table, read);
}

/** The line of a filter; undefined if there is no such filter. */
export const filterOf = (name) => table.filters.find((field) => field.name === name);

/** Filters without those that mean nothing without another one. */
export function withoutOrphans(filters) {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => {
    const needed = filterOf(name)?.needs;
    return !needed || filters[needed] !== undefined;
  }));
}
