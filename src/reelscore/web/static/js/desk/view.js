// The desk: joins the three ways to ask, and the answer. The address says what is shown.

import { showRecent } from "../project/recent.js";
import { LIMIT } from "../query/answer.js";
import { asked, formatQuery, parseQuery } from "../query/query.js";
import { unreachable } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { errorNotice, isTransient } from "../shared/notice.js";
import { demoUrl } from "../video/demo.js";
import { mountColumns } from "./columns.js";
import { mountSongDesk } from "./song.js";
import { mountTabs } from "./tabs.js";
import { mountVideoDesk } from "./video.js";
import { mountWordsDesk } from "./words.js";

/** The view of the desk; its elements are in index.html. */
export function mount(place, app) {
  const { library } = app;
  const notices = byId("notices");
  mountColumns();
  const files = new Map(); // id of a task or an analysis, or name of a song's file -> the file as this browser has it
  let query = parseQuery("");
  let current = new AbortController(); // of the question that is shown
  let visible = false;
  let work = null; // the parts of an answer, once they are there
  let coming = null; // the same while their files are on their way

  const ask = (question) => app.navigate(formatQuery(asked(query, question)));
  const selectTab = mountTabs([icon("film"), icon("speech"), icon("note")]);
  const wordsDesk = mountWordsDesk((text) => ask({ kind: "text", text }));
  const songDesk = mountSongDesk({
    onPick: (song) => ask({ kind: "song", id: song.id }),
    onFile: listen,
  });
  const videoDesk = mountVideoDesk({
    limits: () => library.limits,
    choices: () => ({ limit: LIMIT, filters: query.filters, options: query.options }),
    isShown: () => visible,
    join: async (films) => (await load()).join(films),
    async onChoose(name, file, demo) {
      const signal = fresh("video");
      selectTab("video");
      const parts = await load();
      if (!signal.aborted) parts.preview(name, demo ? demoUrl(demo) : file);
    },
    async onUploaded({ task_id: id, film }, file, demo, project) {
      files.set(id, file);
      const parts = await load();
      parts.sent(id, film);
      ask({ kind: "task", id, name: file.name, demo, project, about: parts.about.text });
    },
    onError: (error, retry) => fail(error, retry),
    onCancel: () => ask({ kind: "start" }),
    onSound: listen,
  });
  const start = { selectTab, wordsDesk, songDesk, videoDesk, notices, files };

  /** The parts of an answer, which are many files; the start does not wait for them. */
  const load = () => (coming ??= mountParts());

  async function mountParts() {
    try {
      const { mountWork } = await import("./work.js");
      return (work = mountWork(app, { start, question: () => query, isShown: () => visible, fail }));
    } catch (error) {
      coming = null;
      console.warn(error);
      throw unreachable();
    }
  }

  /** Ask with an audio file of this computer. */
  function listen(file) {
    files.set(`song ${file.name}`, file);
    ask({ kind: "file", name: file.name });
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
    byId("recent").hidden = true;
    work?.leave(kind);
    return current.signal;
  }

  /** The question changed, the picture and what was said of it did not: they stay. */
  function renew() {
    current.abort();
    current = new AbortController();
    notices.replaceChildren();
    work?.renew();
    return current.signal;
  }

  /** Answer the question, and say so if that fails. */
  async function answer(keep) {
    const kind = { task: "video" }[query.kind] ?? query.kind;
    work?.show(query);
    const signal = keep ? renew() : fresh(kind);
    try {
      if (!work) {
        const parts = await load();
        if (signal.aborted) return;
        parts.show(query);
        parts.leave(kind);
      }
      const answered = await work.answer(query, signal);
      if (answered && !signal.aborted) query = answered; // a task that is over became an analysis
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) fail(error, () => answer(keep));
    } finally {
      work?.release();
    }
  }

  function fail(error, retry) {
    work?.release();
    work?.clear();
    if (error.code === "empty_library") library.showEmpty(notices);
    else if (error.code) notices.replaceChildren(errorNotice(error, isTransient(error) ? [["Try again", retry]] : []));
    else throw error; // a fault of this page belongs in the console
  }

  function showStart() {
    work?.show(query);
    const signal = fresh("start");
    work?.release();
    document.title = "reelscore";
    wordsDesk.show("");
    songDesk.show("");
    videoDesk.offerDemo();
    showRecent(signal);
    library.refresh().then(
      () => !signal.aborted && library.isEmpty && library.showEmpty(notices, () => selectTab("words")),
      (error) => !signal.aborted && fail(error, () => location.reload()),
    );
    // Whoever is here asks soon; a server that is gone is said then.
    setTimeout(() => load().catch(() => {}), 100);
  }

  return {
    /** Take files that were dropped on another view. */
    drop: videoDesk.take,
    show(address) {
      const before = query;
      query = parseQuery(address.search);
      visible = true;
      videoDesk.stop();
      if (query.kind === "start") showStart();
      else answer(sameSubject(before, query) && document.body.dataset.view === "results");
    },
    hide() {
      visible = false;
      videoDesk.stop();
      work?.pause();
      current.abort();
    },
  };
}

/** Whether two questions are about the same video, sentence or song. */
function sameSubject(one, other) {
  return one.kind === other.kind && one.kind !== "task" && one.id === other.id && one.text === other.text && one.name === other.name;
}
