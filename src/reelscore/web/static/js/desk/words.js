// A sentence as the question.

import { byId } from "../shared/dom.js";
import { buttonChips } from "./tabs.js";

const EXAMPLES = [
  "calm acoustic guitar",
  "energetic electronic, fast",
  "happy and bright",
  "tender piano, slow",
  "dark tense ambient",
];

/** Wire up the sentence form; `onAsk(text)` is called with what was typed or picked. */
export function mountWordsDesk(onAsk) {
  const input = byId("words-input");
  byId("words-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) onAsk(text);
    else input.focus();
  });
  byId("examples").append(...buttonChips(EXAMPLES, onAsk));
  return {
    show(text) {
      input.value = text;
    },
  };
}
