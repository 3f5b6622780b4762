// How the words of a question were read, in one line. Pure.

/** What was made of the words; "" if nobody typed any. */
export function wordsRead({ understood = [], guessed = [], unknown = [], described = [], language } = {}) {
  const read = [["understood", understood], ["guessed", guessed], ["not understood", unknown], ["not in this library, read as a description", described]]
    .filter(([, words]) => words.length).map(([label, words]) => `${label}: ${words.join(", ")}`);
  return [...(language ? [`this reads as ${language}`] : []), ...read].join("; ");
}
