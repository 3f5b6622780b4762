// The ranked list: shows a first few, the rest on request; arrow keys walk through it.

import { wordsRead } from "../query/words-read.js";
import { announce, byId, el } from "../shared/dom.js";
import { counted, titlesTwice } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { recalled, remember } from "../shared/stored.js";
import { markCurrent, markKept, songCard } from "../song/card.js";

const FIRST = 10;
const WEAK = 0.35; // a fit from which on matches count as weaker
const STORED = "compact-list";

/**
 * Wire up the list. `actions()` are those of a card; `state(id)` says of a song { current, playing, position,
 * entry } (of the shortlist), and `mark()` is to be called when that changed.
 */
export function mountSongList({ actions, state }) {
  const place = byId("songs");
  const list = byId("song-list");
  const more = byId("songs-more");
  let songs = [];

  const mark = () => {
    for (const card of list.querySelectorAll(".song")) {
      const { current, playing, position, entry } = state(card.dataset.id);
      markCurrent(card, current, playing, position);
      markKept(card, entry);
    }
  };
  list.addEventListener("keydown", (event) => walk(event, list));
  const compact = el("button", { class: "step-button", type: "button", "aria-label": "Compact list", title: "Compact list", on: { click: () => setCompact(!list.classList.contains("compact")) } }, icon("rows"));
  byId("songs-density").append(compact);
  setCompact(recalled(STORED) === "on");

  function setCompact(wanted) {
    list.classList.toggle("compact", wanted);
    compact.setAttribute("aria-pressed", String(wanted));
    remember(STORED, wanted ? "on" : "off");
  }

  function clear() {
    place.removeAttribute("aria-busy");
    byId("songs-title").textContent = "";
    byId("songs-note").textContent = "";
    byId("songs-density").hidden = true;
    list.replaceChildren();
    more.replaceChildren();
    songs = [];
  }

  function show({ title, answer, seconds = null }) {
    const all = list.querySelectorAll(".song").length > FIRST; // somebody asked for the rest: keep it so
    clear();
    songs = answer.songs ?? answer.data;
    byId("songs-title").textContent = title;
    const note = byId("songs-note");
    note.textContent = [
      songs.length ? counted(songs.length, "song") : "no songs",
      wordsRead(answer.query?.words),
      ...(answer.notes ?? []).filter((text) => !/^the library has [\d,]+ songs? to answer with$/.test(text)), // the count says it
    ].filter(Boolean).join(" · ");
    note.title = [answer.space && `Searched in ${answer.space}`, seconds !== null && `found in ${seconds.toFixed(2)} s`].filter(Boolean).join(", ");
    byId("songs-density").hidden = songs.length === 0;
    const twice = titlesTwice(songs);
    const cards = songs.map((song, index) => songCard(song, { rank: index + 1, actions: actions(), isTwice: twice.has(song.title) }));
    list.append(...cards.slice(0, all ? cards.length : FIRST));
    markWeaker();
    const rest = all ? [] : cards.slice(FIRST);
    if (rest.length) more.append(restButton(rest));
    mark();
    announce(`${title}: ${counted(songs.length, "song")}`);
  }

  function restButton(rest) {
    return el("button", {
      class: "button", type: "button",
      on: {
        click: () => {
          list.append(...rest);
          markWeaker();
          more.replaceChildren();
          mark();
          rest[0].querySelector("button").focus();
        },
      },
    }, `Show ${rest.length} more`);
  }

  /** A line where the weaker matches begin. */
  function markWeaker() {
    list.querySelector(".weaker")?.remove();
    const first = songs.findLastIndex(({ fit }) => typeof fit !== "number" || fit >= WEAK) + 1;
    const card = list.querySelectorAll(".song")[first];
    card?.before(el("li", { class: "weaker" }, "Weaker matches"));
  }

  return {
    show,
    clear,
    mark,
    /** Say what the list waits for. */
    wait(text) {
      clear();
      more.append(el("p", { class: "waiting" }, text));
    },
    /** What is shown is about to be replaced by an answer to a changed question. */
    renew() {
      place.setAttribute("aria-busy", "true");
    },
    get songs() {
      return songs;
    },
    /** The song `by` places after one, as far as `fits(song)`; null if there is none. */
    neighbour(id, by, fits = () => true) {
      const able = songs.filter(fits);
      const at = able.findIndex((song) => song.id === id);
      return at < 0 ? (able[0] ?? null) : (able[at + by] ?? null);
    },
    /** Bring the card of a song into view. */
    reveal(id) {
      [...list.children].find((card) => card.dataset.id === id)?.scrollIntoView({ block: "nearest" });
    },
  };
}

/** Up and down go from song to song, wherever in a song the focus is. */
function walk(event, list) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const card = event.target instanceof Element ? event.target.closest(".song") : null;
  if (!by || !card || event.target.matches("input, select")) return;
  const cards = [...list.querySelectorAll(".song")];
  const to = cards[cards.indexOf(card) + by];
  if (!to) return;
  event.preventDefault();
  to.querySelector(".play-button").focus();
  to.scrollIntoView({ block: "nearest" });
}
