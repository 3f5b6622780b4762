// The map of the library: songs that sound alike lie together.

import { cancelTask } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { artists, counted, tempoText } from "../shared/format.js";
import { addKeys } from "../shared/keys.js";
import { makeMap, readMap, songsOnMap } from "../shared/library-api.js";
import { errorNotice, notice } from "../shared/notice.js";
import { progressCard, taskStep } from "../shared/progress.js";
import { followTask } from "../shared/tasks.js";
import { songRows } from "../song/rows.js";
import { mountCamera } from "./camera.js";
import { legendOf, paletteOf, WAYS } from "./colours.js";
import { loadMap } from "./data.js";
import { paintMap } from "./paint.js";

const HOVER_PX = 14;
const HOVER_MS = 70;
const SETTLED_MS = 250;
const AROUND = 12; // songs that are listed around the middle

/** The view of the map. */
export function mount(place, { player, library, navigate }) {
  let current = new AbortController();
  let map = null;
  let way = "group";
  let palette = null;
  let drawing = 0;
  let timer = 0;
  let settled = 0;
  const known = new Map(); // place -> song

  const note = el("p", { role: "status" });
  const notices = el("div", { class: "notices" });
  const canvas = el("canvas", { tabindex: "0", role: "application", "aria-label": "Map of the library", "aria-describedby": "map-hint", "data-own-keys": true });
  const tip = el("div", { class: "map-tip", hidden: true });
  const legend = el("div");
  const choice = el("select", { class: "field", id: "map-way" }, WAYS.map(([value, label]) => el("option", { value }, label)));
  const again = el("button", { class: "button quiet", type: "button", on: { click: remake } }, "Draw again");
  const nearby = songRows(player, { label: "Songs around the middle of the map" });
  const stage = el("div", { class: "map-stage" },
    el("div", { class: "map-frame" }, canvas, el("span", { class: "map-middle", "aria-hidden": "true" }), tip,
      el("div", { class: "map-zoom" },
        el("button", { class: "button", type: "button", "aria-label": "Zoom in", on: { click: () => view.zoom(1.6) } }, "+"),
        el("button", { class: "button", type: "button", "aria-label": "Zoom out", on: { click: () => view.zoom(1 / 1.6) } }, "−"),
        el("button", { class: "button", type: "button", on: { click: () => view.reset() } }, "All"))),
    el("aside", { class: "map-side", "aria-label": "Legend and songs" },
      el("div", { class: "tool" }, el("label", { class: "field-label", for: "map-way" }, "Colour"), choice),
      legend, el("section", { class: "nearby-songs" }, el("h2", {}, "In the centre"), nearby.element)));
  place.append(
    el("header", { class: "view-head" }, el("h1", {}, "Map"), note, again),
    el("p", { class: "hint", id: "map-hint" }, "Songs that sound alike lie together. ",
      el("span", { class: "by-mouse" }, "Drag or use the arrow keys to move, the wheel or + and − to zoom, 0 to see all; click a point to hear it."),
      el("span", { class: "by-touch" }, "Drag to move, pinch to zoom, tap a point to hear it.")),
    notices, stage);
  stage.hidden = true;

  const view = mountCamera(canvas, { onMove: drawSoon, onPick: pick });

  function drawSoon() {
    tip.hidden = true;
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      if (map && !place.hidden) paintMap(canvas, map, view.camera, map[way], palette);
    });
    clearTimeout(settled);
    settled = setTimeout(listAround, SETTLED_MS);
  }

  function recolour() {
    palette = paletteOf(way);
    legend.replaceChildren(legendOf(way, map?.groups ?? []));
    drawSoon();
  }

  /** The songs at places of the map, asked for once. */
  async function songsAt(places) {
    const missing = places.filter((item) => !known.has(item));
    if (missing.length) {
      for (const song of await songsOnMap(map.version, missing, current.signal)) known.set(song.place, song);
    }
    return places.map((item) => known.get(item)).filter(Boolean);
  }

  async function listAround() {
    if (!map || place.hidden) return;
    try {
      nearby.show(await songsAt(map.nearest(view.camera.x, view.camera.y, Math.min(AROUND, map.count))));
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  function at(px, py) {
    const [x, y] = view.placeAt(px, py);
    return map?.nearest(x, y, 1, HOVER_PX / view.camera.scale)[0] ?? null;
  }

  async function pick(px, py) {
    const found = at(px, py);
    if (found === null) return;
    try {
      const [song] = await songsAt([found]);
      if (song) player.toggle(song);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  canvas.addEventListener("pointermove", (event) => {
    clearTimeout(timer);
    if (view.dragging || !map) return;
    const found = at(event.offsetX, event.offsetY);
    canvas.classList.toggle("over-song", found !== null);
    if (found === null) tip.hidden = true;
    else timer = setTimeout(() => showTip(found), HOVER_MS);
  });
  canvas.addEventListener("pointerleave", () => {
    clearTimeout(timer);
    tip.hidden = true;
  });

  async function showTip(found) {
    const [song] = await songsAt([found]).catch(() => []);
    if (!song) return;
    const [px, py] = view.pointOf(map.x[found] / 65535, map.y[found] / 65535);
    const bpm = song.features?.tempo_bpm ? `${tempoText(song.features)} bpm` : null;
    tip.replaceChildren(el("strong", {}, song.title), el("span", {}, [artists(song), song.genre, bpm].filter(Boolean).join(" · ")));
    tip.style.transform = `translate(${px}px, ${py}px)`;
    tip.classList.toggle("leftwards", px > canvas.clientWidth / 2);
    tip.hidden = false;
  }

  function fail(error) {
    if (error.code === "not_found") return load(); // it was made anew meanwhile
    return notices.replaceChildren(errorNotice(error, [["Try again", load]]));
  }

  async function load() {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    notices.replaceChildren();
    try {
      const state = await readMap(signal);
      if (state.library_songs === 0) {
        stage.hidden = true;
        note.textContent = "";
        again.hidden = true;
        library.showEmpty(notices, load);
        return;
      }
      again.hidden = false;
      if (state.version && state.version !== map?.version) {
        map = await loadMap(state, signal);
        known.clear();
        stage.hidden = false;
        view.reset();
        recolour();
      } else if (map) drawSoon();
      note.textContent = state.version ? counted(state.songs, "song") : "";
      if (state.task_id || state.stale) await follow(state.task_id ?? (await makeMap()), signal);
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) fail(error);
    }
  }

  /** Show how the making goes, and the map once it is there. */
  async function follow(id, signal) {
    const slot = el("div");
    notices.replaceChildren(slot);
    const card = progressCard(slot, map ? "The library has changed: making the map anew" : "Making the map", () => {
      card.cancelling();
      cancelTask(id).catch(fail);
    });
    const task = await followTask(id, {
      signal,
      onChange: (state) => card.update(...taskStep(state)),
      onSilence: () => card.update(null, "The server does not answer; trying again…"),
    }).finally(() => card.remove());
    if (task.state === "failed") fail(task.error);
    else if (task.state === "cancelled") notices.replaceChildren(notice("info", "Stopped", "The map was not made anew. “Draw again” starts it again."));
    else await load();
  }

  async function remake() {
    try {
      await follow(await makeMap(), current.signal);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  choice.addEventListener("change", () => {
    way = choice.value;
    navigate(way === "group" ? "/map" : `/map?colour=${way}`, { replace: true, silent: true });
    recolour();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map && recolour());
  new ResizeObserver(drawSoon).observe(canvas);
  addKeys("Map (with the focus on it)", [["← → ↑ ↓", "Move"], ["+ −", "Zoom"], ["0", "See all"]].map(([key, label]) => ({ key, label, when: () => false, run() {} })));

  return {
    show(address) {
      document.title = "Map – reelscore";
      const wanted = address.searchParams.get("colour");
      way = WAYS.some(([value]) => value === wanted) ? wanted : "group";
      choice.value = way;
      load();
      if (map) recolour();
    },
    hide() {
      current.abort();
      clearTimeout(settled);
    },
  };
}
