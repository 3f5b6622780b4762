// The clips of the demo, for somebody who has no footage at hand.

import { ApiError, readDemoVideos, unreachable } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { at } from "../shared/root.js";

/** Offer the clips, if there are any; `onPick(clip)` is called with one. */
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
export const demoUrl = (name) => at(`/api/demo/videos/${encodeURIComponent(name)}`);

/** A clip as a file, to be sent like any other. */
export const fetchDemoVideo = (name, signal) => fetchVideo(demoUrl(name), name, signal);

/** A video of this server as a file. */
async function fetchVideo(address, name, signal) {
  let response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  if (!response.ok) throw new ApiError("not_found", `the demo has no clip ${name}`, response.status);
  return new File([await response.blob()], name, { type: "video/mp4" });
}

/** The film that is shown as a file that can be sent: chosen from this computer, or a clip of the demo. */
export async function filmOf(source, signal) {
  if (!source) throw new ApiError("media_not_found", "the film itself is not at hand; choose its own file under the picture");
  if (!(source instanceof File)) return fetchVideo(source, decodeURIComponent(source.split("/").at(-1)), signal);
  // Of a file that is gone, some browsers say that it is empty.
  const first = await source.slice(0, 1).arrayBuffer().catch(() => null);
  if (!first?.byteLength) {
    throw new ApiError("media_not_found", `${source.name} cannot be read any more where it was chosen; reload the page and choose the file again`);
  }
  return source;
}
