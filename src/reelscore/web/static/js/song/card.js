// One song of an answer.

import { el } from "../shared/dom.js";
import { artists, clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { artwork } from "./artwork.js";
import { songDetails } from "./details.js";
import { markPlayed, waveform } from "./waveform.js";

const TAGS = 5;
const SAME_SECONDS = 0.5; // of silence at the end of a film that nobody takes for one

/**
 * The list item of a song. `level` (0..1) is its score beside the best one's. `actions` are what can be
 * done with it: `play(song)`, `playFrom(song, seconds)`, `like(song)`, `unlike(song)`, and
 * `underPicture()`, whether songs are played under a picture now; with a shortlist `keep(song)` and `reject(song)`;
 * with a film `filmSeconds()` and `fit(song)`, which brings a song to its length.
 */
export function songCard(song, { rank, level, actions }) {
  const by = [artists(song), song.album].filter(Boolean).join(" · ");
  const name = artists(song) ? `${song.title} by ${artists(song)}` : song.title;
  const play = el("button", {
    class: "play-button", type: "button", "aria-pressed": "false", "aria-label": `Play ${name}`,
    on: { click: () => actions.play(song) },
  }, icon("play"));
  return el("li", { class: "song", "data-id": song.id, "data-name": name },
    el("div", { class: "play-cell" }, artwork(song), play, el("span", { class: "rank", "aria-hidden": "true" }, rank)),
    el("div", { class: "main" },
      el("h3", {}, el("a", { href: `/songs/${encodeURIComponent(song.id)}` }, song.title)),
      by && el("p", { class: "by" }, by)),
    el("div", { class: "sound" },
      waveform(song, { passage: song.passage, onPick: (seconds) => actions.playFrom(song, seconds) }),
      facts(song, actions)),
    fit(song, level),
    el("div", { class: "foot" },
      reasons(song),
      tags(song),
      terms(song, actions),
      buttons(song, actions)));
}

/** Show on a card whether its song is the current one, whether it plays, and how far. */
export function markCurrent(card, current, playing, position = null) {
  card.classList.toggle("current", current);
  const play = card.querySelector(".play-cell .play-button");
  const pressed = String(current && playing);
  if (play.getAttribute("aria-pressed") !== pressed || !play.hasChildNodes()) {
    play.setAttribute("aria-pressed", pressed);
    play.setAttribute("aria-label", `${current && playing ? "Pause" : "Play"} ${card.dataset.name}`);
    play.replaceChildren(icon(current && playing ? "pause" : "play"));
  }
  markPlayed(card.querySelector(".waveform"), current ? position : null);
}

function facts(song, actions) {
  const { tempo_bpm: tempo, key, energy } = song.features ?? {};
  const { passage } = song;
  const span = passage && `${clock(passage.start)}–${clock(passage.end)}`;
  return el("div", { class: "facts" }, el("dl", {},
    tempo && fact("Tempo", `${Math.round(tempo)} bpm`),
    key && fact("Key", key),
    typeof energy === "number" && fact("Energy", `energy ${Math.round(energy * 100)}`),
    song.duration && fact("Length", song.duration)),
    isShort(song, actions) && el("button", {
      class: "passage", type: "button", title: `Shorter than the film: fit its ${song.duration} to ${clock(actions.filmSeconds())}`,
      on: { click: () => actions.fit(song) },
    }, `Fit to ${clock(actions.filmSeconds())}`),
    passage && el("button", {
      class: "passage", type: "button", title: `The passage that fits: ${passage.why}`, "aria-label": `Play the passage that fits, ${span}`,
      on: { click: () => actions.playFrom(song, passage.start) },
    }, span));
}

/** Whether a song ends before the film that it is tried under. */
function isShort(song, { fit, filmSeconds }) {
  return Boolean(fit && song.duration_seconds && song.audition?.allowed !== false && song.duration_seconds < filmSeconds() - SAME_SECONDS);
}

/** A fact whose value says by itself what it is; the name is for those who do not see the row. */
function fact(name, value) {
  return el("div", { title: name }, el("dt", { class: "visually-hidden" }, name), el("dd", {}, value));
}

function fit(song, level) {
  const text = `Fit ${Math.round(level * 100)} of 100, beside the best match`;
  return el("div", { class: "fit", title: text },
    el("span", { class: "visually-hidden" }, text),
    el("span", { class: "fit-bar", vars: { "--level": level }, "aria-hidden": "true" }));
}

function reasons(song) {
  return song.reasons?.length > 0 && el("ul", { class: "why", "aria-label": "Why it fits" },
    song.reasons.map((reason) => el("li", {}, reason)));
}

function tags(song) {
  const names = Object.keys(song.tags ?? {}).slice(0, TAGS);
  if (song.genre && !names.includes(song.genre)) names.unshift(song.genre);
  return names.length > 0 && el("ul", { class: "chips", "aria-label": "Tags" }, names.map((tag) => el("li", { class: "chip" }, tag)));
}

/** Show on a card what the shortlist has of its song: undefined where it is not on it. */
export function markKept(card, entry) {
  const kept = Boolean(entry) && !entry.rejected;
  const rejected = entry?.rejected === true;
  card.classList.toggle("rejected", rejected);
  for (const [name, pressed] of [["keep", kept], ["reject", rejected]]) {
    card.querySelector(`.${name}`)?.setAttribute("aria-pressed", String(pressed));
  }
}

/** What the terms of a source do not allow is said, with the way to the store. */
function terms(song, actions) {
  if (song.audition?.allowed !== false) return null;
  const store = /^https?:\/\//.test(song.page_url ?? "") &&
    el("a", { href: song.page_url, rel: "noreferrer noopener", target: "_blank" }, song.source === "itunes" ? "Open in the store" : "Open its page");
  const reason = actions.underPicture() && el("span", {}, `Not under the picture: ${song.audition.reason}`);
  return (store || reason) && el("p", { class: "terms" }, store, store && reason && " ", reason);
}

function buttons(song, actions) {
  const more = el("div", { class: "more-facts", hidden: true });
  const toggle = el("button", { class: "button quiet", type: "button", "aria-expanded": "false" }, "Details");
  toggle.addEventListener("click", () => {
    if (!more.hasChildNodes()) more.append(songDetails(song));
    more.hidden = !more.hidden;
    toggle.setAttribute("aria-expanded", String(!more.hidden));
  });
  const quiet = (label, onClick) =>
    el("button", { class: "button quiet", type: "button", on: { click: onClick } }, label);
  const pressed = (name, label, onClick) => {
    const button = quiet(label, onClick);
    button.classList.add(name);
    return button;
  };
  return [
    el("div", { class: "actions" },
      actions.keep && pressed("keep", "Keep", () => actions.keep(song)),
      actions.reject && pressed("reject", "Not this one", () => actions.reject(song)),
      quiet("More like this", () => actions.like(song)),
      quiet("Less like this", () => actions.unlike(song)),
      toggle),
    more,
  ];
}
