// The keys of an audition. They mean something only while the desk shows a picture.

import { addKeys } from "../shared/keys.js";

const STEP = 1;

/** Add the keys; `isShown()` says whether the desk is, `neighbour(by)` gives the next song of the list. */
export function addAuditionKeys(audition, { isShown, neighbour }) {
  const when = () => isShown() && audition.video !== null;
  const withSong = () => when() && audition.song !== null;
  const position = () => audition.video.currentTime;
  const play = (song) => song && audition.play(song);
  const loopFrom = () => audition.setLoop({ start: position(), end: audition.loop && audition.loop.end > position() ? audition.loop.end : audition.video.duration });
  const loopTo = () => audition.setLoop({ start: audition.loop && audition.loop.start < position() ? audition.loop.start : 0, end: position() });
  const loopOff = () => audition.setLoop(null);
  addKeys("Picture and song", [
    { key: " ", label: "Play or pause", when, run: () => audition.toggle() },
    { key: "ArrowLeft", label: "Back by a second", when, run: () => audition.seek(position() - STEP) },
    { key: "ArrowRight", label: "On by a second", when, run: () => audition.seek(position() + STEP) },
    { key: "n", label: "Next song, at the same place of the picture", when, run: () => play(neighbour(1)) },
    { key: "p", label: "Previous song", when, run: () => play(neighbour(-1)) },
    { key: "a", label: "Song A", when: withSong, run: () => audition.switchTo("A") },
    { key: "b", label: "Song B", when: withSong, run: () => audition.switchTo("B") },
    { key: "k", label: "Keep the song as A", when: withSong, run: () => audition.keep() },
    { key: "[", label: "Repeat from here", when, run: loopFrom },
    { key: "]", label: "Repeat up to here", when, run: loopTo },
    { key: "\\", label: "Stop repeating", when, run: loopOff },
    // Brackets take a second key on many keyboards; these are what cutting programs use.
    { key: "i", label: "Repeat from here", when, run: loopFrom },
    { key: "o", label: "Repeat up to here", when, run: loopTo },
    { key: "x", label: "Stop repeating", when, run: loopOff },
  ]);
}
