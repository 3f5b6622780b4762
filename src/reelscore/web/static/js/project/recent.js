// The projects that were changed last, with a picture of their film, on the start of the desk.

import { byId, el } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pictureUrl, recentProjects } from "./requests.js";
import { keptWords } from "./shortlist.js";

const MOST = 8;

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
  const about = [project.duration && clock(project.duration), keptWords(project.kept)].filter(Boolean).join(" · ");
  const still = el("span", { class: "still", "aria-hidden": "true" }, icon("film"));
  if (project.analysis_id) {
    const image = el("img", { alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("load", () => still.replaceChildren(image), { once: true });
    image.addEventListener("error", () => image.remove(), { once: true }); // the icon stays
    image.src = pictureUrl(project.id);
    still.append(image);
  }
  const words = [el("span", { class: "name" }, project.name), el("span", { class: "kept" }, project.analysis_id ? about : `${about}; drop ${project.film || "its film"} again`)];
  return el("li", {}, project.analysis_id
    ? el("a", { class: "recent-project", href: addressOf(project) }, still, words)
    : el("span", { class: "recent-project" }, still, words));
}

/** Where a project goes on: its last question, or its film as it was analysed. */
export function addressOf({ id, search, analysis_id: analysis, film }) {
  const asked = new URLSearchParams(search);
  if (asked.get("analysis") !== analysis) return `/?${new URLSearchParams({ analysis, ...(film ? { video: film } : {}), project: id })}`;
  asked.set("project", id);
  return `/?${asked}`;
}
