// The keys of a song under the cuts.

import { addKeys } from "../shared/keys.js";

/** Add the keys; `laying()` is what they move, or null; `zoom()` that of the timeline, or null. */
export function addLayingKeys({ isShown, laying, zoom }) {
  const when = () => isShown() && laying() !== null && laying().audition.video !== null;
  const withSong = () => when() && laying().audition.song !== null;
  const nudge = (unit, by) => () => laying().nudge(unit, by);
  const far = () => isShown() && zoom() !== null;
  addKeys("Song under the cuts", [
    { key: "c", label: "Lay the song on the cuts; next good place", when: withSong, run: () => laying().next() },
    { key: "m", label: "Set or remove a hit point", when, run: () => laying().toggleHit(laying().audition.video.currentTime) },
    { key: "Ctrl+z", label: "Take back the last move of the song or hit point", when, run: () => laying().undo() },
    { key: "Ctrl+Shift+z", label: "Do it again", when, run: () => laying().undo("forth") },
    { key: ",", label: "Song earlier by a frame", when: withSong, run: nudge("frame", -1) },
    { key: ".", label: "Song later by a frame", when: withSong, run: nudge("frame", 1) },
    // On many keyboards Shift makes these of the same two keys.
    { key: "<", label: "Song earlier by a beat", when: withSong, run: nudge("beat", -1) },
    { key: ">", label: "Song later by a beat", when: withSong, run: nudge("beat", 1) },
    { key: ";", label: "Song earlier by a beat", when: withSong, run: nudge("beat", -1) },
    { key: ":", label: "Song later by a beat", when: withSong, run: nudge("beat", 1) },
    { key: "(", label: "Song earlier by a bar", when: withSong, run: nudge("bar", -1) },
    { key: ")", label: "Song later by a bar", when: withSong, run: nudge("bar", 1) },
    { key: "+", label: "Timeline nearer", when: far, run: () => zoom().nearer() },
    { key: "-", label: "Timeline farther", when: far, run: () => zoom().farther() },
  ]);
}
