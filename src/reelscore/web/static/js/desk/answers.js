// From a question to its answer on the desk, one function for each kind of question.

import { answerFile, answerSong, answerText, answerVideo, readAnalysis } from "../query/answer.js";
import { rememberTitle } from "../query/chips.js";
import { addressOf } from "../project/recent.js";
import { asked, changed, formatQuery, parseQuery } from "../query/query.js";
import { cancelTask, song as readSong } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { GUEST } from "../shared/guest.js";
import { notice, sentence } from "../shared/notice.js";
import { progressCard, taskStep } from "../shared/progress.js";
import { followTask } from "../shared/tasks.js";
import { demoUrl } from "../video/demo.js";

/** Answers questions with the parts of the desk; `answer(query, signal)` rejects with what went wrong. */
export function mountAnswers({ files, copies, navigate, songs, stage, about, analysis, project, selectTab, wordsDesk, songDesk, videoDesk, notices, fail }) {
  const analyses = new Map(); // id -> an analysis with its query

  /** `told`: why the answer is a lesser one, if that is said already. */
  function show(title, answer, seconds = null, told = null) {
    document.title = `${title} – reelscore`;
    songs.show({ title, answer, seconds });
    if (answer.degraded && answer.degraded !== told) {
      notices.replaceChildren(notice("warn", "Less than was asked for", sentence(answer.degraded)));
    }
  }

  /** An answer and how long it took, in seconds. */
  async function timed(asking) {
    const began = performance.now();
    return [await asking, (performance.now() - began) / 1000];
  }

  async function text(query, signal) {
    selectTab("words");
    wordsDesk.show(query.text);
    show(`Songs for “${query.text}”`, ...(await timed(answerText(query, signal))));
  }

  async function song(query, signal) {
    selectTab("song");
    const [own, [answer, seconds]] = await Promise.all([readSong(query.id, signal), timed(answerSong(query, signal))]);
    rememberTitle(own);
    songDesk.show(own.title);
    show(`Songs like “${own.title}”`, answer, seconds);
  }

  async function file(query, signal) {
    selectTab("song");
    songDesk.show("");
    const own = files.get(`song ${query.name}`);
    if (!own) {
      songs.clear();
      notices.replaceChildren(notice("info", `Choose ${query.name} again`, "The address names a file of a computer, which a page may not open by itself. Choose it under “Song”."));
      return;
    }
    const card = progressCard(byId("song-progress"), `Listening to ${own.name}`, () => navigate(asked(query, { kind: "start" })));
    card.update(null, "Measuring its sound…");
    try {
      show(`Songs like “${own.name}”`, await answerFile(query, own, signal));
    } finally {
      card.remove();
    }
  }

  /** Where the picture of a video is: with this browser, with the demo, or nowhere. */
  function sourceOf({ id, demo }) {
    // Another film of its project may be looked at in between, and the address names no clip then.
    if (demo && !files.has(id)) files.set(id, demoUrl(demo));
    return demo ? demoUrl(demo) : (files.get(id) ?? null);
  }

  /** The copy of a film that browsers cannot show: as this visit knows it, or as the server had it before. */
  const copyOf = (id, { film_url: url = null }) => copies.get(id) ?? (url ? { url, task_id: null } : null);

  async function video(query, signal) {
    selectTab("video");
    const name = query.name || "the video";
    about.show(query.about);
    const knowing = Promise.resolve(analyses.get(query.id) ?? readAnalysis(query.id, signal));
    const [known, [answer, seconds], question] = await Promise.all([
      knowing,
      timed(answerVideo(query, signal)),
      knowing.then((read) => opened(query, read, signal)),
    ]);
    analyses.set(query.id, known);
    if (signal.aborted) return;
    stage.show(name, sourceOf(query), copyOf(query.id, known), known);
    analysis.show(known, query, answer.query);
    about.told(answer.query?.decided);
    show(`Songs for ${name}`, answer, seconds, known.degraded);
    return question;
  }

  /** A film as somebody sees it who was sent the link to its project: with the songs of the shortlist alone. */
  async function shared(query, signal) {
    const known = analyses.get(query.id) ?? (await readAnalysis(query.id, signal));
    analyses.set(query.id, known);
    const question = await opened(query, known, signal);
    if (signal.aborted) return question;
    songs.clear();
    document.title = `${project.data?.name ?? "Project"} – reelscore`;
    stage.show(query.name || "the video", sourceOf(query), copyOf(query.id, known), known);
    return question;
  }

  /** Open the project of a film; the address names it from here on, and it remembers the question. */
  async function opened(query, { measurements }, signal) {
    try {
      await project.open({ id: query.project, analysisId: query.id, name: query.name, duration: measurements?.duration ?? null }, signal);
    } catch (error) {
      if (error.name === "AbortError" || !error.code) throw error;
      notices.append(notice("warn", "The shortlist is not there", sentence(error.message)));
    }
    if (!project.data || signal.aborted) return query;
    const question = changed(query, { project: project.data.id });
    navigate(question, { replace: true, silent: true });
    const search = formatQuery(question).slice(1);
    if (!GUEST && search !== project.data.search) project.change({ search });
    return question;
  }

  /** A project by itself: its film as it was looked at last, or what waits for one. */
  async function alone(query, signal) {
    selectTab("video");
    const data = await project.show(query.id, signal);
    if (signal.aborted) return;
    if (data.films.some((film) => film.analysis_id)) return void navigate(parseQuery(addressOf(data).slice(1)), { replace: true });
    document.title = `${data.name} – reelscore`;
    songs.clear();
    const names = data.films.map((film) => film.name).filter(Boolean).join(", ");
    notices.replaceChildren(notice("info", "No film yet", `Drop ${names || "a film"} here: it joins this project.`));
  }

  async function task(query, signal) {
    selectTab("video");
    const source = sourceOf(query);
    if (source) stage.preview(query.name || "the video", source, copies.get(query.id));
    songs.wait("The songs appear here once the video has been looked at.");
    about.show(about.text || query.about);
    const over = await follow(query, signal);
    songs.clear();
    if (over.state === "failed") {
      const again = files.get(query.id);
      fail(over.error, () => (again instanceof File ? videoDesk.send(again, query.project) : navigate(asked(query, { kind: "start" }))));
    } else if (over.state === "cancelled") {
      stage.hide();
      notices.replaceChildren(notice("info", "Cancelled", "The analysis was stopped. Drop a video to start another."));
    } else if (!over.result?.analysis_id) {
      notices.replaceChildren(notice("info", "Done", "This task was no video analysis, so there is nothing to show."));
    } else {
      return finished(query, over.result, signal);
    }
  }

  /** The analysis is there: from here on the address names it, not the task. */
  async function finished(query, result, signal) {
    const id = result.analysis_id;
    const name = result.query?.video ?? query.name;
    const known = { ...result.analysis, analysis_id: id, query: result.query };
    analyses.set(id, known);
    for (const kept of [files, copies]) if (kept.has(query.id)) kept.set(id, kept.get(query.id));
    const plain = asked(query, { kind: "video", id, name, demo: query.demo, project: query.project, about: about.text });
    // What was typed meanwhile was not yet asked with.
    if (plain.about) return void navigate(plain, { replace: true });
    navigate(plain, { replace: true, silent: true });
    const question = await opened(plain, known, signal);
    if (signal.aborted) return question;
    stage.show(name, sourceOf(question), copyOf(id, known), known);
    analysis.show(known, question);
    about.told(result.query?.decided);
    show(`Songs for ${name}`, result, null, known.degraded);
    return question;
  }

  async function follow(query, signal) {
    const { id } = query;
    let card = null;
    try {
      return await followTask(id, {
        signal,
        onChange: (state) => {
          if (signal.aborted) return;
          card ??= progressCard(videoDesk.place, query.name ? `Analysing ${query.name}` : "Analysing the video", () => {
            card.cancelling();
            cancelTask(id).catch((error) => fail(error, () => navigate(query)));
          });
          card.update(...taskStep(state));
        },
        onSilence: () => card?.update(null, "The server does not answer; trying again…"),
      });
    } finally {
      card?.remove();
    }
  }

  const kinds = { text, song, file, video: GUEST ? shared : video, task, project: alone };
  return { answer: (query, signal) => kinds[query.kind](query, signal) };
}
