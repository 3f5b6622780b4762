// The cuts under the picture's lane, each a mark by how it lies on the song; and the joins of a fitted song.

import { RATE } from "../audition/pieces.js";
import { el } from "../shared/dom.js";
import { exact } from "../video/timecode.js";
import { cutWords, markOf } from "./grid.js";

const BEFORE_JOIN = 2; // seconds of a join that are heard before it

/** The lane; `say(text)` is told what the mark under the pointer or the focus says, or "". */
export function cutLane(laying, duration, say) {
  const lane = el("div", { class: "cut-lane", role: "group", "data-own-keys": true });
  const joins = el("div", { class: "join-lane", role: "group", "aria-label": "Joins of the fitted song", hidden: true });
  const element = el("div", {}, lane, joins);
  const { audition } = laying;
  let marks = []; // { cut, button }
  let shown = "";

  function show() {
    const cuts = laying.cuts.filter(({ kind }) => kind === "hit" || audition.song);
    lane.hidden = cuts.length === 0;
    lane.setAttribute("aria-label", audition.song ? "Cuts, and how they lie on the song" : "Hit points");
    const now = JSON.stringify(cuts);
    if (now === shown) return;
    shown = now;
    const focused = marks.findIndex(({ button }) => button === document.activeElement);
    if (marks.length !== cuts.length) {
      marks = cuts.map(() => ({ button: el("button", { class: "cut-mark", type: "button", tabindex: "-1" }) }));
      say("");
      lane.replaceChildren(...marks.map(({ button }) => button));
    }
    cuts.forEach((cut, at) => {
      const mark = marks[at];
      mark.cut = cut;
      mark.button.dataset.kind = cut.kind;
      mark.button.dataset.mark = audition.song ? markOf(cut) : "none";
      mark.button.style.setProperty("--at", String(cut.time / duration));
      mark.button.setAttribute("aria-label", wordsOf(cut));
    });
    const first = Math.max(0, Math.min(focused, marks.length - 1));
    marks.forEach(({ button }, at) => (button.tabIndex = at === first ? 0 : -1));
    if (focused >= 0) marks[first]?.button.focus();
  }

  const wordsOf = (cut) => (audition.song && laying.grid ? cutWords(cut) : `${cut.kind === "hit" ? "Hit point" : "Cut"} ${cut.number} at ${exact(cut.time)}`);

  function showJoins() {
    const seams = laying.fit?.fit.seams ?? [];
    joins.hidden = seams.length === 0;
    joins.replaceChildren(...seams.map((seam, at) => {
      const words = `Join ${at + 1} at ${exact(seam.at / RATE)}: ${exact(seam.left)} goes on at ${exact(seam.entered)}, ${seam.degraded || "as smooth as the song's own bar lines"}`;
      const button = el("button", {
        class: "join-mark", type: "button", "aria-label": `Hear ${words}`, "data-degraded": Boolean(seam.degraded), vars: { "--at": seam.at / RATE / duration },
        on: { click: () => hear(seam.at / RATE) },
      });
      tell(button, () => words);
      return button;
    }));
  }

  /** A join is heard from a little before it. */
  function hear(seconds) {
    audition.seek(seconds - BEFORE_JOIN);
    if (!audition.playing) audition.start();
  }

  function tell(button, words) {
    for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => say(words()));
    for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => say(""));
  }

  const markOfEvent = (event) => marks.find(({ button }) => button === event.target);
  for (const event of ["pointerover", "focusin"]) {
    lane.addEventListener(event, (happened) => {
      const mark = markOfEvent(happened);
      if (mark) say(wordsOf(mark.cut));
    });
  }
  for (const event of ["pointerout", "focusout"]) lane.addEventListener(event, () => say(""));
  lane.addEventListener("click", (event) => {
    const mark = markOfEvent(event);
    if (mark) audition.seek(mark.cut.time);
  });
  lane.addEventListener("keydown", (event) => {
    const at = marks.findIndex(({ button }) => button === document.activeElement);
    if (at < 0) return;
    const { cut } = marks[at];
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: marks.length - 1 }[event.key];
    if (to !== undefined) {
      const next = marks[Math.max(0, Math.min(marks.length - 1, to))];
      marks[at].button.tabIndex = -1;
      next.button.tabIndex = 0;
      next.button.focus();
    } else if ((event.key === "Delete" || event.key === "Backspace") && cut.kind === "hit") laying.toggleHit(cut.time);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  let fit = null;
  const follow = () => {
    show();
    if (fit !== laying.fit) {
      fit = laying.fit;
      showJoins();
    }
  };
  laying.addEventListener("change", follow);
  follow();
  return {
    element,
    destroy() {
      laying.removeEventListener("change", follow);
    },
  };
}

/** Draw the beats over the waveform of the song's lane. */
export function paintGrid(canvas, lines, duration) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  // Over the waveform: a section is a whole line, a bar a long one from above, a beat a short one.
  const kinds = { section: ["--grid-section", 2, 1], bar: ["--grid-bar", 1.5, 0.55], beat: ["--grid-beat", 1, 0.3] };
  for (const [level, [token, thick, share]] of Object.entries(kinds)) {
    context.fillStyle = style.getPropertyValue(token).trim();
    for (const line of lines) {
      if (line.level === level && line.time >= 0 && line.time <= duration) {
        context.fillRect((line.time / duration) * width - thick / 2, 0, thick, height * share);
      }
    }
  }
}
