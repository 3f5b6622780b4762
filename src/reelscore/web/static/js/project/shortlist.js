// The shortlist of the films on the desk, and what else their project keeps: its name, films, notes, copies.

import { confirmed } from "../shared/confirm.js";
import { byId, el } from "../shared/dom.js";
import { artists } from "../shared/format.js";
import { GUEST } from "../shared/guest.js";
import { icon } from "../shared/icons.js";
import { makeProject, removeProject } from "./requests.js";
import { sharing } from "./sharing.js";

const MOST_STARS = 5;
const MOMENT = 0.0005; // seconds; nearer than that is the same place

/**
 * Wire up the shortlist of a project.
 * `films` is its list of films ({ element, more }, see films.js); `play(entry)` tries a song at its place
 * ({ song_id, offset, fitted }) under the film, `place()` says where the song that sounds lies
 * ({ id, offset, fitted } or null), `onCopy(project)` and `onRemove()` follow a copy and a deletion.
 */
export function mountShortlist(project, { films, play, place, onCopy, onRemove }) {
  const panel = byId("shortlist");
  const title = el("h2");
  const rows = el("ol", { class: "kept-songs" });
  const hint = el("p", { class: "field-hint" }, "Nothing kept yet: key S.");
  const fault = el("p", { class: "problem", role: "alert" });
  const name = el("input", { class: "field", maxlength: 200, "aria-label": "Name of the project" });
  const notes = el("textarea", { class: "field", rows: 3, maxlength: 20000, "aria-label": "Notes", placeholder: "Notes" });
  const more = el("details", { class: "project-more" },
    el("summary", {}, "Project"),
    el("div", { class: "project-fields" }, name, notes,
      el("div", { class: "button-row" },
        films.more, quiet("Copy", copy), quiet("Save as a file", save), quiet("Delete", remove)),
      sharing(project)));
  panel.append(el("header", { class: "shortlist-head" }, title, more), films.element, rows, hint, fault);

  name.addEventListener("change", () => (name.value.trim() ? project.change({ name: name.value }) : show()));
  notes.addEventListener("change", () => project.change({ notes: notes.value }));

  async function copy() {
    const made = await makeProject({ ...project.data, name: `${project.data.name} (copy)`.slice(0, 200) });
    onCopy(made);
  }

  function save() {
    const file = new Blob([JSON.stringify(project.data, null, 2)], { type: "application/json" });
    const url = URL.createObjectURL(file);
    el("a", { href: url, download: `${project.data.name}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  async function remove() {
    const { id, name: called } = project.data;
    const agreed = await confirmed(`Delete ${called}?`, "Its shortlist, notes and hit points go, and the analyses of its films. Songs and the films stay.", "Delete");
    if (!agreed) return;
    await removeProject(id);
    onRemove();
  }

  let shown = "";
  function show() {
    const { data } = project;
    panel.hidden = !data;
    fault.textContent = project.fault;
    if (!data) {
      shown = "";
      return;
    }
    title.textContent = data.kept ? `Shortlist of ${data.name}` : data.name;
    hint.hidden = data.songs.length > 0;
    for (const [field, value] of [[name, data.name], [notes, data.notes]]) {
      if (document.activeElement !== field) field.value = value;
    }
    const wanted = JSON.stringify([project.film?.id, data.songs]);
    if (wanted !== shown && !rows.contains(document.activeElement?.closest("input"))) {
      shown = wanted;
      const at = rows.contains(document.activeElement) ? [...rows.querySelectorAll("button, select")].indexOf(document.activeElement) : -1;
      rows.replaceChildren(...data.songs.filter((song) => !song.rejected).map(row));
      if (at >= 0) ([...rows.querySelectorAll("button, select")][at] ?? title).focus?.();
    }
    mark();
  }

  function row(song) {
    const called = artists(song) ? `${song.title} – ${artists(song)}` : song.title;
    const stars = el("select", { class: "stars", "aria-label": `Stars of ${song.title}`, disabled: GUEST === "look" },
      Array.from({ length: MOST_STARS + 1 }, (_, count) => el("option", { value: count, selected: count === song.stars }, count ? "★".repeat(count) : "☆")));
    stars.addEventListener("change", () => project.keep(song.song_id, { stars: Number(stars.value) }));
    const note = el("input", { class: "field", maxlength: 2000, value: song.note, placeholder: "Note", readonly: GUEST === "look", "aria-label": `Note on ${song.title}` });
    note.addEventListener("change", () => project.keep(song.song_id, { note: note.value }));
    const here = quiet("Keep this place", () => {
      const { offset, fitted } = place();
      project.keep(song.song_id, {}, { offset, fitted });
    });
    here.classList.add("keep-place");
    return el("li", { "data-id": song.song_id },
      el("button", { class: "step-button", type: "button", "aria-label": `Try ${called} where it was kept`, disabled: !song.in_library, on: { click: () => play({ song_id: song.song_id, ...project.placeOf(song) }) } }, icon("play")),
      el("span", { class: "name", title: called }, called),
      el("span", { class: "place" }, el("span", {}, song.in_library ? placeWords(project.placeOf(song)) : "not in the library any more"), here),
      stars, note,
      !GUEST && el("button", { class: "step-button", type: "button", "aria-label": `Take ${song.title} off the shortlist`, on: { click: () => project.drop(song.song_id) } }, icon("close")));
  }

  /** Offer to keep the place of the song that sounds where it lies elsewhere now. */
  function mark() {
    const now = place();
    for (const item of rows.children) {
      const song = project.songOf(item.dataset.id);
      const kept = song && project.placeOf(song);
      const moved = now?.id === item.dataset.id && kept && (kept.fitted !== now.fitted || Math.abs((kept.offset ?? Infinity) - now.offset) > MOMENT);
      item.querySelector(".keep-place").hidden = !moved || GUEST === "look";
      item.classList.toggle("current", now?.id === item.dataset.id);
    }
  }

  project.addEventListener("change", show);
  show();
  return { mark };
}

/** Where a song lies under the film, in words. */
function placeWords({ offset, fitted }) {
  if (fitted) return "fitted to the film";
  if (offset === null) return "";
  if (Math.abs(offset) < 0.05) return "from its beginning";
  return offset < 0 ? `begins ${(-offset).toFixed(1)} s into the film` : `from ${offset.toFixed(1)} s`;
}

function quiet(label, onClick) {
  return el("button", { class: "button quiet", type: "button", on: { click: onClick } }, label);
}
