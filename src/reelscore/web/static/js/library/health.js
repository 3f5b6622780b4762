// How the parts are: database, indexes, models, keys, quotas; and what to do where one is not well.

import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { libraryHealth, readLastHour } from "../shared/library-api.js";
import { errorNotice, notice, sentence } from "../shared/notice.js";
import { lastHour } from "./last-hour.js";

const TITLES = {
  ok: ["info", "All is well", "Every part of the library answers."],
  degraded: ["warn", "It works, with less than it could", ""],
  failing: ["danger", "Something cannot be used", ""],
};

/** The view of the state. */
export function mount(place) {
  let current = new AbortController();
  const body = el("div", { class: "health" });
  const again = el("button", { class: "button", type: "button", on: { click: load } }, "Refresh");
  place.append(el("header", { class: "view-head" }, el("h1", {}, "Health"), again), body);

  async function load() {
    current.abort();
    current = new AbortController();
    if (!body.hasChildNodes()) body.append(el("p", { class: "waiting" }, "Looking at every part…"));
    try {
      const [state, minutes] = await Promise.all([libraryHealth(current.signal), readLastHour(current.signal)]);
      body.replaceChildren(...draw(state), lastHour(minutes), backup());
    } catch (error) {
      if (error.name !== "AbortError") body.replaceChildren(errorNotice(error, [["Try again", load]]));
    }
  }

  return {
    show() {
      document.title = "Health – reelscore";
      load();
    },
    hide() {
      current.abort();
    },
  };
}

/** A form, so that the browser writes the archive as it comes. */
function backup() {
  return el("section", { class: "card padded" }, el("h2", {}, "Backup"),
    el("p", { class: "hint" }, "One archive with songs, measurements, projects, jobs and users; music files are not in it. `reelscore restore` puts it back."),
    el("form", { method: "post", action: "/api/library/backup" }, el("button", { class: "button", type: "submit" }, "Download a backup")));
}

function draw(state) {
  const [kind, title, text] = TITLES[state.status];
  const head = notice(kind, title, text);
  if (state.problems.length) head.append(el("ul", { class: "problems" }, state.problems.map((problem) => el("li", {}, sentence(problem)))));
  return [
    head,
    el("div", { class: "health-grid" },
      card("Library", [
        ["Songs", state.songs.toLocaleString("en")],
        ...Object.entries(state.sources).map(([source, count]) => [`from ${source}`, count.toLocaleString("en")]),
        ["Folder", state.home],
        ["Version", state.version],
      ]),
      card("Database", [
        ["Kind", state.database.kind],
        ["Tables", `revision ${state.database.revision}`],
        ["Size", state.database.size_mb === null ? null : `${state.database.size_mb.toLocaleString("en")} MB`],
        ["Free on its disk", state.database.free_mb === null ? null : `${state.database.free_mb.toLocaleString("en")} MB`],
      ]),
      card("Video analysis", [["Analyser", state.analyzer.name], ["Note", state.analyzer.degraded && sentence(state.analyzer.degraded)]]),
      card("Jobs", [["Done by", state.jobs.queue], ["Workers of each lane", state.jobs.workers], ...Object.entries(state.jobs.states)])),
    el("div", { class: "health-grid tables" },
      table("Search index", state.index.kind, ["Space", "Songs", "In the index", "State"],
        state.index.spaces.map((row) => [row.space, row.vectors.toLocaleString("en"), row.points?.toLocaleString("en") ?? "–", light(row.status)])),
      table("Models", `Words are searched in ${state.words.space}.`, ["Model", "State", "What it does"],
        state.models.map((row) => [row.name, row.state, row.purpose])),
      table("Keys", "Values are never shown.", ["Name", "State", "What it is for"],
        state.keys.map((row) => [row.name, row.set ? "set" : "not set", row.purpose])),
      table("Quotas of today", "", ["Service", "Used", "Left", "Begins anew"],
        state.quotas.map((row) => [row.service, counted(row.used, row.unit.replace(/s$/, "")), row.left === null ? "no limit" : row.left.toLocaleString("en"), row.resets]))),
  ];
}

function card(title, rows) {
  return el("section", { class: "card padded" }, el("h2", {}, title),
    el("dl", { class: "fact-grid" },
      rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function table(title, about, head, rows) {
  return el("section", { class: "card padded" }, el("h2", {}, title), about && el("p", { class: "hint" }, about),
    el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": title },
      el("table", {},
        el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, at) => (at ? el("td", {}, cell) : el("th", { scope: "row" }, cell)))))))));
}

/** The state of an index in words; the colour only repeats them. */
function light(status) {
  const text = { green: "ready", yellow: "catching up", red: "cannot be used" }[status] ?? status;
  return el("span", { class: "light", "data-status": status }, text);
}
