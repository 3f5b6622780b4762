// What was seen in the video, in words; and what is searched for because of that, to be changed.

import { byId, el } from "../shared/dom.js";
import { factsOf } from "../shared/facts.js";
import { words } from "../shared/format.js";
import { sentence } from "../shared/notice.js";
import { wishesEditor } from "./editor.js";

// An install without a key asked for no other analyser; it is said where the analyser is named.
const UNASKED = /^GEMINI_API_KEY is not set/;
const WIDE = matchMedia("(min-width: 64rem)");

/** The panel of an analysis; `onChange({ wishes, guide })` is called when somebody changed what is searched for. */
export function mountAnalysis({ onChange }) {
  const panel = byId("analysis");
  let shown = null; // { id, editor }

  return {
    hide() {
      panel.hidden = true;
      panel.replaceChildren();
      shown = null;
    },
    /** Show an analysis with its query, and what a question made of it; `asked`: what was searched for. */
    show(analysis, query, asked) {
      if (shown?.id !== analysis.analysis_id) {
        const editor = wishesEditor(analysis.query, { onChange });
        panel.replaceChildren(el("summary", {}, "What is searched for"), ...contents(analysis, editor).filter(Boolean));
        panel.hidden = false;
        panel.open = WIDE.matches; // on a narrow screen the songs come first
        shown = { id: analysis.analysis_id, editor };
      }
      shown.editor.show(query, asked);
    },
  };
}

function contents(analysis, editor) {
  return [
    analysis.degraded && !UNASKED.test(analysis.degraded) && el("p", { class: "lesser", role: "note" }, el("strong", {}, "A lesser analyser answered. "), sentence(analysis.degraded)),
    threeFacts(analysis),
    editor.element,
    el("details", { class: "seen" },
      el("summary", {}, "What was seen"),
      analysis.description && el("p", {}, analysis.description),
      analysis.music_recommendation && el("p", {}, analysis.music_recommendation),
      suggestions(analysis),
      details(analysis, analysis.measurements),
      el("p", { class: "by-line" }, `Analysed by ${analysis.analyzer}.`, analysis.degraded && ` ${sentence(analysis.degraded)}`)),
  ];
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

function suggestions({ genre_suggestions: genres = [], keywords = [] }) {
  const list = [...new Set([...genres, ...keywords])];
  return list.length > 0 && el("ul", { class: "chips", "aria-label": "Genres and keywords" }, list.map((word) => el("li", { class: "chip" }, word)));
}

function details(analysis, measured) {
  const basis = Object.entries(analysis.basis ?? {});
  const figures = factsOf(measured);
  if (measured) figures.unshift(["Picture", `${measured.width} × ${measured.height}`]);
  if (!basis.length && !figures.length) return null;
  return el("div", {},
    basis.length > 0 && el("dl", { class: "basis" },
      basis.map(([field, why]) => el("div", {}, el("dt", {}, words(field)), el("dd", {}, why)))),
    el("dl", { class: "fact-grid" },
      figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}
