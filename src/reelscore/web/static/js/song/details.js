// What a card keeps back until somebody asks: how the score comes about, every measurement, the file.

import { el } from "../shared/dom.js";
import { factsOf, voiceName } from "../shared/facts.js";
import { clock, plain, words } from "../shared/format.js";

/** The details of a song of an answer. */
export function songDetails(song) {
  const rows = [
    ...factsOf(song.features),
    ["Voice", voiceName(song.voice)],
    ["Tags", Object.entries(song.tags ?? {}).slice(0, 8).map(([tag, share]) => `${tag} ${Math.round(share * 100)}`).join(", ") || null],
    ["Year", plain(song.year)],
    ["Source", plain(song.source)],
  ].filter(([, value]) => value !== null);
  return el("div", { class: "details" },
    song.reasons?.length > 0 && el("ul", { class: "why-list", "aria-label": "Why it fits" }, song.reasons.map((why) => el("li", {}, why))),
    breakdown(song),
    el("dl", { class: "fact-grid" },
      rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
      song.passage && wide("Passage", `${clock(song.passage.start)}–${clock(song.passage.end)}: ${song.passage.why}`),
      song.versions?.length > 0 && wide("Other versions", song.versions.map((version) => version.title).join(", ")),
      song.uri && wide("File", place(song))));
}

function wide(name, value) {
  return el("div", { class: "wide" }, el("dt", {}, name), el("dd", {}, value));
}

/** The parts of the score as bars to both sides; they add up to it. */
function breakdown(song) {
  const parts = Object.entries(song.parts ?? {});
  if (!parts.length) return null;
  const most = Math.max(...parts.map(([, value]) => Math.abs(value)), 1e-9);
  return el("table", { class: "breakdown" },
    el("caption", {}, `The score of ${plain(song.score)} is the sum of`),
    el("tbody", {}, parts.map(([name, value]) =>
      el("tr", { class: value < 0 ? "lost" : null },
        el("th", { scope: "row" }, words(name)),
        el("td", { class: "bar" }, el("span", { vars: { "--level": Math.abs(value) / most }, "aria-hidden": "true" })),
        el("td", { class: "value" }, value.toFixed(3))))));
}

/** Only web addresses become links: a source's text must not run anything. */
function place(song) {
  const address = song.page_url ?? song.uri;
  return /^https?:\/\//.test(address)
    ? el("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, address)
    : song.uri;
}
