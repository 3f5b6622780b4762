// The films of a project: the one that is looked at, the others a click away, and those on their way.

import { confirmed } from "../shared/confirm.js";
import { el } from "../shared/dom.js";
import { percent } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { sentence } from "../shared/notice.js";

/**
 * The list of films; nothing is shown of a project with one. `onFilm(film)` looks at another one, `onLeft()` follows
 * when the one that is looked at was taken out.
 * Answers with { element, more }: the list, and what stands with the project's other commands.
 */
export function filmList(project, batch, { onFilm, onLeft }) {
  const list = el("ul", { class: "films", "aria-label": "Films of the project" });
  const input = el("input", { class: "visually-hidden", type: "file", accept: "video/*,.mkv,.mov,.mxf", multiple: true, "aria-label": "Add films" });
  input.addEventListener("change", () => {
    batch.add(project.data.id, [...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  const out = el("button", { class: "button quiet", type: "button", on: { click: takeOut } }, "Take this film out");

  async function takeOut() {
    const { film } = project;
    const agreed = await confirmed(`Take ${film.name || "this film"} out?`, "Its hit points and the places of songs under it go, and its analysis. The shortlist and the film stay.", "Take out");
    if (!agreed) return;
    await project.dropFilm(film.id);
    onLeft();
  }

  let shown = "";
  function show() {
    const films = project.data?.films ?? [];
    const coming = project.data ? batch.of(project.data.id) : [];
    out.hidden = films.length < 2 || !project.film;
    list.hidden = films.length + coming.length < 2;
    const wanted = JSON.stringify([project.film?.id, films.map(({ id, name, analysis_id: known }) => [id, name, known]), coming.map(({ file, share, fault }) => [file.name, share, fault])]);
    if (list.hidden || wanted === shown) return;
    shown = wanted;
    const at = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...films.map(known), ...coming.map(onItsWay));
    if (at >= 0) list.querySelectorAll("button")[at]?.focus();
  }

  function known(film) {
    const isShown = film === project.film;
    return el("li", {}, el("button", {
      class: "chip", type: "button", title: film.analysis_id ? film.name : `${film.name} was not analysed here: add it again`,
      "aria-current": isShown ? "true" : null, disabled: !film.analysis_id, on: { click: () => !isShown && onFilm(film) },
    }, film.name || "a film"));
  }

  function onItsWay(entry) {
    const { file, share, fault } = entry;
    return el("li", { class: fault ? "failed" : "coming" },
      el("span", { class: "name", title: file.name }, file.name),
      fault ? el("span", { class: "problem", role: "alert" }, sentence(fault)) : el("span", { class: "share" }, share === null ? "waits" : percent(share)),
      fault && el("button", { class: "button quiet", type: "button", "aria-label": `Send ${file.name} again`, on: { click: () => batch.retry(entry) } }, "Try again"),
      el("button", { class: "step-button", type: "button", "aria-label": `Leave ${file.name} out`, on: { click: () => batch.remove(entry) } }, icon("close")));
  }

  project.addEventListener("change", show);
  batch.addEventListener("change", show);
  show();
  return { element: list, more: [el("label", { class: "button quiet file-button" }, input, "Add films"), out] };
}
