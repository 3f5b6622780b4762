// What can be done about where a song lies: lay it on the cuts, nudge it, set hit points, fit it to the film.

import { RATE } from "../audition/pieces.js";
import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { sentence } from "../shared/notice.js";
import { exact } from "../video/timecode.js";
import { placesOf, shareWords } from "./grid.js";

const UNITS = ["bar", "beat", "frame"];
const ENDINGS = [["real", "its own ending"], ["button", "a button"], ["fade", "a fade"]];

/** The words about where the song lies (`verdict`), and the controls. */
export function layingPanel(laying) {
  const { audition } = laying;
  const verdict = el("p", { class: "verdict", role: "status" });
  const next = button("Lay on the cuts", () => laying.next(), { title: "Key C" });
  const hit = button("Hit point", () => audition.video && laying.toggleHit(audition.video.currentTime), { title: "Set or remove a hit point at the playhead: the music should hit it. Key M" });
  const nudges = el("div", { class: "nudges", role: "group", "aria-label": "Nudge the song" },
    el("span", { class: "nudge-side" }, el("span", { class: "nudge-name", "aria-hidden": "true" }, "Earlier"), UNITS.map((unit) => nudge(laying, unit, -1))),
    el("span", { class: "nudge-side" }, el("span", { class: "nudge-name", "aria-hidden": "true" }, "Later"), [...UNITS].reverse().map((unit) => nudge(laying, unit, 1))));
  const ending = el("select", { class: "field", "aria-label": "How the fitted song ends" }, ENDINGS.map(([value, label]) => el("option", { value }, label)));
  const climax = el("input", { type: "checkbox" });
  const climaxRow = el("label", { class: "tick-row" }, climax, "climax on the hit point");
  const options = () => ({ ending: ending.value, hitAt: climax.checked && laying.hits.length ? laying.hits[0] : null });
  const fit = button("Fit to the film", () => laying.fitToFilm(options()));
  const whole = button("Whole song", () => laying.whole());
  const fitted = el("p", { class: "fit-words" });
  const fault = el("p", { class: "problem", role: "alert" });
  const again = button("Try again", () => laying.fault?.again());
  const moves = el("details", { class: "moves" });
  const fits = el("span", { class: "laying-fit" }, fit, el("label", { class: "fit-ending" }, "ends with", ending), climaxRow, whole);
  const tools = el("div", { class: "laying-tools" }, next, hit, fits, nudges);
  const element = el("section", { class: "laying", "aria-label": "The song under the cuts" },
    tools, fitted, moves, el("div", { class: "laying-fault" }, fault, again));
  for (const field of [ending, climax]) field.addEventListener("change", () => laying.fit && laying.fitToFilm(options()));

  function show() {
    const { song } = audition;
    const { plan, grid, busy } = laying;
    const fixed = laying.fit !== null;
    verdict.textContent = verdictOf(laying);
    verdict.dataset.grade = song && plan && !fixed && laying.place >= 0 ? plan.grade : "";
    tools.hidden = !audition.video;
    next.hidden = fits.hidden = !song;
    nudges.hidden = !song || fixed;
    const places = plan && plan.grade !== "none" ? placesOf(plan) : [];
    next.disabled = places.length === 0 || (places.length === 1 && laying.place === 0);
    next.textContent = laying.place < 0 || places.length < 2 ? "Lay on the cuts" : `Next good place (${laying.place + 1} of ${places.length})`;
    for (const one of nudges.querySelectorAll("button")) {
      const count = one.dataset.unit === "frame" ? 2 : (one.dataset.unit === "bar" ? grid?.bars : grid?.times)?.length ?? 0;
      one.disabled = count < 2;
    }
    fit.disabled = busy === "fit";
    fit.textContent = busy === "fit" ? "Fitting…" : fixed ? "Fit again" : "Fit to the film";
    climaxRow.hidden = laying.hits.length === 0;
    whole.hidden = !fixed;
    fitted.hidden = !fixed;
    fitted.textContent = fixed ? fitWords(laying.fit.fit) : "";
    fault.textContent = laying.fault?.message ?? "";
    fault.parentElement.hidden = !laying.fault;
    showMoves(fixed ? [] : (plan?.moves ?? []));
  }

  let movesShown = null;
  function showMoves(list) {
    moves.hidden = list.length === 0 || laying.place !== 0;
    if (movesShown === list) return;
    movesShown = list;
    moves.replaceChildren(
      el("summary", {}, `${counted(list.length, "small move")} would hit too`),
      el("ul", {}, list.map(({ words }) => el("li", {}, sentence(words)))));
  }

  laying.addEventListener("change", show);
  show();
  return {
    verdict,
    element,
    destroy() {
      laying.removeEventListener("change", show);
    },
  };
}

/** The plan's own sentence where the song lies as it says; elsewhere what is hit there, beside it. */
function verdictOf(laying) {
  const { audition, plan, busy } = laying;
  if (!audition.song) return laying.hits.length ? `${counted(laying.hits.length, "hit point")}.` : "";
  if (!plan) return busy === "plan" ? "Counting cuts on beats…" : "";
  if (plan.grade === "none") return sentence(plan.verdict);
  if (laying.place === 0) return sentence(plan.verdict);
  const here = `${laying.fit ? "Fitted" : "Here"}: ${shareWords(laying.cuts, audition.pieces)}`;
  const place = plan.offset < 0 ? `from ${exact(-plan.offset / RATE)} of the film on` : exact(plan.offset / RATE);
  return `${here}. Best place, ${place}: ${plan.verdict}.`;
}

/** A fit in a few words: its length, its joins, its ending, and what can be heard. */
function fitWords(fit) {
  const endings = { real: "its own ending", button: "a button", fade: "a fade", loop: "a loop" };
  const joins = fit.seams.length ? `${counted(fit.seams.length, "join")} and ` : "";
  const head = `${exact(fit.length / RATE)} with ${joins}${endings[fit.ending] ?? fit.ending}`;
  return [head, ...fit.degraded, ...fit.notes].map(sentence).join(" ");
}

function nudge(laying, unit, by) {
  const label = `Song ${by < 0 ? "earlier" : "later"} by a ${unit}`;
  return el("button", {
    class: "button quiet", type: "button", "aria-label": label, title: label, "data-unit": unit, on: { click: () => laying.nudge(unit, by) },
  }, by < 0 ? `‹ ${unit}` : `${unit} ›`);
}

function button(label, onClick, { title = null } = {}) {
  return el("button", { class: "button", type: "button", title, on: { click: onClick } }, label);
}
