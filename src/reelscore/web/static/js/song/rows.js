// A short list of songs, each with a button to hear it and a link to its page.

import { el } from "../shared/dom.js";
import { artists } from "../shared/format.js";
import { icon } from "../shared/icons.js";

/** The list; `show(songs)` fills it, `about(song)` says what stands at the end of a row. */
export function songRows(player, { label, about = () => "" }) {
  const list = el("ol", { class: "song-rows", "aria-label": label });
  let shown = [];

  function mark() {
    for (const [place, item] of [...list.children].entries()) {
      const song = shown[place];
      const playing = player.isCurrent(song.id) && player.playing;
      const button = item.querySelector("button");
      button.replaceChildren(icon(playing ? "pause" : "play"));
      button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${song.title}`);
      item.classList.toggle("current", player.isCurrent(song.id));
    }
  }

  function row(song) {
    const play = el("button", { class: "row-play", type: "button" });
    play.addEventListener("click", () => {
      player.setQueue(shown);
      player.toggle(song);
    });
    const words = about(song);
    return el("li", {},
      play,
      el("span", { class: "names" },
        el("a", { href: `/songs/${encodeURIComponent(song.id)}` }, song.title),
        el("span", { class: "hint" }, artists(song))),
      words && el("span", { class: "hint about" }, words));
  }

  player.addEventListener("change", mark);
  return {
    element: list,
    show(songs) {
      if (songs.length === shown.length && songs.every((song, place) => song.id === shown[place].id)) return;
      shown = songs;
      list.replaceChildren(...songs.map(row));
      mark();
    },
  };
}
