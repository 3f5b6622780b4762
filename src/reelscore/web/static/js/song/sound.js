// The sound of a song as pictures over the same time: waveform with beats, energy, spectrogram.

import { el, svg } from "../shared/dom.js";
import { clock, counted } from "../shared/format.js";
import { spectrogramUrl } from "../shared/library-api.js";
import { sentence } from "../shared/notice.js";
import { markPlayed, waveform } from "./waveform.js";

const WIDTH = 1000;
const MOST_LINES = 80;

/** The pictures; `follow()` shows where the player is. */
export function songSound(song, player) {
  const { beats = [], energy_curve: energy = [], duration: analysed } = song.features ?? {};
  const length = song.duration_seconds ?? analysed ?? 0;
  const step = beatStep(beats.length);
  const seek = (seconds) => {
    player.setQueue([song]);
    player.play(song, seconds);
  };
  const wave = waveform(song, { label: `Waveform of ${song.title}, ${clock(length)}`, onPick: seek });
  const position = el("input", { class: "slider", type: "range", min: "0", max: String(length), step: "0.1", value: "0", "aria-label": "Play from" });
  position.addEventListener("change", () => seek(Number(position.value)));
  const element = el("section", { class: "card padded song-sound", "aria-label": "Sound" },
    el("div", { class: "wave-frame" }, wave, beats.length > 0 && length > 0 && beatMarks(beats.filter((_, at) => at % step === 0), length)),
    position,
    energy.length > 1 && energyFigure(energy),
    spectrogram(song),
    el("div", { class: "scale", "aria-hidden": "true" }, [0, 0.25, 0.5, 0.75, 1].map((share) => el("span", {}, clock(share * length)))),
    el("ul", { class: "legend" },
      beats.length > 0 && el("li", {}, `${counted(beats.length, "beat")}${step > 1 ? `, every ${step}th` : ""} as fine lines`),
      energy.length > 1 && el("li", {}, "energy as a line"),
      el("li", {}, "spectrogram: pitch upwards, loud is bright")));

  return {
    element,
    follow() {
      const own = player.isCurrent(song.id);
      markPlayed(wave, own ? player.position : null);
      if (document.activeElement !== position) position.value = String(own ? player.position : 0);
      position.style.setProperty("--at", String(own && length ? player.position / length : 0));
      position.setAttribute("aria-valuetext", `${clock(own ? player.position : 0)} of ${clock(length)}`);
    },
  };
}

/** Every how many beats one is drawn: so many lines are told apart, more are a fog. */
function beatStep(count) {
  let step = 1;
  while (count / step > MOST_LINES) step *= step === 1 ? 4 : 2; // from bars of four on
  return step;
}

/** Beats as one path. */
function beatMarks(beats, length) {
  const path = beats.map((beat) => `M${((beat / length) * WIDTH).toFixed(2)} 0v100`).join("");
  return svg("svg", { class: "beats", viewBox: `0 0 ${WIDTH} 100`, preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { d: path }));
}

function energyFigure(curve) {
  const points = curve.map((value, at) => `${((at / (curve.length - 1)) * WIDTH).toFixed(1)} ${(96 - 92 * Math.min(1, Math.max(0, value))).toFixed(1)}`);
  const [least, most] = [Math.min(...curve), Math.max(...curve)].map((value) => Math.round(value * 100));
  return svg("svg", { class: "energy-line", viewBox: `0 0 ${WIDTH} 100`, preserveAspectRatio: "none", role: "img", "aria-label": `Energy along the song: between ${least} and ${most} of 100` },
    svg("path", { d: `M${points.join("L")}` }));
}

function spectrogram(song) {
  const place = el("div", { class: "spectrogram" });
  const image = el("img", { src: spectrogramUrl(song.id), alt: `Spectrogram of ${song.title}`, decoding: "async", width: "1200", height: "160" });
  image.addEventListener("error", async () => {
    // The picture does not say why it is missing; the same address asked by script does.
    const answer = await fetch(spectrogramUrl(song.id)).then((response) => response.json()).catch(() => null);
    const reason = answer?.error?.message ?? "the server does not answer; open the page again once it runs";
    place.replaceChildren(el("p", { class: "hint" }, `No spectrogram: ${sentence(reason)}`));
  });
  place.append(image);
  return place;
}
