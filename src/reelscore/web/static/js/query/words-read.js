// How the words of a question were read, in one line. Pure.

/** What was made of the words; "" where all of them were understood, as then there is nothing to tell. */
export function wordsRead({ understood = [], guessed = [], unknown = [], described = [] } = {}) {
  if (!guessed.length && !unknown.length && !described.length) return "";
  return [["understood", understood], ["guessed", guessed], ["not understood", unknown], ["read as a description", described]]
    .filter(([, words]) => words.length).map(([label, words]) => `${label}: ${words.join(", ")}`).join("; ");
}
