// What the buttons of a song do: under the picture where there is one and the song may, else by itself.

import { song as readSong } from "../shared/api.js";

/**
 * The actions of a card and the state that it shows.
 * `fail(error, retry)` says what went wrong, `stage` has the film; `onLike(song)` and `onUnlike(song)` change the question; `project` keeps songs for the film.
 */
export function songActions({ player, fail, stage, project, onLike, onUnlike }) {
  const { audition } = stage;
  const underPicture = () => audition.video !== null;
  const fits = (song) => underPicture() && song.audition?.allowed !== false;

  /** One of both makes sound, never both. */
  function alone() {
    audition.pause();
  }

  function play(song) {
    if (!fits(song)) {
      alone();
      player.toggle(song);
    } else if (audition.isCurrent(song.id)) {
      audition.toggle();
    } else {
      player.clear();
      audition.play(song);
    }
  }

  /** Play a song from a second of it on: under the picture, that second comes now. */
  function playFrom(song, seconds) {
    if (!fits(song)) {
      alone();
      player.play(song, seconds);
      return;
    }
    player.clear();
    const { video, loop } = audition;
    const isPassage = seconds === song.passage?.start;
    if (isPassage) audition.seek(loop?.start ?? 0);
    audition.play(song, seconds - (isPassage ? (loop?.start ?? 0) : video.currentTime));
  }

  /** Play a song, brought to the length of the film. */
  async function fit(song) {
    player.clear();
    await audition.play(song);
    if (audition.song?.id === song.id) stage.laying?.fitToFilm({ ending: "real", hitAt: null });
  }

  /** Where a song lies under the film, if it is the one that sounds. */
  const placeOf = (song) => (audition.song?.id === song.id ? { offset: audition.offset, fitted: audition.fit !== null } : null);

  /** Keep a song for the film as it lies now; a second time takes it off. */
  function keep(song) {
    const entry = project.songOf(song.id);
    if (entry && !entry.rejected) project.drop(song.id);
    else project.keep(song.id, { rejected: false }, placeOf(song));
  }

  /** Try a song of the shortlist as it was kept. */
  async function tryKept({ song_id: id, offset, fitted }) {
    try {
      const song = await readSong(id);
      if (!fits(song)) {
        player.play(song, offset ?? 0);
        return;
      }
      player.clear();
      await audition.play(song, offset);
      if (fitted && audition.song?.id === id) stage.laying?.fitToFilm({ ending: "real", hitAt: null });
    } catch (error) {
      if (!error.code) throw error;
      fail(error, () => tryKept({ song_id: id, offset, fitted }));
    }
  }

  function reject(song) {
    const entry = project.songOf(song.id);
    if (entry?.rejected) project.drop(song.id);
    else project.keep(song.id, { rejected: true });
  }

  return {
    actions: () => ({
      play, playFrom, underPicture, like: onLike, unlike: onUnlike,
      ...(project.data ? { keep, reject } : {}),
      ...(stage.laying ? { fit, filmSeconds: () => stage.laying.duration } : {}),
    }),
    keep,
    tryKept,
    state: (id) => ({ ...soundOf(id), entry: project.songOf(id) }),
  };

  function soundOf(id) {
    if (audition.isCurrent(id)) {
      const position = audition.song?.id === id ? (audition.video?.currentTime ?? 0) + audition.offset : null;
      return { current: true, playing: audition.playing, position };
    }
    if (player.isCurrent(id)) return { current: true, playing: player.playing, position: player.position };
    return { current: false, playing: false, position: null };
  }
}
