// The clips of the demo, for somebody who has no footage at hand.

import { ApiError, readDemoVideos, unreachable } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";

/** Offer the clips, where there are any; `onPick(clip)` is called with one. */
export async function offerDemoVideos(onPick) {
  const place = byId("demo-videos");
  if (place.hasChildNodes()) return;
  let clips;
  try {
    clips = await readDemoVideos();
  } catch {
    return; // without a server there is more to say than this, and the view says it
  }
  if (!clips.length || place.hasChildNodes()) return;
  place.append(el("span", { class: "field-hint" }, "Or try "), ...clips.map((clip) =>
    el("button", { class: "chip", type: "button", on: { click: () => onPick(clip) } }, clip.title)));
}

/** The address of a clip of the demo. */
export const demoUrl = (name) => `/api/demo/videos/${encodeURIComponent(name)}`;

/** A clip as a file, to be sent like any other. */
export async function fetchDemoVideo(name, signal) {
  let response;
  try {
    response = await fetch(demoUrl(name), { signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  if (!response.ok) throw new ApiError("not_found", `the demo has no clip ${name}`, response.status);
  return new File([await response.blob()], name, { type: "video/mp4" });
}
