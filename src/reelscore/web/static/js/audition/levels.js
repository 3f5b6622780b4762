// How loud a song is under the picture: matched to others by its measured loudness, lower where somebody speaks. Pure.

/** What songs are matched to, LUFS: that of ReplayGain 2. */
export const REFERENCE_LUFS = -18;
/** The ducking of a mix (`DuckSettings` of the server): dB, and seconds before, after, and on the way back. */
export const DUCK = { depth: 12, attack: 0.25, hold: 0.5, release: 0.8 };

/**
 * The dB that bring a song of so many LUFS to the reference; null if its loudness is not known. What has to be
 * raised is raised no further than `headroom` dB, which its peaks leave.
 */
export function matchingGain(lufs, headroom = 0) {
  if (typeof lufs !== "number" || !Number.isFinite(lufs)) return null;
  return Math.min(REFERENCE_LUFS - lufs, Math.max(0, headroom));
}

export const factorOf = (decibels) => 10 ** (decibels / 20);

/** Let an AudioParam go in a straight line to a value, from where it is at a time of its context. */
export function ramp(param, value, at, seconds) {
  param.cancelScheduledValues(at);
  param.setValueAtTime(param.value, at);
  param.linearRampToValueAtTime(value, at + seconds);
}

/** dB below full scale that the peaks of a sound leave; a long sound is read in parts, so that nothing waits for it. */
export async function headroomOf(buffer) {
  let peak = 1e-4;
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const samples = buffer.getChannelData(channel);
    for (let from = 0; from < samples.length; from += PART) {
      const until = Math.min(samples.length, from + PART);
      for (let at = from; at < until; at += 1) {
        const size = samples[at] < 0 ? -samples[at] : samples[at];
        if (size > peak) peak = size;
      }
      if (until < samples.length) await new Promise((done) => setTimeout(done, 0));
    }
  }
  return -20 * Math.log10(peak);
}
const PART = 4_000_000; // samples, some milliseconds

/** A gain in dB with its sign; "" if there is none. */
export function gainWords(decibels) {
  if (decibels === null) return "";
  const size = Math.abs(decibels).toFixed(1);
  return `${size === "0.0" ? "±" : decibels < 0 ? "−" : "+"}${size} dB`;
}

/** Stretches of speech whose music cannot come up between them, as one. @returns {[number, number][]} */
function joined(spans) {
  const found = [];
  for (const [start, end] of spans) {
    const last = found.at(-1);
    if (last && start - DUCK.attack <= last[1] + DUCK.hold + DUCK.release) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** The level of the music over the film as [second, dB] points with straight lines between; none without speech. */
export function duckPoints(spans) {
  const { depth, attack, hold, release } = DUCK;
  return joined(spans).flatMap(([start, end]) => [[start - attack, 0], [start, -depth], [end + hold, -depth], [end + hold + release, 0]]);
}

/** The level of the music at a second, in dB, of those points. */
export function duckAt(points, seconds) {
  const next = points.findIndex(([time]) => time > seconds);
  if (next <= 0) return 0; // before the first one it is not down yet, behind the last one no more
  const [[from, one], [to, other]] = [points[next - 1], points[next]];
  return one + ((other - one) * (seconds - from)) / (to - from);
}
