// The keys of an audition, as cutting programs have them. They mean something only while the desk shows a picture.

import { addKeys } from "../shared/keys.js";

const STEP = 1;

/** Add the keys; `isShown()` says whether the desk is, `neighbour(by)` gives the next song of the list. */
export function addAuditionKeys(audition, shuttle, { isShown, neighbour }) {
  const when = () => isShown() && audition.video !== null;
  const withSong = () => when() && audition.song !== null;
  const position = () => audition.video.currentTime;
  const play = (song) => song && audition.play(song);
  const loopFrom = () => audition.setLoop({ start: position(), end: audition.loop && audition.loop.end > position() ? audition.loop.end : audition.video.duration });
  const loopTo = () => audition.setLoop({ start: audition.loop && audition.loop.start < position() ? audition.loop.start : 0, end: position() });
  const loopOff = () => audition.setLoop(null);
  addKeys("Picture and song", [
    { key: " ", label: "Play or pause", when, run: () => audition.toggle() },
    { key: "j", label: "Backwards; again: twice as fast", when, run: () => shuttle.back() },
    { key: "k", label: "Stop", when, run: () => shuttle.stop() },
    { key: "l", label: "Forwards; again: twice as fast", when, run: () => shuttle.forward() },
    { key: "ArrowLeft", label: "Back by a frame", when, run: () => shuttle.step(-1) },
    { key: "ArrowRight", label: "On by a frame", when, run: () => shuttle.step(1) },
    { key: "Shift+ArrowLeft", label: "Back by a second", when, run: () => audition.seek(position() - STEP) },
    { key: "Shift+ArrowRight", label: "On by a second", when, run: () => audition.seek(position() + STEP) },
    { key: "i", label: "Repeat from here", when, run: loopFrom },
    { key: "o", label: "Repeat up to here", when, run: loopTo },
    { key: "x", label: "Stop repeating", when, run: loopOff },
    { key: "[", label: "Repeat from here", when, run: loopFrom },
    { key: "]", label: "Repeat up to here", when, run: loopTo },
    { key: "\\", label: "Stop repeating", when, run: loopOff },
    { key: "n", label: "Next song, at the same place of the picture", when, run: () => play(neighbour(1)) },
    { key: "p", label: "Previous song", when, run: () => play(neighbour(-1)) },
    { key: "a", label: "Song A", when: withSong, run: () => audition.switchTo("A") },
    { key: "b", label: "Song B", when: withSong, run: () => audition.switchTo("B") },
    { key: "A", label: "Keep the song as A", when: withSong, run: () => audition.keep() },
  ]);
}
