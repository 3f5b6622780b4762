// One song of an answer.

import { el } from "./dom.js";
import { factsOf } from "./facts.js";
import { artists, clock, plain, words } from "./format.js";
import { icon } from "./icons.js";

const TAGS = 4;

/**
 * The list item of a song. `level` (0..1) is its score beside the best one's.
 * `onSimilar(song)` asks for more like it; `playing` state is shown through `markCurrent`.
 */
export function songCard(song, { rank, level, player, onSimilar }) {
  const by = [artists(song), song.album].filter(Boolean).join(" · ");
  const name = artists(song) ? `${song.title} by ${artists(song)}` : song.title;
  const play = el("button", {
    class: "play-button", type: "button", "aria-pressed": "false", "aria-label": `Play ${name}`,
    on: { click: () => player.toggle(song) },
  }, icon("play"));
  return el("li", { class: "song", "data-id": song.id, "data-name": name },
    el("div", { class: "play-cell" }, play, el("span", { class: "rank", "aria-hidden": "true" }, rank)),
    el("div", { class: "main" },
      el("h3", {}, song.title),
      by && el("p", { class: "by" }, by),
      song.reasons?.length > 0 && el("ul", { class: "why", "aria-label": "Why it fits" },
        song.reasons.map((reason) => el("li", {}, reason)))),
    fit(song, level),
    foot(song, player, onSimilar));
}

/** Show on a card whether its song is the current one, and whether it plays. */
export function markCurrent(card, current, playing) {
  card.classList.toggle("current", current);
  const play = card.querySelector(".play-cell .play-button");
  play.setAttribute("aria-pressed", String(current && playing));
  play.setAttribute("aria-label", `${current && playing ? "Pause" : "Play"} ${card.dataset.name}`);
  play.replaceChildren(icon(current && playing ? "pause" : "play"));
}

function fit(song, level) {
  const { tempo_bpm: tempo, key, energy } = song.features ?? {};
  return el("div", { class: "fit" },
    gauge("Fit", "fit-bar", level, "", `Score ${plain(song.score)}; the bar shows it beside the best match`),
    typeof energy === "number" && gauge("Energy", "meter", energy, Math.round(energy * 100), "Energy, of 100"),
    el("dl", { class: "facts" },
      song.duration && fact("Length", song.duration),
      tempo && fact("Tempo", `${Math.round(tempo)} bpm`),
      key && fact("Key", key)));
}

function gauge(name, kind, level, value, title) {
  return el("p", { class: "gauge", title },
    el("span", {}, name),
    el("span", { class: kind, vars: { "--level": level }, "aria-hidden": "true" }),
    el("span", { class: "value" }, value || el("span", { class: "visually-hidden" }, title)));
}

/** A fact whose value says by itself what it is; the name is for those who do not see the row. */
function fact(name, value) {
  return el("div", { title: name }, el("dt", { class: "visually-hidden" }, name), el("dd", {}, value));
}

function foot(song, player, onSimilar) {
  const tags = Object.keys(song.tags ?? {}).slice(0, TAGS);
  if (song.genre && !tags.includes(song.genre)) tags.unshift(song.genre);
  const more = el("div", { class: "more-facts", hidden: true });
  const toggle = el("button", { class: "button quiet", type: "button", "aria-expanded": "false" }, "Details");
  toggle.addEventListener("click", () => {
    if (!more.hasChildNodes()) more.append(allFacts(song));
    more.hidden = !more.hidden;
    toggle.setAttribute("aria-expanded", String(!more.hidden));
  });
  return el("div", { class: "foot" },
    el("ul", { class: "chips", "aria-label": "Tags" }, tags.map((tag) => el("li", { class: "chip" }, tag))),
    el("div", { class: "actions" },
      passageButton(song, player),
      el("button", { class: "button quiet", type: "button", on: { click: () => onSimilar(song) } }, "More like this"),
      toggle),
    more);
}

function passageButton(song, player) {
  const { passage } = song;
  if (!passage) return null;
  const span = `${clock(passage.start)}–${clock(passage.end)}`;
  return el("button", {
    class: "button quiet", type: "button", title: `The passage that fits: ${passage.why}`,
    on: { click: () => player.play(song, passage.start) },
  }, `Play ${span}`);
}

function allFacts(song) {
  const rows = [
    ["Score", plain(song.score)],
    ...Object.entries(song.parts ?? {}).map(([name, value]) => [`Score: ${words(name)}`, plain(value)]),
    ...factsOf(song.features),
    ["Year", plain(song.year)],
    ["Source", plain(song.source)],
  ].filter(([, value]) => value !== null);
  return el("dl", { class: "fact-grid" },
    rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    song.passage && el("div", { class: "wide" }, el("dt", {}, "Passage"), el("dd", {}, song.passage.why)),
    song.uri && el("div", { class: "wide" }, el("dt", {}, "File"), el("dd", {}, place(song))));
}

/** Only web addresses become links: a source's text must not run anything. */
function place(song) {
  const address = song.page_url ?? song.uri;
  return /^https?:\/\//.test(address)
    ? el("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, address)
    : song.uri;
}
