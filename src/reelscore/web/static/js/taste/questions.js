// Asks for the judgements that would teach most of somebody's taste: two songs at a time, heard one after the other.

import { request } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { artists } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { errorNotice } from "../shared/notice.js";

const PAIRS = 10;
const ANSWERS = [["A", [0], [1]], ["B", [1], [0]], ["Both", [0, 1], []], ["Neither", [], [0, 1]]];

/**
 * A panel that asks once it is opened. `among()` are ids of the songs to ask about (none: the library's), `play(song)`
 * lets one sound, `projectOf()` names the project that is worked on, and `onTold()` follows each answer.
 */
export function questionsPanel({ among = () => [], play, projectOf = () => null, onTold = () => {} }) {
  const body = el("div", { class: "questions", role: "group", "aria-live": "polite" });
  const panel = el("details", {}, el("summary", {}, "Ten questions"), body);
  let pairs = [];
  let at = 0;

  panel.addEventListener("toggle", () => panel.open && ask());

  async function ask() {
    body.replaceChildren();
    try {
      const { data } = await request("/api/taste/questions", { method: "POST", json: { among: among(), limit: 2 * PAIRS } });
      pairs = Array.from({ length: Math.floor(data.length / 2) }, (_, pair) => data.slice(2 * pair, 2 * pair + 2));
      at = 0;
      show();
    } catch (error) {
      fail(error, ask);
    }
  }

  function show() {
    if (at === pairs.length) {
      body.replaceChildren(el("p", {}, at ? "That was all." : "Every song here was judged."));
      return;
    }
    const pair = pairs[at];
    body.replaceChildren(
      el("p", {}, `${at + 1} of ${pairs.length}: what suits?`),
      ...pair.map((song, place) => hearing(song, "AB"[place])),
      el("div", { class: "button-row" },
        ANSWERS.map(([label, suit, not]) => button(label, () => tell(pick(pair, suit), pick(pair, not)))),
        button("Skip", next)));
  }

  function hearing(song, letter) {
    const called = [song.title, artists(song)].filter(Boolean).join(" – ");
    return el("div", { class: "button-row" },
      el("button", { class: "step-button", type: "button", "aria-label": `Hear ${letter}: ${called}`, on: { click: () => play(song) } }, icon("play")),
      el("span", {}, `${letter}: ${called}`));
  }

  async function tell(suit, doNot) {
    try {
      await request("/api/taste/answers", { method: "POST", json: { suit, do_not: doNot, project_id: projectOf() } });
    } catch (error) {
      fail(error, () => tell(suit, doNot));
      return;
    }
    onTold();
    next();
  }

  function next() {
    at += 1;
    show();
    (body.querySelector("button") ?? panel.firstElementChild).focus();
  }

  function fail(error, retry) {
    if (!error.code) throw error;
    body.replaceChildren(errorNotice(error, [["Try again", retry]]));
  }

  return panel;
}

const pick = (pair, places) => places.map((place) => pair[place].id);

function button(label, onClick) {
  return el("button", { class: "button", type: "button", on: { click: onClick } }, label);
}
