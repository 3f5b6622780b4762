// The video along time: what happens in it, drawn above each other on one axis that the playhead crosses.

import { el } from "../shared/dom.js";
import { clock, counted } from "../shared/format.js";
import { pictureChart } from "./timeline-chart.js";
import { sectionLane } from "./timeline-sections.js";

/**
 * Draw the measurements of a video.
 * `onSeek(seconds)` is called where somebody points; `onSection(section)` where one is chosen to be repeated.
 * Answers with the figure, the place where more lanes go, and `follow(video)`, which moves the playhead.
 */
export function timeline(measured, sections, { onSeek, onSection }) {
  const { duration, cuts = [], dissolves = [] } = measured;
  const playhead = el("div", { class: "playhead" });
  const region = el("div", { class: "loop-region", hidden: true });
  const seek = el("input", {
    class: "seek", type: "range", min: "0", max: String(duration), step: "0.05", value: "0", "aria-label": "Position in the video",
  });
  const plot = el("div", { class: "plot" }, pictureChart(measured), seek);
  const more = el("div", { class: "more-lanes" });
  const parts = sectionLane(sections, duration, onSection);
  const lanes = el("div", { class: "lanes" }, parts?.element, plot, more, region, playhead);
  seek.addEventListener("input", () => onSeek(Number(seek.value)));

  let stop = () => {};
  const figure = el("figure", { class: "timeline" },
    lanes,
    el("div", { class: "scale", "aria-hidden": "true" },
      [0, 0.25, 0.5, 0.75, 1].map((share) => el("span", {}, clock(share * duration)))),
    legend(measured, cuts, dissolves));

  return {
    figure,
    more,
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
        seek.value = String(seconds);
        seek.setAttribute("aria-valuetext", `${clock(seconds)} of ${clock(duration)}`);
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
    dissolves.length > 0 && key("dissolve-key", counted(dissolves.length, "dissolve")));
}

function key(kind, text) {
  return el("li", {}, el("span", { class: `key ${kind}`, "aria-hidden": "true" }), text);
}
