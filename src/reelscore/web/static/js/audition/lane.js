// The chosen song under the picture: its waveform on the video's axis, to be drawn along.

import { el } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { readWaveform } from "../song/waveform-data.js";
import { paintWaveform } from "../song/waveform-paint.js";
import { RATE, songTimeAt } from "./pieces.js";

const STEP = 0.1;
const LEAP = 1;

/**
 * The lane of an audition over a picture of `duration` seconds.
 * `paintOver(canvas)` draws what lies over the waveform; `frame()` is a frame of the picture in seconds;
 * `snap(offset)` answers with { offset, words } where a drawn song snaps, or null, and `say(words)` is told.
 */
export function auditionLane(audition, duration, { paintOver = () => {}, frame = () => STEP, snap = () => null, say = () => {} } = {}) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const handle = el("div", {
    class: "song-lane", role: "slider", tabindex: "0", "aria-label": "Where the song is at the beginning of the picture",
    "aria-valuemin": "0", "data-own-keys": true, title: "Drag, or use the arrow keys, to move the song under the picture",
  }, canvas);
  const lane = el("div", { class: "song-lane-row", hidden: true }, handle);
  let shown = null; // { id, wave }
  let drag = null; // { x, offset } where a drag began

  const sizes = new ResizeObserver(paint);
  sizes.observe(handle);

  function paint() {
    if (!shown?.wave) return;
    const { song, pieces } = audition;
    const passage = song?.passage ? [song.passage.start, song.passage.end] : null;
    paintWaveform(canvas, shown.wave, { from: 0, to: duration, songAt: (seconds) => songTimeAt(pieces, seconds), passage });
    paintOver(canvas);
  }

  async function show() {
    const { song, offset } = audition;
    lane.hidden = !song;
    if (!song) return;
    handle.setAttribute("aria-valuenow", offset.toFixed(2));
    handle.dataset.samples = String(Math.round(offset * RATE));
    handle.setAttribute("aria-valuemin", String(-Math.round(duration)));
    handle.setAttribute("aria-valuemax", String(Math.round(song.duration_seconds ?? offset + duration)));
    handle.classList.toggle("fitted", audition.fit !== null);
    handle.setAttribute("aria-disabled", String(audition.fit !== null));
    handle.setAttribute("aria-valuetext", audition.fit ? `${song.title}, fitted to the film` : offset < 0 ? `the song sets in after ${clock(-offset)}` : `${clock(offset)} of ${song.title}`);
    if (shown?.id !== song.id) {
      const own = (shown = { id: song.id, wave: null });
      try {
        own.wave = await readWaveform(song.id);
      } catch {
        canvas.width = 0; // the song can be moved without its picture
      }
      if (shown !== own) return;
    }
    paint();
  }

  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || audition.fit) return;
    drag = { x: event.clientX, offset: audition.offset };
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("dragged");
  });
  handle.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const seconds = ((event.clientX - drag.x) / handle.clientWidth) * duration;
    const wanted = drag.offset - seconds;
    const held = event.altKey ? null : snap(wanted);
    audition.setOffset(held?.offset ?? wanted);
    say(held?.words ?? "");
  });
  for (const event of ["pointerup", "pointercancel"]) {
    handle.addEventListener(event, () => {
      drag = null;
      say("");
      handle.classList.remove("dragged");
    });
  }
  handle.addEventListener("keydown", (event) => {
    if (audition.fit) return;
    const across = event.shiftKey ? LEAP : frame();
    const by = { ArrowRight: -across, ArrowLeft: across, ArrowUp: STEP, ArrowDown: -STEP, PageUp: LEAP * 5, PageDown: -LEAP * 5 }[event.key];
    if (event.key === "Home") audition.setOffset(audition.song?.passage?.start ?? 0);
    else if (by !== undefined) audition.setOffset(audition.offset + by);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  audition.addEventListener("change", show);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", paint);
  show();
  return {
    element: lane,
    /** What lies over the waveform changed. */
    paint,
    destroy() {
      audition.removeEventListener("change", show);
      scheme.removeEventListener("change", paint);
      sizes.disconnect();
    },
  };
}
