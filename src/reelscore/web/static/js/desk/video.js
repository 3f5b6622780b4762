// A video as the question: dropped anywhere on the page or chosen, uploaded with progress and cancel.

import { byId } from "../shared/dom.js";
import { bytes } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { progressCard } from "../shared/progress.js";
import { fetchDemoVideo, offerDemoVideos } from "../video/demo.js";
import { checkKind, checkVideo, uploadVideo } from "../video/upload.js";

const SOUND = /\.(mp3|flac|wav|m4a|m4b|ogg|oga|opus|aif|aiff|wma|aac|mka)$/i;
const isSound = ({ type, name }) => type.startsWith("audio/") || (!type.startsWith("video/") && SOUND.test(name));

/**
 * Wire up the drop zone.
 * `onChoose(name, file, demo)` is called when a video was chosen and the upload begins (`demo` is its name
 * where it is a clip of the demo), `onUploaded({ task_id, film }, file, demo, project)` when its task is there
 * (`project`: the id of the one that it joins, or ""), `join(films)` answers with that id before anything is sent,
 * `onError(error, retry)` when it failed, `onCancel()` when it was stopped. `limits()` gives the server's
 * limits, `choices()` what goes with the video: limit, filters and options. `isShown()`: whether drops are ours;
 * `onSound(file)` is called with an audio file that was dropped.
 */
export function mountVideoDesk({ limits, choices, isShown, join, onChoose, onUploaded, onError, onCancel, onSound }) {
  const place = byId("video-progress");
  const input = byId("video-file");
  let upload = null;
  byId("drop-icon").append(icon("film"));

  /** Run one upload; a newer one takes its place. */
  async function run(work, retry) {
    upload?.abort();
    const own = (upload = new AbortController());
    try {
      await work(own.signal, () => upload === own);
    } catch (error) {
      if (upload !== own) return; // another video was chosen meanwhile
      if (error.name === "AbortError") onCancel();
      else onError(error, retry);
    } finally {
      if (upload === own) upload = null;
    }
  }

  async function transfer(file, demo, project, signal, isWanted) {
    checkVideo(file, limits().max_upload_mb);
    const card = progressCard(place, `Sending ${file.name}`, () => upload?.abort());
    try {
      card.update(0, `0 of ${bytes(file.size)}`);
      const sent = await uploadVideo(file, {
        ...choices(),
        signal,
        onProgress: (done, total) => card.update(total ? done / total : null, `${bytes(done)} of ${bytes(total)}`),
      });
      if (isWanted()) onUploaded(sent, file, demo, project);
    } finally {
      card.remove();
    }
  }

  /** Send a film; `project` is the id of the one that it joins, if there is one already. */
  function send(file, project = "") {
    byId("songs").focus({ preventScroll: true }); // keys mean the picture from here on, not the field of the file
    onChoose(file.name, file, "");
    return run((signal, isWanted) => transfer(file, "", project, signal, isWanted), () => send(file, project));
  }

  /** Take what was dropped or chosen: a sound, or films. */
  async function take(files) {
    const films = files.filter((file) => !isSound(file));
    if (!films.length) {
      if (files[0]) onSound(files[0]);
      return;
    }
    try {
      films.forEach(checkKind); // before a project is made of them
      send(films[0], await join(films));
    } catch (error) {
      onError(error, () => take(files));
    }
  }

  function sendDemo(clip) {
    onChoose(clip.name, null, clip.name);
    return run(async (signal, isWanted) => {
      const file = await fetchDemoVideo(clip.name, signal);
      await transfer(file, clip.name, "", signal, isWanted);
    }, () => sendDemo(clip));
  }

  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    take(files);
  });
  watchDrops(isShown, take);
  return {
    send,
    take,
    sendDemo,
    place,
    offerDemo: () => offerDemoVideos(sendDemo),
    stop() {
      upload?.abort();
    },
  };
}

/** The whole page takes a dropped file; the drop zone shows that it would. */
function watchDrops(isShown, onFiles) {
  let depth = 0; // dragenter and dragleave come for every element on the way
  const hasFile = (event) => isShown() && event.dataTransfer?.types.includes("Files");
  const mark = () => document.body.classList.toggle("dragging", depth > 0);
  document.addEventListener("dragenter", (event) => {
    if (!hasFile(event)) return;
    depth += 1;
    mark();
  });
  document.addEventListener("dragleave", (event) => {
    if (!hasFile(event)) return;
    depth = Math.max(0, depth - 1);
    mark();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    onFiles([...event.dataTransfer.files]);
  });
}
