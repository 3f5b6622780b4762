// What is drawn over a song's lane beside its beats: where it is over, and where it makes room for speech.

const STRIPES = 8; // pixels between two stripes of silence
const LOWEST = 12; // dB at the lower edge

/** Stripes from the end of the song to that of the film. */
export function paintSilence(canvas, end, duration) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const from = (Math.max(0, end) / duration) * width;
  if (from > width - 1) return;
  const context = canvas.getContext("2d");
  context.save();
  context.beginPath();
  context.rect(from, 0, width - from, height);
  context.clip();
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--silence").trim();
  context.lineWidth = 1;
  context.beginPath();
  for (let x = from - height; x < width; x += STRIPES) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

/** The level of the music as a line, full at the upper edge: [second, dB] points. */
export function paintDuck(canvas, points, duration) {
  if (!points.length) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--duck").trim();
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(0, 2);
  for (const [seconds, decibels] of points) context.lineTo((seconds / duration) * width, 2 + (-decibels / LOWEST) * (height - 4));
  context.lineTo(width, 2);
  context.stroke();
}
