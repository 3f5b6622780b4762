// Draws a stretch of a waveform onto a canvas, sharp on every screen.

import { highest } from "./waveform-data.js";

const MOST_PIXELS = 16_000; // wider canvases are refused by browsers
const STEP = 3; // pixels from bar to bar
const BAR = 2;

/**
 * Paint the sound of `from`..`to` seconds over the whole width.
 * `passage` ([start, end] in seconds of the song) is marked, what lies before `position` counts as played.
 * `songAt(seconds)` says which second of the song lies at one of the canvas, null for none; not given: the same.
 * Colours are the custom properties --wave, --wave-played, --wave-passage and --wave-mark of the canvas.
 */
export function paintWaveform(canvas, wave, { from = 0, to = wave.seconds, passage = null, position = null, songAt = null } = {}) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height || to <= from) return;
  const scale = Math.min(3, window.devicePixelRatio || 1, MOST_PIXELS / width);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  const colours = { plain: colour("--wave"), played: colour("--wave-played"), fitting: colour("--wave-passage") };
  const mark = colour("--wave-mark");
  const seconds = (to - from) / width;
  for (let x = 0; x < width; x += STEP) {
    const place = from + x * seconds;
    const start = songAt ? songAt(place) : place;
    const end = start + STEP * seconds;
    if (start === null || end <= 0 || start >= wave.seconds) continue;
    const fits = passage && start >= passage[0] - STEP * seconds && start < passage[1];
    if (fits) {
      context.fillStyle = mark;
      context.fillRect(x, 0, STEP, height);
    }
    context.fillStyle = position !== null && place < position ? colours.played : fits ? colours.fitting : colours.plain;
    for (const [bytes, strength] of [[wave.peaks, 0.45], [wave.levels, 1]]) {
      const tall = Math.max(1, highest(bytes, start / wave.seconds, end / wave.seconds) * (height - 2));
      context.globalAlpha = strength;
      context.fillRect(x, (height - tall) / 2, BAR, tall);
    }
    context.globalAlpha = 1;
  }
}
