// The picture with what lies under it: timeline, song, controls. It lives as long as one video is looked at.

import { Audition } from "../audition/audition.js";
import { auditionLane } from "../audition/lane.js";
import { auditionPanel } from "../audition/panel.js";
import { Shuttle } from "../audition/shuttle.js";
import { cutLane, paintGrid } from "../laying/cut-lane.js";
import { gridLines, markOf } from "../laying/grid.js";
import { Laying } from "../laying/laying.js";
import { paintDuck, paintSilence } from "../laying/lane-marks.js";
import { layingPanel } from "../laying/panel.js";
import { anchorsOf, SNAP_PIXELS, snapped, targetsOf } from "../laying/snap.js";
import { takeMenu } from "../export/menu.js";
import { byId, el } from "../shared/dom.js";
import { GUEST } from "../shared/guest.js";
import { filmOf } from "../video/demo.js";
import { mountPicture } from "../video/picture.js";
import { timeline } from "../video/timeline.js";

const WIDE = matchMedia("(min-width: 64rem)");

/** The stage of the desk; `limits()` are those of the server, `project` keeps the hit points. */
export function mountStage({ limits, project }) {
  const audition = new Audition();
  const shuttle = new Shuttle(audition);
  const picture = mountPicture({
    onVideo(video) {
      audition.attach(video);
      lines?.follow(video);
      if (!video) return;
      video.addEventListener("click", () => audition.toggle());
      // The frame keeps its height, so that nothing jumps when the picture leaves it.
      video.addEventListener("loadedmetadata", () => frame.style.setProperty("aspect-ratio", `${video.videoWidth} / ${video.videoHeight}`));
    },
    onClose() {
      dismissed = true;
      float();
    },
  });
  let lines = null; // the timeline
  let laying = null; // how the song lies under its cuts
  let parts = []; // what wants to be told when it goes
  let shown = null; // id of the analysis whose timeline is shown

  const frame = byId("picture").querySelector(".screen");
  let inSight = true;
  let dismissed = false; // until the picture was in sight again
  const float = () => picture.video?.parentElement.classList.toggle("floating", !inSight && !dismissed && audition.song !== null);
  new IntersectionObserver((entries) => {
    inSight = entries.at(-1).isIntersecting; // several may have come at once
    if (inSight) dismissed = false;
    float();
  }, { threshold: 0.15 }).observe(frame);
  audition.addEventListener("change", () => {
    lines?.showLoop(audition.loop);
    float();
  });

  const showHits = () => laying?.analysisId === project.film?.analysis_id && laying?.setHits(project.film.hits);
  project.addEventListener("change", showHits);

  function take(...next) {
    parts.forEach((part) => part.destroy());
    parts = next;
    lines = laying = null;
  }

  /** A button of the timeline that lets what is drawn along snap, or not. */
  function snapButton() {
    const button = el("button", { class: "button quiet", type: "button", "aria-pressed": "true", title: "The song snaps to cuts, markers and beats while it is drawn along; not with Alt held" }, "Snap");
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true")));
    return { button, on: () => button.getAttribute("aria-pressed") === "true" };
  }

  return {
    audition,
    shuttle,
    get laying() {
      return laying;
    },
    /** The song that sounds and where it lies, or null. */
    get place() {
      const { song, offset, fit } = audition;
      return song ? { id: song.id, offset, fitted: fit !== null } : null;
    },
    get zoom() {
      return lines?.zoom ?? null;
    },
    hide() {
      take();
      shown = null;
      picture.hide();
    },
    pause: () => audition.pause(),
    /** Show a video that is being analysed; `copy` ({ url, task_id }) is for a browser that cannot. */
    preview(name, source, copy = null) {
      if (shown !== name) {
        audition.setFilm(null);
        const controls = auditionPanel(audition, shuttle);
        take(controls);
        shown = name;
        picture.below.replaceChildren(controls.element);
        controls.element.classList.add("alone");
      }
      picture.expected = null;
      picture.show(name, source, copy);
    },
    /** Show a video with what was measured in it. */
    show(name, source, copy, analysis) {
      const { measurements: measured, sections } = analysis;
      picture.expected = measured?.duration ?? null;
      picture.show(name, source, copy);
      if (shown === analysis.analysis_id) return;
      audition.setFilm(measured);
      const controls = auditionPanel(audition, shuttle, { onFit: () => laying?.fitToFilm({ ending: "real", hitAt: null }) });
      take(controls);
      shown = analysis.analysis_id;
      if (!measured?.duration) {
        picture.below.replaceChildren(controls.element);
        return;
      }
      const { duration } = measured;
      const own = (laying = new Laying(audition, analysis));
      if (GUEST !== "look") own.addEventListener("hits", () => project.changeHits(own.hits));
      showHits();
      const panel = layingPanel(own);
      const cuts = cutLane(own, duration, (text) => lines?.say(text));
      const snap = snapButton();
      const lane = auditionLane(audition, duration, {
        paintOver(canvas) {
          paintGrid(canvas, gridLines(own.laid, lines.zoom.scale), duration);
          paintSilence(canvas, audition.end, duration);
          if (audition.mixer.ducking) paintDuck(canvas, audition.mixer.duckPoints, duration);
        },
        frame: () => 1 / own.rate,
        snap(offset) {
          const { scale } = lines.zoom;
          return snap.on() ? snapped(offset, anchorsOf(audition.song, own.grid, scale), targetsOf(own.cuts), SNAP_PIXELS / scale) : null;
        },
        say: (text) => lines.say(text),
      });
      const menu = takeMenu({ laying: own, limits, levels: controls.levels, film: (signal) => filmOf(picture.source, signal) });
      parts.push(lane, own, cuts, panel, menu);
      lines = timeline(measured, sections, {
        onSeek: (seconds) => audition.seek(seconds),
        onSection: ({ start, end }) => {
          const same = audition.loop?.start === start && audition.loop?.end === end;
          audition.setLoop(same ? null : { start, end });
        },
      });
      lines.marks.append(cuts.element);
      lines.more.append(lane.element);
      lines.zoom.element.prepend(snap.button);
      lines.follow(picture.video);
      const { colourCuts } = lines;
      own.addEventListener("change", () => {
        lane.paint();
        const known = audition.song && own.grid ? new Map(own.cuts.map((cut) => [cut.time, markOf(cut)])) : new Map();
        colourCuts((time) => known.get(time));
      });
      // Folded where there is little room, so that the songs are not far below.
      const tools = el("details", { class: "under-picture", open: WIDE.matches }, el("summary", {}, "Cuts, fit, take it"), panel.element, menu.element);
      picture.below.replaceChildren(controls.element, lines.figure, panel.verdict, tools);
    },
  };
}
