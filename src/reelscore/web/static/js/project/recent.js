// The projects that were changed last, with a picture of their first film, on the start of the desk.

import { byId, el } from "../shared/dom.js";
import { clock, counted } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pictureUrl, recentProjects } from "./requests.js";

const MOST = 8;
const keptWords = (count) => (count ? `${counted(count, "song")} kept` : "no songs kept yet");

/** Show them; nothing if there are none, or if the server does not answer (the view says so). */
export async function showRecent(signal) {
  const place = byId("recent");
  let projects = [];
  try {
    projects = await recentProjects(MOST, signal);
  } catch {
    // said by the view
  }
  if (signal.aborted) return;
  place.hidden = projects.length === 0;
  place.replaceChildren(el("h2", {}, "Recent projects"), el("ul", { class: "recent-projects" }, projects.map(card)));
}

function card(project) {
  const { films } = project;
  const length = films.length > 1 ? counted(films.length, "film") : films[0]?.duration && clock(films[0].duration);
  const about = [length, keptWords(project.kept)].filter(Boolean).join(" · ");
  const still = el("span", { class: "still", "aria-hidden": "true" }, icon("film"));
  if (films.some((film) => film.analysis_id)) {
    const image = el("img", { alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("load", () => still.replaceChildren(image), { once: true });
    image.addEventListener("error", () => image.remove(), { once: true }); // the icon stays
    image.src = pictureUrl(project.id);
    still.append(image);
  }
  return el("li", {}, el("a", { class: "recent-project", href: addressOf(project) }, still,
    el("span", { class: "name" }, project.name), el("span", { class: "kept" }, about)));
}

/** Where a project goes on: its last question, its first film as it was analysed, or itself where there is none. */
export function addressOf({ id, search, films }) {
  const known = films.filter((film) => film.analysis_id);
  if (!known.length) return `/?${new URLSearchParams({ project: id })}`;
  const asked = new URLSearchParams(search);
  if (!known.some((film) => film.analysis_id === asked.get("analysis"))) {
    const [{ analysis_id: analysis, name }] = known;
    return `/?${new URLSearchParams({ analysis, ...(name ? { video: name } : {}), project: id })}`;
  }
  asked.set("project", id);
  return `/?${asked}`;
}
