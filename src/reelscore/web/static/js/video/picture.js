// The video itself: as this browser has it, as the demo serves it, as a copy that the server made for browsers
// that cannot show it, or what to do where it is none of these.

import { cancelTask } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice, sentence } from "../shared/notice.js";
import { progressCard, taskStep } from "../shared/progress.js";
import { followTask } from "../shared/tasks.js";

/** How far the length of a file that is chosen again may be from what was analysed. */
const SAME_SECONDS = 0.5;

/**
 * The panel with the picture.
 * `onVideo(video)` is told of the element that shows it, or null if there is none; `onClose()` that somebody does
 * not want it to go along where its place is out of sight.
 */
export function mountPicture({ onVideo, onClose }) {
  const panel = byId("picture");
  const place = el("div", { class: "screen" });
  const title = el("h2");
  const below = el("div", { class: "below-screen" });
  panel.append(title, place, below);
  let shown = null; // { source, video, url }
  let refused = null; // the source that this browser cannot show
  let copying = null; // { url, abort } of the copy that is shown or waited for
  let useless = ""; // address of a copy that it cannot show either
  let expected = null; // seconds that were analysed

  function hide() {
    panel.hidden = true;
    release();
    refused = null;
    below.replaceChildren();
  }

  function release() {
    copying?.abort();
    copying = null;
    if (!shown) return;
    shown.video.pause();
    shown.video.removeAttribute("src");
    if (shown.url) URL.revokeObjectURL(shown.url);
    shown = null;
    onVideo(null);
  }

  /**
   * Show a video: `source` is a File, an address of this server, or null if the file is not at hand;
   * `copy` ({ url, task_id }, the task that makes it or null) is shown where the source cannot be.
   */
  function show(name, source, copy = null) {
    title.textContent = name;
    panel.hidden = false;
    if (copy && copy.url !== useless && (!source || refused === source)) {
      if (copying?.url !== copy.url) useCopy(source, copy);
      return;
    }
    if (source && (shown?.source === source || refused === source)) return;
    release();
    refused = null;
    if (source) attach(source, source instanceof File ? URL.createObjectURL(source) : source);
    else place.replaceChildren(missing(name));
  }

  /** Show what lies at an address as the picture of a source. */
  function attach(source, address) {
    const close = el("button", { class: "step-button float-close", type: "button", "aria-label": "Put the picture back", title: "Put the picture back" }, icon("close"));
    close.addEventListener("click", onClose);
    const video = el("video", { playsinline: true, preload: "auto", "aria-label": "The video" });
    video.addEventListener("error", () => shown?.video === video && refuse(source));
    // Of a film whose picture it cannot decode but whose sound it can, a browser plays the sound and says nothing.
    video.addEventListener("loadedmetadata", () => (video.videoWidth ? compare() : shown?.video === video && refuse(source)));
    shown = { source, video, url: address.startsWith("blob:") ? address : null };
    video.src = address;
    place.replaceChildren(el("div", { class: "film" }, video, close));
    onVideo(video);
  }

  /** Wait for the copy of a film, and show it. */
  async function useCopy(source, { url, task_id: task }) {
    release();
    const stopping = new AbortController();
    const own = (copying = { url, abort: () => stopping.abort() });
    try {
      const over = task ? await followCopy(task, stopping.signal) : { state: "succeeded" };
      if (copying !== own) return;
      if (over.state === "failed") cannot(`The server could not make a copy: ${sentence(over.error.message)}`);
      else if (over.state === "cancelled") cannot("No copy of it was made.");
      else attach(source, url);
      if (!source && shown) place.append(originalField());
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!error.code) throw error;
      if (copying === own) cannot(sentence(error.message));
    }
  }

  async function followCopy(task, signal) {
    const card = progressCard(place, "This browser cannot show the film as it is; a copy is being made", () => {
      card.cancelling();
      cancelTask(task).catch(() => {}); // it goes on then, and its progress shows it
    });
    return followTask(task, { signal, onChange: (now) => card.update(...taskStep(now)) });
  }

  /** The copy is enough to watch; what goes to an editor needs the film itself. */
  function originalField() {
    const field = chooser("film-file", (file) => {
      shown.source = file;
      line.remove();
    });
    const line = el("p", { class: "field-hint" }, "A copy for this browser. To take the film away with its song, ", field);
    return line;
  }

  function compare() {
    const length = shown?.video.duration;
    if (expected === null || !length || Math.abs(length - expected) <= SAME_SECONDS) return;
    place.append(notice("warn", "Another video?", `It is ${clock(length)} long, and the one that was analysed ${clock(expected)}.`));
  }

  function refuse(source) {
    useless = copying?.url ?? useless;
    release();
    refused = source;
    cannot("To hear songs under the picture, export the cut as MP4 with H.264 or as WebM and choose that.");
  }

  function cannot(text) {
    place.replaceChildren(notice("warn", "This browser cannot show the film", `Its analysis may work all the same. ${text}`));
  }

  /** The file is not kept by the server, and a reload makes the browser forget it. */
  function missing(name) {
    return el("div", { class: "no-picture" },
      el("p", {}, `The server keeps the analysis of ${name}, not its picture. `),
      chooser("picture-file", (file) => attach(file, URL.createObjectURL(file)), "Choose the file again"),
      el("p", { class: "field-hint" }, "It is shown from where it is; nothing is sent."));
  }

  function chooser(id, onFile, words = "choose its own file") {
    const input = el("input", { class: "visually-hidden", type: "file", id, accept: "video/*,.mkv,.mov,.mxf" });
    input.addEventListener("change", () => input.files[0] && onFile(input.files[0]));
    return el("label", { class: "file-link" }, input, el("span", { class: "as-link" }, words));
  }

  return {
    show,
    hide,
    below,
    get video() {
      return shown?.video ?? null;
    },
    /** The film itself: a File, or an address of this server; null if only a copy is at hand. */
    get source() {
      return shown?.source ?? null;
    },
    set expected(seconds) {
      expected = seconds;
    },
  };
}
