// The form that brings music into the library, from any source that can be used here.

import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { ingest, listSources } from "../shared/library-api.js";
import { errorNotice, notice, sentence } from "../shared/notice.js";

const MOST = 200; // lines of a text box that the server takes

/** What each source is called, what it is asked for, and how its options are read from the form. */
const SOURCES = {
  demo: {
    label: "Demo",
    about: "28 royalty-free tracks that came with reelscore, analysed in about a minute.",
    fields: () => [],
    options: () => ({}),
  },
  folder: {
    label: "Folder",
    about: "Audio files in a folder of the computer that the server runs on.",
    fields: (source) => [
      lines("paths", "Folders or files, one a line", source.folders.join("\n")),
      el("p", { class: "hint" }, `This server may read ${source.folders.join(", ")}.`),
      check("prune", "Remove songs whose files are gone"),
      check("yes", "… even if all of them are gone at once, as with an unplugged drive"),
    ],
    options: (form) => {
      const { prune, yes } = form.elements;
      return { paths: read(form, "paths"), ...(prune.checked ? { prune: true, yes: yes.checked } : {}) };
    },
  },
  itunes: {
    label: "iTunes",
    about: "Previews of songs, fetched to be analysed and not kept; they play from the store.",
    fields: () => [lines("artists", "Artists, one a line", ""), number("limit", "Songs of each artist", 25, 200)],
    options: (form) => ({ artists: read(form, "artists"), limit: Number(form.elements.limit.value) }),
  },
  subsonic: musicServer("OpenSubsonic server"),
  jellyfin: musicServer("Jellyfin"),
  plex: musicServer("Plex"),
  youtube: {
    label: "YouTube",
    about: "The music chart of a country, or videos by their addresses.",
    fields: () => [lines("urls", "Addresses of videos, one a line; empty: the chart", ""), number("max_videos", "Videos at most", 25, 200)],
    options: (form) => {
      const urls = read(form, "urls");
      return { max_videos: Number(form.elements.max_videos.value), ...(urls.length ? { urls } : {}) };
    },
  },
};

function musicServer(label) {
  const about = "The songs of the server that this one is set up with; known ones are not fetched again.";
  return { label, about, fields: () => [], options: () => ({}) };
}

/** The card with the form; `onStarted(taskId)` is called once a job has begun. */
export function addMusic({ onStarted }) {
  const body = el("div", { class: "add-body" }, el("p", { class: "hint" }, "Asking the server what it can add…"));
  const element = el("details", { class: "card padded add-music" }, el("summary", {}, "Add music"), body);
  let loaded = false;

  async function load() {
    try {
      body.replaceChildren(...form(await listSources(), onStarted));
      loaded = true;
    } catch (error) {
      body.replaceChildren(errorNotice(error, [["Try again", load]]));
    }
  }

  element.addEventListener("toggle", () => element.open && !loaded && load());
  return {
    element,
    show(open) {
      if (open) element.open = true;
    },
  };
}

function form(sources, onStarted) {
  const fields = el("div", { class: "add-fields" });
  const result = el("div", { "aria-live": "polite" });
  const send = el("button", { class: "button primary", type: "submit" }, "Add");
  const known = sources.filter((source) => SOURCES[source.name]);
  const choices = known.map((source, at) => {
    const input = el("input", { type: "radio", name: "source", value: source.name, checked: at === 0 });
    input.addEventListener("change", () => choose(source));
    return el("label", { class: "check" }, input, SOURCES[source.name].label, !source.available && el("span", { class: "hint" }, "(not set up)"));
  });
  const element = el("form", { class: "add-form" },
    el("fieldset", {}, el("legend", { class: "field-label" }, "Source"), el("div", { class: "checks" }, choices)),
    fields, el("div", { class: "button-row" }, send), result);
  let chosen = null;

  function choose(source) {
    chosen = source;
    const kind = SOURCES[source.name];
    send.disabled = !source.available;
    fields.replaceChildren(
      el("p", {}, kind.about),
      ...(source.available ? kind.fields(source) : []),
      ...(source.reason ? [el("p", { class: "hint reason" }, sentence(source.reason))] : []));
  }

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const id = await ingest(chosen.name, SOURCES[chosen.name].options(element));
      result.replaceChildren(notice("info", "It has begun", "See below how it goes. Songs can be found as soon as they are in."));
      onStarted(id);
    } catch (error) {
      result.replaceChildren(errorNotice(error));
    } finally {
      send.disabled = false;
    }
  });
  const preferred = known.find((source) => source.available && source.name === "folder") ?? known.find((source) => source.available) ?? known[0];
  if (preferred) {
    element.elements.source.value = preferred.name;
    choose(preferred);
  }
  return [element];
}

function lines(name, label, value) {
  const box = el("textarea", { class: "field", id: `add-${name}`, name, rows: "3", spellcheck: "false" });
  box.value = value;
  return el("div", {}, el("label", { class: "field-label", for: `add-${name}` }, `${label} (at most ${counted(MOST, "line")})`), box);
}

function number(name, label, value, most) {
  return el("div", {}, el("label", { class: "field-label", for: `add-${name}` }, label),
    el("input", { class: "field", id: `add-${name}`, name, type: "number", min: "1", max: String(most), value: String(value) }));
}

function check(name, label) {
  return el("label", { class: "check" }, el("input", { type: "checkbox", name }), label);
}

const read = (form, name) => form.elements[name].value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, MOST);
