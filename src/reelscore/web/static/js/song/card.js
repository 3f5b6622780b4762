// One song of an answer: as a card, or, where its list is compact, as a row.

import { el } from "../shared/dom.js";
import { artists, clock, fileName, tempoText } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { artwork } from "./artwork.js";
import { songDetails } from "./details.js";
import { mainReason } from "./reasons.js";
import { markPlayed, waveform } from "./waveform.js";

const TAGS = 3;
const SAME_SECONDS = 0.5; // of silence at the end of a film that nobody takes for one

/**
 * The list item of a song. `actions` are what can be done with it: `play(song)`, `playFrom(song, seconds)`,
 * `like(song)`, `unlike(song)`, and `underPicture()`, whether songs are played under a picture now; with a shortlist
 * `keep(song)` and `reject(song)`; `isTwice`: another song of the list has the same title; with a film `filmSeconds()` and `fit(song)`, which brings a song to its length.
 */
export function songCard(song, { rank, actions, isTwice = false }) {
  const by = [artists(song), song.album, isTwice && fileName(song)].filter(Boolean).join(" · ");
  const name = artists(song) ? `${song.title} by ${artists(song)}` : song.title;
  const play = el("button", {
    class: "play-button", type: "button", "aria-pressed": "false", "aria-label": `Play ${name}`,
    on: { click: () => actions.play(song) },
  }, icon("play"));
  const [buttons, more] = controls(song, actions);
  return el("li", { class: "song", "data-id": song.id, "data-name": name },
    el("div", { class: "play-cell" }, artwork(song), play),
    el("div", { class: "main" },
      el("h3", { title: song.title }, el("a", { href: `/songs/${encodeURIComponent(song.id)}` }, song.title)),
      by && el("p", { class: "by", title: by }, by)),
    el("div", { class: "sound" }, waveform(song, { passage: song.passage, onPick: (seconds) => actions.playFrom(song, seconds) })),
    facts(song, actions),
    fit(song, rank),
    el("div", { class: "foot" }, reason(song), tags(song), terms(song, actions)),
    buttons,
    more);
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
  const { key } = song.features ?? {};
  const tempo = tempoText(song.features ?? {});
  const { passage } = song;
  const span = passage && `${clock(passage.start)}–${clock(passage.end)}`;
  return el("div", { class: "facts" }, el("dl", {},
    tempo && fact("Tempo", `${tempo} bpm`),
    key && fact("Key", key),
    song.duration_seconds && fact("Length", clock(song.duration_seconds))),
    isShort(song, actions) && el("button", {
      class: "passage short", type: "button", title: `Shorter than the film: play it fitted to ${clock(actions.filmSeconds())}`,
      on: { click: () => actions.fit(song) },
    }, `Fit to ${clock(actions.filmSeconds())}`),
    passage && !isShort(song, actions) && el("button", {
      class: "passage", type: "button", title: `The passage that fits: ${passage.why}`, "aria-label": `Play the passage that fits, ${span}`,
      on: { click: () => actions.playFrom(song, passage.start) },
    }, span));
}

/** Whether a song ends before the film that it is tried under. */
function isShort(song, { fit: fitted, filmSeconds }) {
  return Boolean(fitted && song.duration_seconds && song.audition?.allowed !== false && song.duration_seconds < filmSeconds() - SAME_SECONDS);
}

/** A fact whose value says by itself what it is; the name is for those who do not see the row. */
function fact(name, value) {
  return el("div", { title: name }, el("dt", { class: "visually-hidden" }, name), el("dd", {}, value));
}

/** How well it fits, on a scale that is the same in every answer; its rank where there is none. */
function fit({ fit: share }, rank) {
  const text = typeof share === "number" ? `Fit ${Math.round(share * 100)} of 100` : `Rank ${rank}`;
  return el("div", { class: "fit", title: text },
    el("span", { class: "visually-hidden" }, text),
    typeof share === "number" && el("span", { class: "fit-bar", vars: { "--level": share }, "aria-hidden": "true" }));
}

function reason(song) {
  const main = mainReason(song.reason_details ?? []);
  return main && el("p", { class: "why", title: (song.reasons ?? []).join("\n") }, main);
}

function tags(song) {
  const names = [...new Set([song.genre, ...Object.keys(song.tags ?? {})].filter(Boolean))].slice(0, TAGS);
  return names.length > 0 && el("ul", { class: "chips", "aria-label": "Tags" }, names.map((tag) => el("li", { class: "chip" }, tag)));
}

/** Show on a card what the shortlist has of its song: undefined if it is not on it. */
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
  const why = actions.underPicture() && el("span", {}, `Not under the picture: ${song.audition.reason}`);
  return (store || why) && el("p", { class: "terms" }, store, store && why && " ", why);
}

/** The buttons of a card, and what its details unfold into. */
function controls(song, actions) {
  const more = el("div", { class: "more-facts", hidden: true });
  const toggle = quiet("Details", "dots", () => {
    if (!more.hasChildNodes()) more.append(songDetails(song));
    more.hidden = !more.hidden;
    toggle.setAttribute("aria-expanded", String(!more.hidden));
  });
  toggle.setAttribute("aria-expanded", "false");
  const pressed = (name, button) => {
    button.classList.add(name);
    return button;
  };
  const buttons = el("div", { class: "actions" },
    actions.keep && pressed("keep", quiet("Keep", "bookmark", () => actions.keep(song))),
    actions.reject && pressed("reject", quiet("Not this one", "close", () => actions.reject(song))),
    quiet("More like this", "plus", () => actions.like(song)),
    quiet("Less like this", "minus", () => actions.unlike(song)),
    toggle);
  return [buttons, more];
}

function quiet(label, name, onClick) {
  return el("button", { class: "step-button", type: "button", "aria-label": label, title: label, on: { click: onClick } }, icon(name));
}
