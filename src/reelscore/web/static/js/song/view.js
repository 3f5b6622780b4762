// One song: how it sounds, what was measured and heard in it, and what is like it.

import { part, song as readSong } from "../shared/api.js";
import { confirmed } from "../shared/confirm.js";
import { announce, el } from "../shared/dom.js";
import { factsOf, voiceName } from "../shared/facts.js";
import { artists, plain, words } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { removeSong } from "../shared/library-api.js";
import { errorNotice, isTransient } from "../shared/notice.js";
import { artwork } from "./artwork.js";
import { correctionsForm } from "./corrections.js";
import { similarSongs } from "./similar.js";
import { songSound } from "./sound.js";

/** The view of a song's page. */
export function mount(place, { player, library, navigate }) {
  let current = new AbortController();
  let sound = null;
  let playing = null; // the button, and its song

  async function show(address, { id }) {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    place.replaceChildren(el("h1", { class: "visually-hidden" }, "Song"), el("p", { class: "waiting" }, "Reading the song…"));
    try {
      const song = await readSong(id, signal);
      draw(song, signal);
      document.title = `${song.title} – reelscore`;
      announce(song.title);
    } catch (error) {
      if (error.name === "AbortError") return;
      document.title = "reelscore";
      const actions = isTransient(error) ? [["Try again", () => show(address, { id })]] : [["To the library", () => navigate("/library")]];
      place.replaceChildren(el("h1", { class: "visually-hidden" }, "Song"), errorNotice(error, actions));
    }
  }

  function draw(song, signal) {
    sound = songSound(song, player);
    playing = { song, button: el("button", { class: "button primary", type: "button", on: { click: () => toggle(song) } }) };
    place.replaceChildren(
      heading(song, playing.button),
      sound.element,
      el("div", { class: "song-columns" },
        el("section", { class: "card padded", "aria-label": "Measured" }, el("h2", {}, "Measured"), facts(factsOf(song.features)), stated(song), correctionsForm(song, () => corrected(song))),
        el("section", { class: "card padded", "aria-label": "Heard" }, el("h2", {}, "Heard"), voice(song), tags(song.tags ?? {})),
        similarSongs(song, { player, signal })),
      el("section", { class: "card padded" }, el("h2", {}, "Where it is"), origin(song), removal(song)));
    mark();
  }

  async function corrected(song) {
    await library.refresh();
    await show(null, { id: song.id });
  }

  function toggle(song) {
    player.setQueue([song]);
    player.toggle(song);
  }

  function mark() {
    if (!playing) return;
    const on = player.isCurrent(playing.song.id) && player.playing;
    playing.button.replaceChildren(icon(on ? "pause" : "play"), on ? "Pause" : "Play");
  }

  function removal(song) {
    const notices = el("div");
    const button = el("button", { class: "button", type: "button" }, "Remove from the library…");
    button.addEventListener("click", async () => {
      const text = "It is no longer found. Its file stays where it is, and comes back when its folder is added again.";
      if (!(await confirmed(`Remove “${song.title}”?`, text, "Remove"))) return;
      try {
        await removeSong(song.id);
        await library.refresh();
        navigate("/library");
      } catch (error) {
        notices.replaceChildren(errorNotice(error));
      }
    });
    return el("div", { class: "removal" }, button, notices);
  }

  player.addEventListener("change", () => !place.hidden && mark());
  player.addEventListener("time", () => !place.hidden && sound?.follow());
  return {
    show,
    hide() {
      current.abort();
    },
  };
}

function heading(song, play) {
  const by = [artists(song), song.album, song.year].filter(Boolean).join(" · ");
  return el("header", { class: "song-head" },
    artwork(song),
    el("div", {},
      el("p", { class: "hint" }, el("a", { href: "/library" }, "Library")),
      el("h1", {}, song.title),
      by && el("p", { class: "by" }, by)),
    el("div", { class: "button-row" },
      play,
      el("a", { class: "button", href: `/?song=${encodeURIComponent(song.id)}` }, "Find music like this")));
}

function facts(rows) {
  return el("dl", { class: "fact-grid" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** What the source says of the song by itself. */
function stated(song) {
  const rows = [["Genre", song.genre], ...Object.entries(song.labels ?? {}).map(([name, value]) => [words(name), plain(value)])].filter(([, value]) => value);
  return rows.length > 0 && el("div", {}, el("h3", {}, "Stated by its source"), facts(rows));
}

function voice(song) {
  const name = voiceName(song.voice);
  return name && el("p", {}, name);
}

function tags(probabilities) {
  const rows = Object.entries(probabilities);
  if (!rows.length) return el("p", { class: "hint" }, "Nobody has listened for tags in it yet.");
  return el("ul", { class: "tag-list" },
    rows.slice(0, 24).map(([tag, probability]) =>
      el("li", {},
        el("a", { href: `/library?tags=${encodeURIComponent(tag)}` }, tag),
        el("span", { class: "meter", vars: { "--level": probability }, "aria-hidden": "true" }),
        el("span", { class: "value" }, `${Math.round(probability * 100)} %`))));
}

/** Only web addresses become links: a source's text must not run anything. */
function origin(song) {
  const page = /^https?:\/\//.test(song.page_url ?? "") ? song.page_url : null;
  return el("dl", { class: "fact-grid" },
    el("div", {}, el("dt", {}, "Source"), el("dd", {}, song.source)),
    el("div", {}, el("dt", {}, "Added"), el("dd", {}, (song.added_at ?? "").slice(0, 10))),
    page && el("div", { class: "wide" }, el("dt", {}, "Page"), el("dd", {}, el("a", { href: page, rel: "noreferrer noopener", target: "_blank" }, page))),
    song.uri && song.uri !== page && el("div", { class: "wide" }, el("dt", {}, "File"), el("dd", {}, file(song))),
    song.audition?.reason && el("div", { class: "wide" }, el("dt", {}, "Under a picture"), el("dd", {}, song.audition.reason)));
}

/** The path, to be copied, and the file itself. */
function file(song) {
  if (/^[a-z]+:\/\//i.test(song.uri)) return song.uri;
  const path = el("span", {}, song.uri);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(song.uri);
      announce("The path is copied.");
    } catch { // browsers let pages that came without TLS write nothing there
      getSelection().selectAllChildren(path);
      announce("The path is selected; copy it by the keyboard.");
    }
  };
  const name = song.uri.split(/[\\/]/).at(-1).replace(/\.[^.]*$/, ""); // its ending is that of the sound that is sent
  return [path, el("div", { class: "button-row" },
    el("button", { class: "button", type: "button", on: { click: copy } }, "Copy the path"),
    el("a", { class: "button", href: `/api/songs/${part(song.id)}/audio`, download: name }, "Save the song"))];
}
