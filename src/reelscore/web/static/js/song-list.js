// The ranked list: shows a first few, the rest on request; arrow keys walk through it.

import { announce, byId, el } from "./dom.js";
import { counted } from "./format.js";
import { markCurrent, songCard } from "./song-card.js";

const FIRST = 10;

/** Wire up the list for a player; `onSimilar(song)` asks for more like one. */
export function mountSongList(player, onSimilar) {
  const list = byId("song-list");
  const more = byId("songs-more");

  const mark = () => {
    for (const card of list.children) markCurrent(card, player.isCurrent(card.dataset.id), player.playing);
  };
  player.addEventListener("change", mark);
  list.addEventListener("keydown", (event) => walk(event, list));

  function clear() {
    byId("songs-title").textContent = "";
    byId("songs-note").textContent = "";
    list.replaceChildren();
    more.replaceChildren();
  }

  function show({ title, songs, space, notes = [] }) {
    clear();
    byId("songs-title").textContent = title;
    byId("songs-note").textContent = [`${counted(songs.length, "song")}, best first`, `searched in ${space}`, ...notes].join(" · ");
    const cards = songs.map((song, index) => songCard(song, { rank: index + 1, level: level(songs, index), player, onSimilar }));
    list.append(...cards.slice(0, FIRST));
    const rest = cards.slice(FIRST);
    if (rest.length) {
      more.append(el("button", {
        class: "button", type: "button",
        on: {
          click: () => {
            list.append(...rest);
            more.replaceChildren();
            mark();
            rest[0].querySelector("button").focus();
          },
        },
      }, `Show ${rest.length} more`));
    }
    player.setQueue(songs);
    mark();
    announce(`${title}: ${counted(songs.length, "song")}`);
  }

  /** Say what the list waits for. */
  function wait(text) {
    clear();
    more.append(el("p", { class: "waiting" }, text));
  }

  return { show, clear, wait };
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
  if (!by || !card) return;
  const cards = [...list.children];
  const to = cards[cards.indexOf(card) + by];
  if (!to) return;
  event.preventDefault();
  to.querySelector(".play-button").focus();
  to.scrollIntoView({ block: "nearest" });
}
