// The library as a list: searched, sorted, scrolled over however many songs there are.

import { formatFilters, parseFilters } from "../filters/form.js";
import { mountFilters } from "../filters/panel.js";
import { announce, el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { addKeys } from "../shared/keys.js";
import { errorNotice } from "../shared/notice.js";
import { virtualList } from "../shared/virtual-list.js";
import { songPages } from "./pages.js";
import { fillRow, makeRow } from "./row.js";
import { libraryHead, libraryTools } from "./tools.js";

const ROW_PX = 44;
const SETTLED_MS = 300;

/** The view of the library. */
export function mount(place, { player, library, navigate }) {
  let wanted = { search: "", sort: "title", filters: {} };
  let pages = null;
  let active = 0; // the row that the keyboard is at
  let total = null;
  let start = 0; // the row that the address asks for
  let settled = 0;

  const note = el("p", { role: "status" });
  const notices = el("div", { class: "notices" });
  const filterPlace = el("details", { class: "card filters" });
  const filters = mountFilters({ place: filterPlace, ranked: false, onChange: (read) => go({ ...wanted, filters: read.filters }) });
  const tools = libraryTools({ onChange: (changes) => go({ ...wanted, ...changes }) });
  const head = libraryHead((sort) => go({ ...wanted, sort }));
  const frame = el("div", { class: "list-frame", role: "rowgroup" });
  const grid = el("div", { class: "list", role: "grid", "aria-label": "Songs of the library", "data-own-keys": true }, head.row, frame);
  place.append(
    el("header", { class: "view-head" }, el("h1", {}, "Library"), note,
      el("div", { class: "button-row" }, el("a", { class: "button", href: "/map" }, "Map"), el("a", { class: "button", href: "/jobs?add=music" }, "Add music"))),
    tools.form, filterPlace, notices, grid);

  const list = virtualList(frame, {
    rowHeight: ROW_PX,
    makeRow: () => makeRow(play),
    fillRow: (row, index) => {
      const song = pages?.at(index) ?? null;
      const current = song !== null && player.isCurrent(song.id);
      fillRow(row, index, song, { active, current, playing: current && player.playing });
    },
    onRange: (first, last) => {
      pages?.need(first, last);
      clearTimeout(settled);
      settled = setTimeout(keepPlace, SETTLED_MS);
    },
  });

  function addressOf(next, at = 0) {
    const parameters = new URLSearchParams();
    if (next.search) parameters.set("q", next.search);
    if (next.sort !== "title") parameters.set("sort", next.sort);
    formatFilters(next.filters, (name, value) => parameters.append(name, String(value)));
    if (at) parameters.set("at", String(at));
    const text = parameters.toString();
    return `/library${text && `?${text}`}`;
  }

  const go = (next) => navigate(addressOf(next), { replace: true });

  /** The address keeps where the list is, so that back comes back to it. */
  function keepPlace() {
    if (!place.hidden && total) navigate(addressOf(wanted, list.first), { replace: true, silent: true });
  }

  function show(address) {
    const parameters = address.searchParams;
    wanted = { search: parameters.get("q") ?? "", sort: parameters.get("sort") ?? "title", filters: parseFilters(parameters) };
    start = Math.max(0, Number.parseInt(parameters.get("at"), 10) || 0);
    document.title = "Library – reelscore";
    tools.show(wanted);
    head.show(wanted.sort);
    filters.show({ filters: wanted.filters, options: {} });
    load();
  }

  function load() {
    pages?.close();
    total = null;
    active = start;
    grid.setAttribute("aria-busy", "true"); // what was found before stays in sight until then
    pages = songPages(wanted, {
      onTotal: showTotal,
      onPage: (first, last) => {
        grid.removeAttribute("aria-busy");
        if (last < first) return; // nothing matches, which `showTotal` has said
        notices.replaceChildren();
        list.refresh(first, last);
      },
      onError: (error) => notices.replaceChildren(errorNotice(error, [["Try again", load]])),
    });
    pages.need(start, start + list.page);
  }

  function showTotal(count) {
    total = count;
    if (!wanted.search && !Object.keys(wanted.filters).length && count !== library.songs) library.refresh().catch(() => {}); // the bar says how many too
    note.textContent = wanted.search || Object.keys(wanted.filters).length ? `${counted(count, "song")} found` : counted(count, "song");
    grid.setAttribute("aria-rowcount", String(count + 1));
    grid.hidden = count === 0;
    list.setTotal(count);
    list.reveal(Math.min(start, Math.max(0, count - 1)), { atTop: true });
    if (count > 0) return;
    if (library.isEmpty) library.showEmpty(notices, load);
    else if (library.songs === null) library.refresh().then(() => library.isEmpty && library.showEmpty(notices, load), () => {});
    else notices.replaceChildren(el("p", { class: "waiting" }, "No song matches. Try fewer words or fewer filters."));
  }

  function play(index) {
    const song = pages.at(index);
    if (!song) return;
    player.setQueue(pages.around(index));
    player.toggle(song);
  }

  function moveTo(index) {
    active = Math.min(Math.max(0, index), total - 1);
    list.reveal(active);
    list.refresh();
    list.rowOf(active)?.focus({ preventScroll: true });
    const song = pages.at(active);
    if (!song) announce(`Row ${active + 1} of ${total}`);
  }

  grid.addEventListener("keydown", (event) => {
    const row = event.target instanceof Element ? event.target.closest(".list-row") : null;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Number(row.dataset.index);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + list.page, PageUp: at - list.page, Home: 0, End: total - 1 }[event.key];
    if (to !== undefined) moveTo(to);
    else if (event.key === " ") play(at);
    else if (event.key === "Enter" && event.target === row) row.querySelector("a")?.click();
    else return;
    event.preventDefault();
  });
  grid.addEventListener("focusin", (event) => {
    const row = event.target.closest(".list-row");
    if (row && Number(row.dataset.index) !== active) {
      active = Number(row.dataset.index);
      list.refresh();
    }
  });
  player.addEventListener("change", () => !place.hidden && list.refresh());
  addKeys("Library", [
    { key: "/", label: "Search the library", when: () => !place.hidden, run: () => tools.focus() },
    ...[["↑ ↓", "Song before and after"], ["Enter", "Open the song"], ["Space", "Play or pause the song"]].map(([key, label]) => ({ key, label, when: () => false, run() {} })),
  ]);

  return {
    show,
    hide() {
      clearTimeout(settled);
      pages?.close();
    },
  };
}
