// How the words of a question were read, in one line. Pure.

/** What was made of the words; "" if they are English and all of them were understood: then there is nothing to tell. */
export function wordsRead({ understood = [], guessed = [], unknown = [], described = [], language } = {}) {
  if (!language && !guessed.length && !unknown.length && !described.length) return "";
  const read = [["understood", understood], ["guessed", guessed], ["not understood", unknown], ["read as a description", described]]
    .filter(([, words]) => words.length).map(([label, words]) => `${label}: ${words.join(", ")}`);
  return [...(language ? [`this reads as ${language}`] : []), ...read].join("; ");
}
