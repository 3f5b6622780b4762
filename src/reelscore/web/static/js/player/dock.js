// The player at the bottom of the page: what plays, where it is, and how loud.

import { byId, el } from "../shared/dom.js";
import { artists, clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { addKeys } from "../shared/keys.js";

const SEEK_SECONDS = 5;

/** Draw the dock for a player, and let the keyboard reach it from anywhere. */
export function mountDock(player) {
  const dock = byId("player");
  const toggle = el("button", { class: "play-button", type: "button", on: { click: () => player.toggle() } });
  const previous = stepButton("Previous song", "previous", () => player.step(-1));
  const next = stepButton("Next song", "next", () => player.step(1));
  const close = stepButton("Close the player", "close", () => player.clear());
  const title = el("strong");
  const by = el("span");
  const now = el("span", { class: "at" }, "0:00");
  const end = el("span", { class: "end" }, "0:00");
  const seek = el("input", {
    class: "slider", type: "range", id: "seek", min: "0", max: "0", step: "0.1", value: "0", "aria-label": "Position in the song",
  });
  const volume = el("input", {
    class: "slider", type: "range", id: "volume", min: "0", max: "1", step: "0.05", value: "1", "aria-label": "Volume", vars: { "--at": 1 },
  });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  dock.append(
    el("div", { class: "transport" }, previous, toggle, next),
    el("div", { class: "now" }, title, by),
    el("div", { class: "seek-row" }, now, seek, end),
    el("div", { class: "volume" }, icon("volume"), volume),
    close,
    problem,
  );

  seek.addEventListener("input", () => player.seek(Number(seek.value)));
  volume.addEventListener("input", () => {
    player.volume = Number(volume.value);
    volume.style.setProperty("--at", volume.value);
  });
  player.addEventListener("change", () => {
    dock.hidden = player.song === null;
    if (!player.song) return;
    toggle.replaceChildren(icon(player.playing ? "pause" : "play"));
    toggle.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    toggle.setAttribute("aria-pressed", String(player.playing));
    title.textContent = player.song.title;
    by.textContent = artists(player.song);
    previous.disabled = !player.neighbour(-1);
    next.disabled = !player.neighbour(1);
    problem.hidden = !player.fault;
    problem.textContent = player.fault;
    showTime();
  });
  player.addEventListener("time", showTime);
  const when = () => player.song !== null;
  addKeys("Player", [
    { key: " ", label: "Pause or go on", when, run: () => player.toggle() },
    { key: "ArrowLeft", label: "Back by 5 seconds", when, run: () => player.seek(player.position - SEEK_SECONDS) },
    { key: "ArrowRight", label: "On by 5 seconds", when, run: () => player.seek(player.position + SEEK_SECONDS) },
  ]);

  function showTime() {
    const { position, duration } = player;
    seek.max = String(duration || 0);
    seek.value = String(position);
    seek.style.setProperty("--at", String(duration ? position / duration : 0));
    seek.setAttribute("aria-valuetext", `${clock(position)} of ${clock(duration)}`);
    now.textContent = clock(position);
    end.textContent = clock(duration);
  }
}

function stepButton(label, name, onClick) {
  return el("button", { class: "step-button", type: "button", "aria-label": label, title: label, on: { click: onClick } }, icon(name));
}
