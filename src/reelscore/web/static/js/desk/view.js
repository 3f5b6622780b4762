// The desk: joins the three ways to ask, the answer, and the picture. The address says what is shown.

import { mountAbout } from "../analysis/about.js";
import { mountAnalysis } from "../analysis/panel.js";
import { addAuditionKeys } from "../audition/keys.js";
import { mountFilters } from "../filters/panel.js";
import { addLayingKeys } from "../laying/keys.js";
import { filmList } from "../project/films.js";
import { addShortlistKeys } from "../project/keys.js";
import { Project } from "../project/project.js";
import { addressOf, showRecent } from "../project/recent.js";
import { mountShortlist } from "../project/shortlist.js";
import { LIMIT } from "../query/answer.js";
import { mountChips, rememberTitle } from "../query/chips.js";
import { asked, changed, formatQuery, parseQuery } from "../query/query.js";
import { byId } from "../shared/dom.js";
import { GUEST } from "../shared/guest.js";
import { icon } from "../shared/icons.js";
import { errorNotice, isTransient } from "../shared/notice.js";
import { noteHeard } from "../taste/heard.js";
import { questionsPanel } from "../taste/questions.js";
import { demoUrl } from "../video/demo.js";
import { mountAnswers } from "./answers.js";
import { filmsOf } from "./batches.js";
import { mountColumns } from "./columns.js";
import { songActions } from "./song-actions.js";
import { mountSongList } from "./song-list.js";
import { mountSongDesk } from "./song.js";
import { mountStage } from "./stage.js";
import { mountTabs } from "./tabs.js";
import { mountVideoDesk } from "./video.js";
import { mountWordsDesk } from "./words.js";

/** The view of the desk; its elements are in index.html. */
export function mount(place, { player, library, navigate: go }) {
  const notices = byId("notices");
  mountColumns();
  const files = new Map(); // id of a task or an analysis, or name of a song's file -> the file as this browser has it
  const copies = new Map(); // id of a task or an analysis -> the copy of a film that browsers cannot show
  let query = parseQuery("");
  let current = new AbortController(); // of the question that is shown
  let visible = false;

  const navigate = (next, options) => go(formatQuery(next), options);
  const change = (changes) => navigate(changed(query, changes));
  const ask = (question) => navigate(asked(query, question));
  const selectTab = mountTabs([icon("film"), icon("speech"), icon("note")]);
  const project = new Project();
  const { batch, join } = filmsOf(project, { files, copies, limits: () => library.limits });
  const stage = mountStage({ limits: () => library.limits, project });
  const about = mountAbout({ onChange: (text) => query.kind === "video" && change({ about: text, wishes: null }) });
  const analysis = mountAnalysis({ onChange: change });
  const filters = mountFilters({ onChange: change });
  const chips = mountChips(change);
  const { actions, keep, tryKept, state } = songActions({
    player,
    fail,
    stage,
    project,
    onLike: (song) => {
      rememberTitle(song);
      // A song takes the place of the song that was asked with; beside words or a picture it leans to it.
      if (query.kind === "song" || query.kind === "file") ask({ kind: "song", id: song.id });
      else change({ like: song.id, unlike: query.unlike.filter((id) => id !== song.id) });
    },
    onUnlike: (song) => {
      rememberTitle(song);
      const unlike = [...query.unlike.filter((id) => id !== song.id), song.id].slice(-10);
      change({ unlike, like: query.like === song.id ? "" : query.like });
    },
  });
  const songs = mountSongList({ actions, state });
  const shortlist = mountShortlist(project, {
    films: filmList(project, batch, {
      // The question is the project's: another film is asked for with the same words and filters.
      onFilm: (film) => change({ kind: "video", id: film.analysis_id, name: film.name, demo: "", project: project.data.id }),
      onLeft: () => go(addressOf(project.data)),
    }),
    play: tryKept,
    place: () => stage.place,
    onCopy: (copy) => go(addressOf(copy)),
    onRemove: () => ask({ kind: "start" }),
  });
  const tryHere = (song) => tryKept({ song_id: song.id, offset: undefined, fitted: false });
  if (!GUEST) byId("shortlist").append(questionsPanel({ among: () => songs.songs.map(({ id }) => id), play: tryHere, projectOf: () => project.data?.id ?? null }));
  const wordsDesk = mountWordsDesk((text) => ask({ kind: "text", text }));
  const songDesk = mountSongDesk({
    onPick: (song) => ask({ kind: "song", id: song.id }),
    onFile: listen,
  });
  const videoDesk = mountVideoDesk({
    limits: () => library.limits,
    choices: () => ({ limit: LIMIT, filters: query.filters, options: query.options }),
    isShown: () => visible,
    join,
    onChoose: (name, file, demo) => {
      fresh("video");
      selectTab("video");
      stage.preview(name, demo ? demoUrl(demo) : file);
      about.hide();
      about.show("", true);
      songs.wait("The songs appear here once the video has been looked at.");
    },
    onUploaded: ({ task_id: id, film }, file, demo, joined) => {
      files.set(id, file);
      if (film) copies.set(id, film);
      ask({ kind: "task", id, name: file.name, demo, project: joined, about: about.text });
    },
    onError: (error, retry) => fail(error, retry),
    onCancel: () => ask({ kind: "start" }),
    onSound: listen,
  });
  const answers = mountAnswers({ files, copies, library, navigate, songs, stage, about, analysis, project, selectTab, wordsDesk, songDesk, videoDesk, notices, fail });

  const heard = noteHeard(stage.audition, () => project.data?.id ?? "");
  addEventListener("pagehide", () => heard.flush());
  project.addEventListener("change", songs.mark);
  stage.audition.addEventListener("change", () => {
    if (stage.audition.playing) player.clear();
    songs.mark();
    shortlist.mark();
    prepareNext();
  });
  for (const event of ["change", "time"]) player.addEventListener(event, songs.mark);
  setInterval(() => visible && stage.audition.playing && songs.mark(), 250);
  addAuditionKeys(stage.audition, stage.shuttle, {
    isShown: () => visible && player.song === null,
    neighbour: (by) => {
      const song = neighbour(by);
      if (song) songs.reveal(song.id);
      return song;
    },
  });

  addShortlistKeys({ isShown: () => visible && project.data !== null && !GUEST, current: () => stage.audition.song, keep });
  addLayingKeys({ isShown: () => visible && player.song === null, laying: () => stage.laying, zoom: () => stage.zoom });

  /** Ask with an audio file of this computer. */
  function listen(file) {
    files.set(`song ${file.name}`, file);
    ask({ kind: "file", name: file.name });
  }

  function neighbour(by) {
    const { audition } = stage;
    return songs.neighbour(audition.waiting || audition.song?.id, by, (song) => song.audition?.allowed !== false);
  }

  /** The song that may be wanted next is decoded ahead, so that it comes in without waiting. */
  function prepareNext() {
    const { audition } = stage;
    const next = audition.playing && !audition.waiting && neighbour(1);
    if (next) audition.prepare(next);
  }

  /** Leave what was shown; what was still on its way is no longer wanted. */
  function fresh(kind) {
    current.abort();
    current = new AbortController();
    document.body.dataset.view = kind === "start" ? "start" : "results";
    document.body.dataset.kind = kind;
    notices.replaceChildren();
    byId("song-progress").replaceChildren();
    videoDesk.place.replaceChildren();
    if (kind !== "video") {
      stage.hide();
      about.hide();
      project.close();
    }
    byId("recent").hidden = true;
    if (kind !== "video" && kind !== "start") filters.offer();
    analysis.hide();
    songs.clear();
    return current.signal;
  }

  /** The question changed, the picture and what was said of it did not: they stay. */
  function renew() {
    current.abort();
    current = new AbortController();
    notices.replaceChildren();
    songs.renew();
    return current.signal;
  }

  /** Answer the question, and say so if that fails. */
  async function answer(keep) {
    const kind = { task: "video" }[query.kind] ?? query.kind;
    const signal = keep ? renew() : fresh(kind);
    try {
      const answered = await answers.answer(query, signal);
      if (answered && !signal.aborted) query = answered; // a task that is over became an analysis
      if (!signal.aborted) player.setQueue(songs.songs);
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) fail(error, () => answer(keep));
    } finally {
      batch.release();
    }
  }

  function fail(error, retry) {
    batch.release();
    songs.clear();
    if (error.code === "empty_library") library.showEmpty(notices);
    else if (error.code) notices.replaceChildren(errorNotice(error, isTransient(error) ? [["Try again", retry]] : []));
    else throw error; // a fault of this page belongs in the console
  }

  function showStart() {
    const signal = fresh("start");
    batch.release();
    document.title = "reelscore";
    wordsDesk.show("");
    songDesk.show("");
    videoDesk.offerDemo();
    showRecent(signal);
    library.refresh().then(
      () => !signal.aborted && library.isEmpty && library.showEmpty(notices, () => selectTab("words")),
      (error) => !signal.aborted && fail(error, () => location.reload()),
    );
  }

  return {
    /** Take files that were dropped on another view. */
    drop: videoDesk.take,
    show(address) {
      const before = query;
      query = parseQuery(address.search);
      visible = true;
      videoDesk.stop();
      filters.show(query);
      chips.show(query);
      if (query.kind === "start") showStart();
      else answer(sameSubject(before, query) && document.body.dataset.view === "results");
    },
    hide() {
      visible = false;
      videoDesk.stop();
      stage.pause();
      current.abort();
    },
  };
}

/** Whether two questions are about the same video, sentence or song. */
function sameSubject(one, other) {
  return one.kind === other.kind && one.kind !== "task" && one.id === other.id && one.text === other.text && one.name === other.name;
}
