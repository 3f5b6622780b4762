// The key of the shortlist.

import { addKeys } from "../shared/keys.js";

/** Add it; `isShown()` says whether the desk is, `current()` gives the song that sounds, `keep(song)` keeps it. */
export function addShortlistKeys({ isShown, current, keep }) {
  addKeys("Picture and song", [
    { key: "s", label: "Keep the song on the shortlist, as it lies", when: () => isShown() && current() !== null, run: () => keep(current()) },
  ]);
}
