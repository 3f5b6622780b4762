// The controls of an audition: transport, A and B, levels, repeat, and what is to be said of the song that sounds.

import { el } from "../shared/dom.js";
import { artists, clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { gainWords } from "./levels.js";
import { stateOf } from "./state.js";

const TELL_MS = 250;

/** The controls of an audition; `onFit()` brings the song to the length of the film, if that can be done. */
export function auditionPanel(audition, shuttle, { onFit = null } = {}) {
  const { mixer } = audition;
  const toggle = el("button", { class: "play-button", type: "button", on: { click: () => audition.toggle() } });
  const restart = iconButton("To the beginning", "previous", () => audition.seek(audition.loop?.start ?? 0));
  const now = el("span", { class: "at", title: "Timecode of the film" });
  const length = el("span", { class: "length", title: "Length of the film" });
  const speed = el("span", { class: "speed", role: "status" });
  const slots = ["A", "B"].map((slot) => slotButton(audition, slot));
  const keep = pressable("Keep as A", () => audition.keep(), "Key Shift+A");
  const loop = pressable("Repeat", () => toggleLoop(audition), "From I to O; keys I, O, X");
  const whole = el("button", { class: "button quiet icon-only", type: "button", "aria-label": "Full screen", title: "Full screen", on: { click: () => audition.video?.requestFullscreen?.() } }, icon("screen"));
  const music = slider("Music", 0.9, (level) => (mixer.music = level));
  const picture = slider("Film", 0.6, (level) => audition.video && (audition.video.volume = level), "Film sound");
  const match = pressable("Match levels", () => audition.mix({ matched: !mixer.matched }), "Songs are brought to the same measured loudness, −18 LUFS");
  const duck = pressable("Duck", () => audition.mix({ ducking: !mixer.ducking }), "Music 12 dB lower where somebody speaks, here and in a mix that is taken");
  const state = el("p", { class: "song-state", role: "status" });
  const fit = el("button", { class: "button", type: "button", hidden: true, on: { click: () => onFit() } }, "Fit it");
  const fault = el("p", { class: "problem", role: "alert", hidden: true });
  const panel = el("div", { class: "audition" },
    el("div", { class: "transport" }, restart, toggle, el("span", { class: "times" }, now, length), speed, loop, whole),
    el("div", { class: "volumes" }, picture.element, music.element, match, duck),
    el("div", { class: "takes" }, slots.map((slot) => slot.element), keep),
    el("div", { class: "song-state-row" }, state, fit), fault);

  const showTime = () => {
    const { video, film } = audition;
    now.textContent = film.length ? film.text(video?.currentTime ?? 0) : clock(video?.currentTime ?? 0);
  };
  const show = () => {
    const { playing, video } = audition;
    toggle.replaceChildren(icon(playing ? "pause" : "play"));
    toggle.setAttribute("aria-label", playing ? "Pause the picture" : "Play the picture");
    toggle.disabled = restart.disabled = loop.disabled = whole.disabled = !video;
    if (video) video.volume = picture.level();
    slots.forEach((slot) => slot.show());
    keep.hidden = audition.active !== "B" || !audition.takes.B;
    press(loop, Boolean(audition.loop));
    loop.textContent = audition.loop ? `Repeats ${clock(audition.loop.start)}–${clock(audition.loop.end)}` : "Repeat";
    press(match, mixer.matched);
    press(duck, mixer.ducking);
    duck.hidden = mixer.duckPoints.length === 0;
    length.textContent = audition.film.length;
    fault.hidden = !audition.fault;
    fault.textContent = audition.fault;
    showTime();
    tell();
  };
  const tell = () => {
    const { song, video, film, end } = audition;
    const said = song && video?.duration ? stateOf({ position: video.currentTime, end, duration: video.duration, step: audition.sync?.settled ?? null }, film.text) : { text: "", short: false };
    if (state.textContent !== said.text) state.textContent = said.text;
    state.classList.toggle("short", said.short);
    fit.hidden = !said.short || !onFit || audition.fit !== null;
  };
  const tellSpeed = () => (speed.textContent = shuttle.speed === 0 || shuttle.speed === 1 ? "" : `${shuttle.speed < 0 ? "−" : ""}${Math.abs(shuttle.speed)}×`);

  let watched = null;
  const watch = () => {
    if (watched === audition.video) return;
    watched?.removeEventListener("timeupdate", showTime);
    watched?.removeEventListener("seeked", showTime);
    watched = audition.video;
    watched?.addEventListener("timeupdate", showTime);
    watched?.addEventListener("seeked", showTime);
  };
  const listeners = [[audition, show], [audition, watch], [shuttle, tellSpeed]];
  for (const [source, listener] of listeners) source.addEventListener("change", listener);
  const timer = setInterval(() => {
    tell();
    if (audition.playing) showTime();
  }, TELL_MS);
  show();
  watch();
  return {
    element: panel,
    /** The volumes, 0..1; what the song is matched by, dB; whether it makes room for speech. */
    levels: () => ({ music: music.level(), picture: picture.level(), gain: audition.gainOf(audition.active) ?? 0, duck: mixer.ducking }),
    destroy() {
      clearInterval(timer);
      watched?.removeEventListener("timeupdate", showTime);
      watched?.removeEventListener("seeked", showTime);
      for (const [source, listener] of listeners) source.removeEventListener("change", listener);
    },
  };
}

/** Repeat the section that the picture is in, or the whole; a second press plays on. */
function toggleLoop(audition) {
  if (audition.loop) audition.setLoop(null);
  else if (audition.video) audition.setLoop({ start: 0, end: audition.video.duration });
}

function slotButton(audition, slot) {
  const title = el("span", { class: "name" });
  const gain = el("span", { class: "gain" });
  const button = el("button", { class: "take", type: "button", on: { click: () => audition.switchTo(slot) } },
    el("kbd", { "aria-hidden": "true" }, slot), title, gain);
  return {
    element: button,
    show() {
      const song = audition.takes[slot]?.song;
      button.hidden = !song;
      if (!song) return;
      const by = artists(song);
      title.textContent = by ? `${song.title} – ${by}` : song.title;
      gain.textContent = gainWords(audition.gainOf(slot));
      gain.title = gain.textContent ? `Matched to −18 LUFS: measured ${song.features.loudness_lufs.toFixed(1)}` : "";
      button.setAttribute("aria-pressed", String(audition.active === slot));
      button.setAttribute("aria-label", [`${slot}: ${title.textContent}`, gain.textContent && `matched by ${gain.textContent}`].filter(Boolean).join(", "));
    },
  };
}

function slider(label, initial, onChange, name = label) {
  const input = el("input", { class: "slider", type: "range", min: "0", max: "1", step: "0.05", value: String(initial), "aria-label": name, vars: { "--at": initial } });
  input.addEventListener("input", () => {
    input.style.setProperty("--at", input.value);
    onChange(Number(input.value));
  });
  return {
    element: el("label", { class: "volume" }, el("span", { "aria-hidden": "true" }, label), input),
    level: () => Number(input.value),
  };
}

const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));

function pressable(label, onClick, title) {
  return el("button", { class: "button quiet", type: "button", title, on: { click: onClick } }, label);
}

function iconButton(label, name, onClick) {
  return el("button", { class: "step-button", type: "button", "aria-label": label, title: label, on: { click: onClick } }, icon(name));
}
