// The controls of an audition: transport, A and B, volumes, repeat, and how well song and picture keep step.

import { el } from "../shared/dom.js";
import { artists, clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";

const TELL_MS = 500;

/** The controls of an audition; answers with the element. */
export function auditionPanel(audition) {
  const toggle = el("button", { class: "play-button", type: "button", on: { click: () => audition.toggle() } });
  const restart = iconButton("To the beginning", "previous", () => audition.seek(audition.loop?.start ?? 0));
  const now = el("span", { class: "at" }, "0:00");
  const slots = ["A", "B"].map((slot) => slotButton(audition, slot));
  const keep = el("button", { class: "button quiet", type: "button", on: { click: () => audition.keep() } }, "Keep as A");
  const loop = el("button", { class: "button quiet", type: "button", "aria-pressed": "false", on: { click: () => toggleLoop(audition) } }, "Repeat");
  const whole = el("button", { class: "button quiet icon-only", type: "button", "aria-label": "Full screen", title: "Full screen", on: { click: () => audition.video?.requestFullscreen?.() } }, icon("screen"));
  const music = slider("Music", 0.9, (level) => (audition.musicLevel = level));
  const picture = slider("Picture sound", 0.6, (level) => audition.video && (audition.video.volume = level));
  const step = el("p", { class: "in-step", title: "How far the song is from where it belongs under the picture" });
  const fault = el("p", { class: "problem", role: "alert", hidden: true });
  const hint = el("p", { class: "field-hint" }, "Choose a song of the list to hear it under the picture.");
  const panel = el("div", { class: "audition" },
    el("div", { class: "transport" }, restart, toggle, now, loop, whole),
    el("div", { class: "volumes" }, picture.element, music.element),
    el("div", { class: "takes" }, slots.map((slot) => slot.element), keep),
    hint, step, fault);

  const showTime = () => (now.textContent = clock(audition.video?.currentTime ?? 0));
  const show = () => {
    const { playing, video } = audition;
    toggle.replaceChildren(icon(playing ? "pause" : "play"));
    toggle.setAttribute("aria-label", playing ? "Pause the picture" : "Play the picture");
    toggle.disabled = restart.disabled = loop.disabled = whole.disabled = !video;
    if (video) video.volume = picture.level();
    slots.forEach((slot) => slot.show());
    keep.hidden = audition.active !== "B" || !audition.takes.B;
    hint.hidden = Boolean(audition.song || audition.waiting);
    loop.setAttribute("aria-pressed", String(Boolean(audition.loop)));
    loop.textContent = audition.loop ? `Repeats ${clock(audition.loop.start)}–${clock(audition.loop.end)}` : "Repeat";
    fault.hidden = !audition.fault;
    fault.textContent = audition.fault;
    showTime();
  };
  const tell = () => {
    const error = audition.sync?.error ?? null;
    step.hidden = !audition.song;
    if (error === null) return;
    step.textContent = `In step within ${Math.max(1, Math.round(Math.abs(error) * 1000))} ms`;
    panel.dataset.errorMs = (error * 1000).toFixed(1);
  };

  let watched = null;
  const watch = () => {
    if (watched === audition.video) return;
    watched?.removeEventListener("timeupdate", showTime);
    watched = audition.video;
    watched?.addEventListener("timeupdate", showTime);
  };
  audition.addEventListener("change", show);
  audition.addEventListener("change", watch);
  const timer = setInterval(tell, TELL_MS);
  show();
  watch();
  return {
    element: panel,
    /** The volumes, 0..1. */
    levels: () => ({ music: music.level(), picture: picture.level() }),
    destroy() {
      clearInterval(timer);
      watched?.removeEventListener("timeupdate", showTime);
      audition.removeEventListener("change", show);
      audition.removeEventListener("change", watch);
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
  const button = el("button", { class: "take", type: "button", on: { click: () => audition.switchTo(slot) } },
    el("kbd", { "aria-hidden": "true" }, slot), title);
  return {
    element: button,
    show() {
      const take = audition.takes[slot];
      const song = take?.song;
      button.hidden = !song;
      if (!song) return;
      const by = artists(song);
      title.textContent = by ? `${song.title} – ${by}` : song.title;
      button.setAttribute("aria-pressed", String(audition.active === slot));
      button.setAttribute("aria-label", `${slot}: ${title.textContent}`);
    },
  };
}

function slider(label, initial, onChange) {
  const input = el("input", { class: "slider", type: "range", min: "0", max: "1", step: "0.05", value: String(initial), "aria-label": label, vars: { "--at": initial } });
  input.addEventListener("input", () => {
    input.style.setProperty("--at", input.value);
    onChange(Number(input.value));
  });
  return {
    element: el("label", { class: "volume" }, el("span", { "aria-hidden": "true" }, label), input),
    level: () => Number(input.value),
  };
}

function iconButton(label, name, onClick) {
  return el("button", { class: "step-button", type: "button", "aria-label": label, title: label, on: { click: onClick } }, icon(name));
}
