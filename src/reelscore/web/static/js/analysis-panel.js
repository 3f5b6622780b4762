// What was seen in the video: its picture where this browser has it, measurements, and words.

import { byId, el } from "./dom.js";
import { factsOf } from "./facts.js";
import { plain, words } from "./format.js";
import { notice, sentence } from "./notice.js";
import { timeline } from "./timeline.js";

const panel = () => byId("analysis");
let kept = null; // the file that is or was shown last, its address and its element

/** Take the panel away. */
export function hideAnalysis() {
  panel().hidden = true;
  panel().replaceChildren();
}

/** Show the video itself while its analysis goes on; answers with the element. */
export function showVideo(name, file) {
  const video = videoElement(file);
  panel().replaceChildren(el("h2", {}, name), video);
  panel().hidden = false;
  return video;
}

/** Show an analysis under the name of its video; `onPhrase(text)` searches for one of its phrases. */
export function showAnalysis({ name, analysis, video, onPhrase }) {
  const measured = analysis.measurements;
  panel().replaceChildren(
    ...[
      el("h2", {}, name),
      video,
      measured && timeline(measured, video),
      analysis.degraded && notice("warn", "Not the analyser that was asked for", sentence(analysis.degraded)),
      threeFacts(analysis),
      el("a", { class: "jump", href: "#songs" }, "Go to the songs"),
      analysis.description && el("p", {}, analysis.description),
      analysis.music_recommendation && block("Music to look for", el("p", {}, analysis.music_recommendation)),
      analysis.phrases?.length > 0 && block("Searched for", phraseChips(analysis.phrases, onPhrase)),
      suggestions(analysis),
      details(analysis, measured),
      el("p", { class: "by-line" }, `Analysed by ${analysis.analyzer}.`),
    ].filter(Boolean),
  );
  panel().hidden = false;
}

function videoElement(file) {
  if (kept?.file === file) return kept.video;
  if (kept) URL.revokeObjectURL(kept.url);
  const url = URL.createObjectURL(file);
  const video = el("video", { src: url, controls: true, playsinline: true, preload: "metadata", "aria-label": "The video" });
  // A format that this browser cannot show: the analysis does not need it.
  video.addEventListener("error", () => video.remove());
  kept = { file, url, video };
  return video;
}

function block(title, ...children) {
  return el("div", {}, el("h3", {}, title), ...children);
}

function threeFacts({ mood, tempo, tempo_bpm: range, energy_level: level, energy }) {
  const bpm = range ? `${Math.round(range[0])}–${Math.round(range[1])} bpm` : null;
  return el("dl", { class: "three-facts" },
    fact("Mood", mood),
    fact("Tempo", tempo, bpm),
    fact("Energy", level, typeof energy === "number" ? `${Math.round(energy * 100)} of 100` : null));
}

function fact(name, value, note) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value || "–", note && el("small", {}, note)));
}

function phraseChips(phrases, onPhrase) {
  const most = Math.max(...phrases.map((phrase) => phrase.weight), 0.001);
  return el("ul", { class: "chips" },
    phrases.map(({ text, weight }) =>
      el("li", {},
        el("button", { class: "chip", type: "button", title: `Weight ${plain(weight)}; search for this alone`, on: { click: () => onPhrase(text) } },
          text,
          el("span", { class: "meter weight", "aria-hidden": "true", vars: { "--level": weight / most } })))));
}

function suggestions({ genre_suggestions: genres = [], keywords = [] }) {
  const list = [...new Set([...genres, ...keywords])];
  return list.length > 0 && block("Genres and keywords",
    el("ul", { class: "chips" }, list.map((word) => el("li", { class: "chip" }, word))));
}

function details(analysis, measured) {
  const basis = Object.entries(analysis.basis ?? {});
  const figures = factsOf(measured);
  if (measured) figures.unshift(["Picture", `${measured.width} × ${measured.height}`]);
  if (!basis.length && !figures.length) return null;
  return el("details", {},
    el("summary", {}, "What this rests on"),
    basis.length > 0 && el("dl", { class: "basis" },
      basis.map(([field, why]) => el("div", {}, el("dt", {}, words(field)), el("dd", {}, why)))),
    el("dl", { class: "fact-grid" },
      figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}
