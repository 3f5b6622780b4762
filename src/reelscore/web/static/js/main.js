// The page: joins the desks, the address bar, the list and the player.

import { cancelTask, recommendFile, recommendText, similarSongs, song as readSong } from "./api.js";
import { hideAnalysis, showAnalysis, showVideo } from "./analysis-panel.js";
import { byId } from "./dom.js";
import { icon } from "./icons.js";
import { mountLibrary } from "./library.js";
import { errorNotice, isTransient, notice } from "./notice.js";
import { Player } from "./player.js";
import { mountDock } from "./player-dock.js";
import { progressCard, taskStep } from "./progress.js";
import { startRouter } from "./router.js";
import { mountSongDesk } from "./song-desk.js";
import { mountSongList } from "./song-list.js";
import { mountTabs } from "./tabs.js";
import { followTask } from "./tasks.js";
import { mountVideoDesk } from "./video-desk.js";
import { mountWordsDesk } from "./words-desk.js";

const LIMIT = 30;

const notices = byId("notices");
const files = new Map(); // task id -> the video as this browser has it
const player = new Player(byId("audio"));
let navigate = () => {};
let current = new AbortController(); // of the question that is shown

const selectTab = mountTabs([icon("film"), icon("speech"), icon("note")]);
const library = mountLibrary({ onFilled: () => selectTab("words") });
const songs = mountSongList(player, (song) => navigate({ kind: "song", id: song.id }));
const wordsDesk = mountWordsDesk((text) => navigate({ kind: "text", text }));
const songDesk = mountSongDesk({
  onPick: (song) => navigate({ kind: "song", id: song.id }),
  onFile: (file) => ask((signal) => showFile(file, signal)),
});
const videoDesk = mountVideoDesk({
  limit: LIMIT,
  limits: () => library.limits,
  onChoose: (file) => {
    fresh("results");
    selectTab("video");
    showVideo(file.name, file);
    songs.wait("The songs appear here once the video has been looked at.");
  },
  onUploaded: (taskId, file) => {
    files.set(taskId, file);
    navigate({ kind: "task", id: taskId });
  },
  onError: (error, file) => fail(error, () => videoDesk.send(file)),
  onCancel: () => navigate({ kind: "start" }),
});
mountDock(player);
byId("home-link").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  navigate({ kind: "start" });
});

/** Leave what was shown; what was still on its way is no longer wanted. */
function fresh(view) {
  current.abort();
  current = new AbortController();
  document.body.dataset.view = view;
  notices.replaceChildren();
  byId("song-progress").replaceChildren();
  videoDesk.place.replaceChildren();
  hideAnalysis();
  songs.clear();
  return current.signal;
}

/** Run one question, and say so where it fails. */
async function ask(run) {
  const signal = fresh("results");
  try {
    await run(signal);
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) fail(error, () => ask(run));
  }
}

function fail(error, retry) {
  songs.clear();
  if (error.code === "empty_library") library.showEmpty();
  else if (error.code) notices.replaceChildren(errorNotice(error, isTransient(error) ? [["Try again", retry]] : []));
  else throw error; // a fault of this page belongs in the console
}

function show(route) {
  videoDesk.stop();
  if (route.kind === "text") ask((signal) => showText(route.text, signal));
  else if (route.kind === "song") ask((signal) => showSimilar(route.id, signal));
  else if (route.kind === "task") ask((signal) => showTask(route.id, signal));
  else showStart();
}

function atStart() {
  return document.body.dataset.view === "start";
}

function showStart() {
  fresh("start");
  document.title = "reelscore";
  wordsDesk.show("");
  songDesk.show("");
  if (library.isEmpty) library.showEmpty();
}

function showAnswer(title, answer) {
  document.title = `${title} – reelscore`;
  songs.show({ title, songs: answer.songs ?? answer.data, space: answer.space, notes: answer.notes });
}

async function showText(text, signal) {
  selectTab("words");
  wordsDesk.show(text);
  showAnswer(`Songs for “${text}”`, await recommendText(text, LIMIT, signal));
}

async function showSimilar(id, signal) {
  selectTab("song");
  const [song, answer] = await Promise.all([readSong(id, signal), similarSongs(id, LIMIT, signal)]);
  songDesk.show(song.title);
  showAnswer(`Songs like “${song.title}”`, answer);
}

async function showFile(file, signal) {
  selectTab("song");
  songDesk.show("");
  const place = byId("song-progress");
  const card = progressCard(place, `Listening to ${file.name}`, () => navigate({ kind: "start" }));
  card.update(null, "Measuring its sound…");
  try {
    showAnswer(`Songs like “${file.name}”`, await recommendFile(file, LIMIT, signal));
  } finally {
    card.remove();
  }
}

async function showTask(id, signal) {
  selectTab("video");
  const file = files.get(id);
  const video = file ? showVideo(file.name, file) : null;
  songs.wait("The songs appear here once the video has been looked at.");
  let card = null;
  const task = await followTask(id, {
    signal,
    onChange: (task) => {
      if (signal.aborted) return;
      card ??= progressCard(videoDesk.place, file ? `Analysing ${file.name}` : "Analysing the video", () => {
        card.cancelling();
        cancelTask(id).catch((error) => fail(error, () => navigate({ kind: "task", id })));
      });
      card.update(...taskStep(task));
    },
    onSilence: () => card?.update(null, "The server does not answer; trying again…"),
  }).finally(() => card?.remove());
  songs.clear();
  if (task.state === "failed") {
    fail(task.error, () => (file ? videoDesk.send(file) : navigate({ kind: "start" })));
  } else if (task.state === "cancelled") {
    notices.replaceChildren(notice("info", "Cancelled", "The analysis was stopped. Drop a video to start another."));
  } else if (!task.result?.songs) {
    notices.replaceChildren(notice("info", "Done", "This task was no video analysis, so there is nothing to show."));
  } else {
    const name = task.result.query?.video ?? "the video";
    showAnalysis({ name, analysis: task.result.analysis, video, onPhrase: (text) => navigate({ kind: "text", text }) });
    showAnswer(`Songs for ${name}`, task.result);
  }
}

navigate = startRouter(show);
library.refresh().then(
  () => atStart() && library.isEmpty && library.showEmpty(),
  (error) => atStart() && fail(error, () => location.reload()),
);
