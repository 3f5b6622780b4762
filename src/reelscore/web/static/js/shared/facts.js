// Measured values with names and units that people know. What has no line here is shown as it is called.

import { clock, plain, words } from "./format.js";

const share = (value) => `${Math.round(value * 100)} of 100`;
const unit = (name, digits = 0) => (value) => `${value.toFixed(digits)} ${name}`;
const seconds = (value) => clock(value);

const KNOWN = {
  // of a song
  duration: ["Length", seconds],
  tempo_bpm: ["Tempo", unit("bpm", 1)],
  tempo_confidence: ["Tempo, certainty", share],
  tempo_alternative_bpm: ["Tempo, or else", unit("bpm", 1)],
  key: ["Key", String],
  key_confidence: ["Key, certainty", share],
  loudness_lufs: ["Loudness", unit("LUFS", 1)],
  loudness_range: ["Loudness range", unit("LU", 1)],
  onset_rate: ["Notes a second", (value) => value.toFixed(1)],
  brightness_hz: ["Spectral centre", unit("Hz")],
  dynamic_complexity: ["Dynamics", unit("dB", 1)],
  energy: ["Energy", share],
  version: null,
  // of a video
  width: null,
  height: null,
  frame_rate: ["Frame rate", unit("fps", 2)],
  rotation: ["Rotation", (value) => `${value}°`],
  frames: ["Frames", String],
  cuts_per_minute: ["Cuts a minute", (value) => value.toFixed(1)],
  motion: ["Motion", share],
  brightness: ["Brightness", share],
  contrast: ["Contrast", share],
  saturation: ["Saturation", share],
  warmth: ["Warmth", (value) => (value === 0 ? "neutral" : `${Math.abs(Math.round(value * 100))} ${value > 0 ? "warm" : "cold"}`)],
  has_audio: ["Sound", (value) => (value ? "yes" : "none")],
  speech: ["Like speech", share],
};

const VOICES = { sung: "Sung", instrumental: "Instrumental", unsure: "Not sure whether anybody sings" };

/** What is known of singing in a song, for people; null if nobody listened. */
export const voiceName = (voice) => VOICES[voice] ?? null;

/** [name, text] for each single value of a set of measurements that has one. */
export function factsOf(measured) {
  const rows = [];
  for (const [name, value] of Object.entries(measured ?? {})) {
    if (KNOWN[name] === null || plain(value) === null) continue;
    const [label, show] = KNOWN[name] ?? [words(name), plain];
    rows.push([label, show(value)]);
  }
  return rows;
}
