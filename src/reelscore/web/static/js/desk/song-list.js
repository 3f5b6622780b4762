// The ranked list: shows a first few, the rest on request; arrow keys walk through it.

import { announce, byId, el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { markCurrent, markKept, songCard } from "../song/card.js";

const FIRST = 10;

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
    for (const card of list.children) {
      const { current, playing, position, entry } = state(card.dataset.id);
      markCurrent(card, current, playing, position);
      markKept(card, entry);
    }
  };
  list.addEventListener("keydown", (event) => walk(event, list));

  function clear() {
    place.removeAttribute("aria-busy");
    byId("songs-title").textContent = "";
    byId("songs-note").textContent = "";
    list.replaceChildren();
    more.replaceChildren();
    songs = [];
  }

  function show({ title, answer, seconds = null }) {
    const all = list.querySelector(".song:nth-child(11)") !== null; // somebody asked for the rest: keep it so
    clear();
    songs = answer.songs ?? answer.data;
    byId("songs-title").textContent = title;
    byId("songs-note").textContent = [
      songs.length ? `${counted(songs.length, "song")}, best first` : "no songs",
      answer.space && `searched in ${answer.space}`,
      seconds !== null && `found in ${seconds.toFixed(2)} s`,
      wordsRead(answer.query?.words),
      ...(answer.notes ?? []),
    ].filter(Boolean).join(" · ");
    const cards = songs.map((song, index) => songCard(song, { rank: index + 1, level: level(songs, index), actions: actions() }));
    list.append(...cards.slice(0, all ? cards.length : FIRST));
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
          more.replaceChildren();
          mark();
          rest[0].querySelector("button").focus();
        },
      },
    }, `Show ${rest.length} more`);
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
    /** The song `by` places after one, as far as `fits(song)`; null where there is none. */
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

/** Score beside the best; where scores are not above zero, the rank stands in. */
function level(songs, index) {
  const best = songs[0].score;
  if (best > 0) return Math.max(0.02, songs[index].score / best);
  return 1 - index / songs.length;
}

/** Up and down go from song to song, wherever in a song the focus is. */
function walk(event, list) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const card = event.target instanceof Element ? event.target.closest(".song") : null;
  if (!by || !card || event.target.matches("input, select")) return;
  const cards = [...list.children];
  const to = cards[cards.indexOf(card) + by];
  if (!to) return;
  event.preventDefault();
  to.querySelector(".play-button").focus();
  to.scrollIntoView({ block: "nearest" });
}

/** What was made of the words of a question, if some of them were guessed, left out or names of people. */
function wordsRead({ understood = [], guessed = [], unknown = [], described = [] } = {}) {
  if (!guessed.length && !unknown.length && !described.length) return "";
  return [["understood", understood], ["guessed", guessed], ["not understood", unknown], ["read as a description", described]]
    .filter(([, words]) => words.length).map(([label, words]) => `${label}: ${words.join(", ")}`).join("; ");
}
