// What stands over the library's list: the search box, the order for narrow screens, and the head of the columns.

import { el } from "../shared/dom.js";
import { COLUMNS } from "./row.js";

const TYPED_MS = 200;

/** The form; `onChange({ search } or { sort })` is called as one types or chooses. */
export function libraryTools({ onChange }) {
  let timer = 0;
  const input = el("input", { class: "field", type: "search", id: "library-search", name: "q", maxlength: "200", autocomplete: "off", placeholder: "Title, artist, album or genre" });
  const order = el("select", { class: "field", id: "library-sort" },
    COLUMNS.flatMap(({ sort, label, ends: [low, high] }) => [
      el("option", { value: sort }, `${label}, ${low}`),
      el("option", { value: `-${sort}` }, `${label}, ${high}`),
    ]),
    el("option", { value: "-year" }, "Year, newest first"),
    el("option", { value: "year" }, "Year, oldest first"));
  const form = el("form", { class: "library-tools", role: "search" },
    el("div", { class: "tool wide" }, el("label", { class: "field-label", for: "library-search" }, "Search"), input),
    el("div", { class: "tool" }, el("label", { class: "field-label", for: "library-sort" }, "Order"), order));
  const send = () => {
    clearTimeout(timer);
    onChange({ search: input.value.trim() });
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, TYPED_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  order.addEventListener("change", () => onChange({ sort: order.value }));
  return {
    form,
    focus: () => input.focus(),
    show({ search, sort }) {
      if (document.activeElement !== input) input.value = search;
      order.value = sort;
    },
  };
}

/** The head of the columns; `onSort(sort)` is called with the order that a press asks for. */
export function libraryHead(onSort) {
  let now = "title";
  const cells = COLUMNS.map(({ sort, label }) => {
    const button = el("button", { class: "sort", type: "button", on: { click: () => onSort(now === sort ? `-${sort}` : sort) } }, label);
    return el("span", { class: `cell ${sort}`, role: "columnheader", "data-sort": sort }, button);
  });
  const row = el("div", { class: "list-head", role: "row", "aria-rowindex": "1" },
    el("span", { class: "cell play", role: "columnheader" }, el("span", { class: "visually-hidden" }, "Play")), cells);
  return {
    row: el("div", { role: "rowgroup" }, row),
    show(sort) {
      now = sort;
      for (const cell of cells) {
        const own = cell.dataset.sort === sort.replace(/^-/, "");
        if (own) cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      }
    },
  };
}
