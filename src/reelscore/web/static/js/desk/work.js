// What an answer is shown with: the film and what lies under it, the songs, the project. It comes after the start.

import { mountAbout } from "../analysis/about.js";
import { mountAnalysis } from "../analysis/panel.js";
import { addAuditionKeys } from "../audition/keys.js";
import { mountFilters } from "../filters/panel.js";
import { addLayingKeys } from "../laying/keys.js";
import { filmList } from "../project/films.js";
import { addShortlistKeys } from "../project/keys.js";
import { Project } from "../project/project.js";
import { addressOf } from "../project/recent.js";
import { mountShortlist } from "../project/shortlist.js";
import { mountChips, rememberTitle } from "../query/chips.js";
import { asked, changed, formatQuery } from "../query/query.js";
import { byId } from "../shared/dom.js";
import { GUEST } from "../shared/guest.js";
import { noteHeard } from "../taste/heard.js";
import { questionsPanel } from "../taste/questions.js";
import { mountAnswers } from "./answers.js";
import { filmsOf } from "./batches.js";
import { songActions } from "./song-actions.js";
import { mountSongList } from "./song-list.js";
import { mountStage } from "./stage.js";

/**
 * Mount the parts of an answer beside the `start`: { selectTab, wordsDesk, songDesk, videoDesk, notices, files }.
 * `question()` is the one that is shown, `isShown()` whether the desk is; `fail(error, retry)` says what went wrong.
 */
export function mountWork({ player, library, navigate: go }, { start, question, isShown, fail }) {
  const { files } = start;
  const copies = new Map(); // id of a task or an analysis -> the copy of a film that browsers cannot show

  const navigate = (next, options) => go(formatQuery(next), options);
  const change = (changes) => navigate(changed(question(), changes));
  const ask = (next) => navigate(asked(question(), next));
  const project = new Project();
  const { batch, join } = filmsOf(project, { files, copies, limits: () => library.limits });
  const stage = mountStage({ limits: () => library.limits, project });
  const about = mountAbout({ onChange: (text) => question().kind === "video" && change({ about: text, wishes: null }) });
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
      const { kind, unlike } = question();
      // A song takes the place of the song that was asked with; beside words or a picture it leans to it.
      if (kind === "song" || kind === "file") ask({ kind: "song", id: song.id });
      else change({ like: song.id, unlike: unlike.filter((id) => id !== song.id) });
    },
    onUnlike: (song) => {
      rememberTitle(song);
      const { like, unlike } = question();
      const next = [...unlike.filter((id) => id !== song.id), song.id].slice(-10);
      change({ unlike: next, like: like === song.id ? "" : like });
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
  const answers = mountAnswers({ ...start, copies, library, navigate, songs, stage, about, analysis, project, fail });

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
  setInterval(() => isShown() && stage.audition.playing && songs.mark(), 250);
  addAuditionKeys(stage.audition, stage.shuttle, {
    isShown: () => isShown() && player.song === null,
    neighbour: (by) => {
      const song = neighbour(by);
      if (song) songs.reveal(song.id);
      return song;
    },
  });
  addShortlistKeys({ isShown: () => isShown() && project.data !== null && !GUEST, current: () => stage.audition.song, keep });
  addLayingKeys({ isShown: () => isShown() && player.song === null, laying: () => stage.laying, zoom: () => stage.zoom });

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

  return {
    about,
    join,
    pause: stage.pause,
    /** The films that wait for the one before them are sent now. */
    release: batch.release.bind(batch),
    clear: songs.clear,
    /** Show what is set beside the question. */
    show(query) {
      filters.show(query);
      chips.show(query);
    },
    /** Leave what was shown, for a question of another kind. */
    leave(kind) {
      if (kind !== "video") {
        stage.hide();
        about.hide();
        project.close();
      }
      if (kind !== "video" && kind !== "start") filters.offer();
      analysis.hide();
      songs.clear();
    },
    renew: songs.renew,
    /** A film that is on its way; its copy is kept by its task. */
    preview(name, source) {
      stage.preview(name, source);
      about.hide();
      about.show("", true);
      songs.wait("The songs appear here once the video has been looked at.");
    },
    sent(id, copy) {
      if (copy) copies.set(id, copy);
    },
    /** Answer a question; resolves with the question that the address names then, if that is another. */
    async answer(query, signal) {
      const answered = await answers.answer(query, signal);
      if (!signal.aborted) player.setQueue(songs.songs);
      return answered;
    },
  };
}
