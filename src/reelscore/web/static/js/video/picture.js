// The video itself: as this browser has it, as the demo serves it, or what to do where it is neither.

import { byId, el } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { notice } from "../shared/notice.js";

/** How far the length of a file that is chosen again may be from what was analysed. */
const SAME_SECONDS = 0.5;

/**
 * The panel with the picture.
 * `onVideo(video)` is told of the element that shows it, or null where there is none.
 */
export function mountPicture({ onVideo }) {
  const panel = byId("picture");
  const place = el("div", { class: "screen" });
  const title = el("h2");
  const below = el("div", { class: "below-screen" });
  panel.append(title, place, below);
  let shown = null; // { source, video, url }
  let expected = null; // seconds that were analysed

  function hide() {
    panel.hidden = true;
    release();
    below.replaceChildren();
  }

  function release() {
    if (!shown) return;
    shown.video.pause();
    shown.video.removeAttribute("src");
    if (shown.url) URL.revokeObjectURL(shown.url);
    shown = null;
    onVideo(null);
  }

  /** Show a video: `source` is a File, an address of this server, or null where the file is not at hand. */
  function show(name, source) {
    title.textContent = name;
    panel.hidden = false;
    if (source && shown?.source === source) return;
    release();
    if (source) attach(source);
    else place.replaceChildren(missing(name));
  }

  function attach(source) {
    const url = source instanceof File ? URL.createObjectURL(source) : null;
    const video = el("video", { playsinline: true, preload: "auto", "aria-label": "The video" });
    video.addEventListener("error", () => shown?.video === video && refuse());
    video.addEventListener("loadedmetadata", compare);
    shown = { source, video, url };
    video.src = url ?? source;
    place.replaceChildren(video);
    onVideo(video);
  }

  function compare() {
    const length = shown?.video.duration;
    if (expected === null || !length || Math.abs(length - expected) <= SAME_SECONDS) return;
    place.append(notice("warn", "Another video?", `It is ${clock(length)} long, and the one that was analysed ${clock(expected)}.`));
  }

  function refuse() {
    release();
    place.replaceChildren(notice("warn", "This browser cannot show the video",
      "Its analysis may work all the same. To hear songs under the picture, export the cut as MP4 with H.264 or as WebM and choose that."));
  }

  /** The file is not kept by the server, and a reload makes the browser forget it. */
  function missing(name) {
    const input = el("input", { class: "visually-hidden", type: "file", id: "picture-file", accept: "video/*,.mkv,.mov,.mxf" });
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file) attach(file);
    });
    return el("div", { class: "no-picture" },
      el("p", {}, `The server keeps the analysis of ${name}, not its picture. `),
      el("label", { class: "file-link" }, input, el("span", { class: "as-link" }, "Choose the file again")),
      el("p", { class: "field-hint" }, "It is shown from where it is; nothing is sent."));
  }

  return {
    show,
    hide,
    below,
    get video() {
      return shown?.video ?? null;
    },
    /** What is shown: a File, or an address of this server. */
    get source() {
      return shown?.source ?? null;
    },
    set expected(seconds) {
      expected = seconds;
    },
  };
}
