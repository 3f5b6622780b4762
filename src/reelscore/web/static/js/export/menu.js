// "Take it": the song under the film as a timeline for an editor, as sound, mixed, or as credits.

import { RATE } from "../audition/pieces.js";
import { cancelTask, part } from "../shared/api.js";
import { announce, el } from "../shared/dom.js";
import { bytes } from "../shared/format.js";
import { errorNotice, isTransient, notice, sentence } from "../shared/notice.js";
import { progressCard, taskStep } from "../shared/progress.js";
import { at } from "../shared/root.js";
import { sendForm } from "../shared/send-form.js";
import { recalled, remember } from "../shared/stored.js";
import { followTask } from "../shared/tasks.js";
import { checkVideo } from "../video/upload.js";

// [what `POST /api/exports` calls it, name, who reads it]
const WAYS = [
  ["Timeline for the editor", [
    ["fcp7", "Premiere, Resolve", "FCP7 XML"],
    ["fcpxml", "Final Cut, Resolve", "FCPXML"],
    ["edl", "Avid", "EDL, CMX 3600"],
    ["otio", "Resolve, Premiere", "OpenTimelineIO"],
    ["kdenlive", "Kdenlive", "project"],
    ["mlt", "Shotcut, melt", "MLT"],
    ["markers", "Markers", "CSV"],
  ]],
  ["Sound and film", [
    ["wav", "Music cue", "WAV, from a frame on"],
    ["mp4", "Mixed film", "MP4"],
    ["mov", "Mixed film", "MOV, PCM"],
  ]],
  ["Credits, and everything", [
    ["credits", "Credits", "text and cue sheets"],
    ["zip", "All of it", "ZIP"],
  ]],
];
const MIXES = ["mp4", "mov"];
const STORED = "media-folder";
const SILENT_DB = -60;

/**
 * The menu. `film(signal)` resolves with the film as a file; `levels()` are the volumes of
 * the desk ({ music, picture }, 0..1, `gain` in dB, whether to `duck`); `limits()` those of the server.
 */
export function takeMenu({ laying, film, levels, limits }) {
  const folder = el("input", { class: "field", type: "text", maxlength: "400", autocomplete: "off", spellcheck: "false", placeholder: "D:\\films or /Volumes/films", value: recalled(STORED) });
  folder.addEventListener("change", () => remember(STORED, folder.value));
  const state = el("div", { class: "take-state" });
  const groups = WAYS.map(([title, ways]) => el("div", { class: "take-group", role: "group", "aria-label": title },
    el("p", { class: "take-title", "aria-hidden": "true" }, title),
    ways.map(([to, name, format]) => el("button", {
      class: "button take-way", type: "button", "data-to": to, on: { click: () => take(to, `${name}, ${format}`) },
    }, name, el("small", {}, format)))));
  const place = el("p", { class: "hint" });
  const element = el("details", { class: "take-it" },
    el("summary", {}, "Take it"),
    place,
    groups,
    el("div", { class: "take-options" },
      el("label", {}, "Folder of the film on the editing machine", folder)),
    state);
  let work = null; // AbortController of what is under way

  /** What is taken: the plan or the fit that is heard, or the song where it lies. */
  function what() {
    const { audition } = laying;
    if (laying.fit) return { plan_id: laying.fit.id };
    if (laying.place === 0) return { plan_id: laying.document.id };
    // An export counts from the first picture, the desk from the zero of the player.
    const offset = audition.offset + laying.pictureStart;
    return { song_id: audition.song.id, offset: Math.round(offset * RATE) / RATE };
  }

  function fieldsOf(to) {
    const fields = { ...what(), to, media_folder: folder.value.trim() };
    if (!MIXES.includes(to)) return fields;
    const { music, picture, gain, duck } = levels();
    const mix = { music_db: decibels(music, gain), picture_db: decibels(picture), ...(duck ? {} : { duck: null }) };
    return { ...fields, mix: JSON.stringify(mix) };
  }

  async function take(to, label) {
    work?.abort();
    const own = (work = new AbortController());
    const { signal } = own;
    const fields = fieldsOf(to);
    const wanted = () => work === own && !signal.aborted;
    let task = null;
    const card = progressCard(state, label, () => {
      card.cancelling();
      if (task) cancelTask(task).catch((error) => wanted() && fail(error, to, label));
      else own.abort();
    });
    try {
      card.update(null, "Getting the film…");
      const file = await film(signal);
      if (!wanted()) return;
      checkVideo(file, limits().max_upload_mb);
      ({ task_id: task } = await sendForm("/api/exports", formOf(fields, file), {
        signal, onProgress: (sent, total) => card.update(total ? sent / total : null, `Sending the film: ${bytes(sent)} of ${bytes(total)}`),
      }));
      const over = await followTask(task, { signal, onChange: (now) => wanted() && card.update(...taskStep(now)), onSilence: () => card.update(null, "The server does not answer; trying again…") });
      if (!wanted()) return;
      if (over.state === "succeeded") finish(task, over.result);
      else if (over.state === "cancelled") state.replaceChildren(notice("info", "Cancelled", "Nothing was written."));
      else fail(over.error, to, label);
    } catch (error) {
      if (error.name === "AbortError") {
        if (work === own) state.replaceChildren();
      } else if (wanted()) fail(error, to, label);
    }
  }

  function finish(task, { filename, size, notes = [] }) {
    const address = at(`/api/exports/${part(task)}/file`);
    const link = el("a", { class: "button primary", href: address, download: filename, draggable: "true", title: "Click to save it, or drag it to the desktop" }, `Save ${filename}`, el("small", {}, ` ${bytes(size)}`));
    // Chromium's way to drag a file out of the page; elsewhere the address is dragged.
    link.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("DownloadURL", `application/octet-stream:${filename.replaceAll(":", "_")}:${new URL(address, location.href).href}`);
    });
    state.replaceChildren(el("div", { class: "taken" }, link, notes.map((note) => el("p", { class: "hint" }, sentence(note)))));
    announce(`${filename} is ready`);
    link.focus();
  }

  function fail(error, to, label) {
    if (!error.code) throw error; // a fault of this page belongs in the console
    const isGone = error.code === "stale" || (error.code === "not_found" && "plan_id" in fieldsOf(to));
    if (isGone) {
      state.replaceChildren(notice("warn", "The plan no longer holds",
        `${sentence(error.message)} ${laying.fit ? "Fit the song anew, then take it." : "It is planned anew now; see where the song lies, then take it."}`,
        laying.fit ? [["Fit again", () => fitAgain()]] : [], "alert"));
      if (!laying.fit) laying.planAgain();
      return;
    }
    state.replaceChildren(errorNotice(error, isTransient(error) ? [["Try again", () => take(to, label)]] : []));
  }

  function fitAgain() {
    state.replaceChildren();
    laying.fitToFilm({ ending: laying.fit.fit.ending, hitAt: null });
  }

  function show() {
    const { song } = laying.audition;
    element.hidden = !song;
    if (!song) {
      work?.abort();
      state.replaceChildren();
      return;
    }
    place.textContent = `“${song.title}”, ${laying.fit ? "fitted to the film" : laying.place === 0 ? "at the best place of its plan" : "where it lies now"}.`;
  }

  laying.addEventListener("change", show);
  show();
  return {
    element,
    destroy() {
      work?.abort();
      laying.removeEventListener("change", show);
    },
  };
}

function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
  form.append("video", file, file.name);
  return form;
}

/** A volume of the desk, and what is added to it in dB, as the mix takes it. */
const decibels = (level, gain = 0) => (level > 0 ? Math.max(SILENT_DB, Number((20 * Math.log10(level) + gain).toFixed(2))) : SILENT_DB);
