// The video along time: what happens in it, drawn above each other on one axis that the playhead crosses.

import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { soundLane } from "./sound-lane.js";
import { filmClock, ticks } from "./timecode.js";
import { pictureChart } from "./timeline-chart.js";
import { sectionLane } from "./timeline-sections.js";
import { zoomOf } from "./timeline-zoom.js";

const MOST_TICKS = 6; // on the whole width

/**
 * Draw the measurements of a video.
 * `onSeek(seconds)` is called where somebody points; `onSection(section)` where one is chosen to be repeated.
 * Answers with the figure, the places where more lanes go (`marks` above, `more` below the picture's), and
 * `follow(video)`, which moves the playhead. `onZoom()` is told that a second has another width.
 */
export function timeline(measured, sections, { onSeek, onSection, onZoom = () => {} }) {
  const { duration, cuts = [], dissolves = [] } = measured;
  const film = filmClock(measured);
  const playhead = el("div", { class: "playhead" });
  const region = el("div", { class: "loop-region", hidden: true });
  const seek = el("input", {
    class: "seek", type: "range", min: "0", max: String(duration), step: "any", value: "0", "aria-label": "Position in the video",
  });
  const chart = pictureChart(measured);
  const plot = el("div", { class: "plot" }, chart, seek);
  const marks = el("div", { class: "more-lanes" });
  const more = el("div", { class: "more-lanes" });
  const parts = sectionLane(sections, duration, onSection);
  const lanes = el("div", { class: "lanes" }, parts?.element, plot, soundLane(measured), marks, more, region, playhead);
  seek.addEventListener("input", () => onSeek(Number(seek.value)));

  let stop = () => {};
  const scale = el("div", { class: "scale", "aria-hidden": "true" });
  const frame = el("div", { class: "lanes-frame" }, el("div", { class: "lanes-width" }, lanes, scale));
  const zoom = zoomOf(frame, duration, {
    at: () => Number(seek.value),
    onZoom(factor) {
      const shown = ticks(duration, MOST_TICKS * factor, film.rate).filter(({ time }, at) => at === 0 || time < duration * (1 - 0.04 / factor));
      scale.replaceChildren(...shown.map(({ time, text }) => el("span", { vars: { "--at": time / duration } }, text)));
      onZoom();
    },
  });
  const said = el("p", { class: "mark-words", "aria-hidden": "true" });
  const foot = el("div", { class: "timeline-foot" }, legend(measured, cuts, dissolves), said, zoom.element);
  const figure = el("figure", { class: "timeline" }, frame, foot);

  return {
    figure,
    marks,
    more,
    zoom,
    /** Show what a mark says in the place of the legend, so that nothing jumps; "": the legend again. */
    say(text) {
      said.textContent = text;
      foot.classList.toggle("marked", text !== "");
    },
    /** Colour the cuts: `of(time)` is "bar", "beat", "miss", "none", or undefined if nothing is known. */
    colourCuts(of) {
      figure.classList.toggle("coloured", cuts.some((time) => of(time)));
      cuts.forEach((time, at) => {
        const mark = of(time);
        const line = chart.querySelectorAll(".cut")[at];
        if (mark) line.dataset.mark = mark;
        else delete line.dataset.mark;
      });
    },
    /** Mark the stretch that is repeated; null: none. */
    showLoop(loop) {
      region.hidden = !loop;
      parts?.mark(loop);
      if (!loop) return;
      region.style.setProperty("--from", String(loop.start / duration));
      region.style.setProperty("--to", String(loop.end / duration));
    },
    follow(video) {
      stop();
      if (video) stop = followVideo(video, (seconds) => {
        playhead.style.setProperty("--at", String(Math.min(1, seconds / duration)));
        if (!video.paused) zoom.keepInSight(seconds);
        seek.value = String(seconds);
        seek.setAttribute("aria-valuetext", `${film.text(seconds)} of ${film.length}`);
      });
      seek.disabled = !video;
    },
  };
}

/** Call `show(seconds)` for every frame while the video plays, and whenever it was moved. */
function followVideo(video, show) {
  let frame = 0;
  const draw = () => {
    show(video.currentTime);
    cancelAnimationFrame(frame);
    if (!video.paused && !video.ended) frame = requestAnimationFrame(draw);
  };
  const events = ["play", "pause", "seeking", "seeked", "timeupdate"];
  for (const event of events) video.addEventListener(event, draw);
  draw();
  return () => {
    cancelAnimationFrame(frame);
    for (const event of events) video.removeEventListener(event, draw);
  };
}

function legend({ motion_curve: motion = [], energy_curve: energy = [] }, cuts, dissolves) {
  return el("ul", { class: "legend" },
    motion.length > 0 && key("", "motion"),
    energy.length > 0 && key("energy-key", "energy"),
    key("cut-key", counted(cuts.length, "cut")),
    key("hit-key", "on a beat"),
    key("miss-key", "misses"),
    dissolves.length > 0 && key("dissolve-key", counted(dissolves.length, "dissolve")));
}

function key(kind, text) {
  return el("li", {}, el("span", { class: `key ${kind}`, "aria-hidden": "true" }), text);
}
