// Values as people read them.

/** Seconds as m:ss. */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Bytes in the unit that fits. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit > 1 ? 1 : 0)} ${units[unit]}`;
}

/** A count with its noun: 1 song, 2 songs; `plural` where that is no added s. */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

/** A share of one as a whole percentage. */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

const CLEAR_BEAT = 0.15; // confidence from which on a tempo is a fact, as in the reasons of an answer

/** A tempo as a number, with "≈" where no clear beat was heard; "" if none was measured. */
export function tempoText({ tempo_bpm: tempo, tempo_confidence: confidence } = {}) {
  if (!tempo) return "";
  return `${confidence < CLEAR_BEAT ? "≈ " : ""}${Math.round(tempo)}`;
}

/** Artists in a row; empty if nobody is named. */
export function artists(song) {
  return (song.artists ?? []).join(", ");
}

/** Titles of a list that are there more than once, by which their songs cannot be told apart. */
export function titlesTwice(songs) {
  const seen = new Set();
  return new Set(songs.map(({ title }) => title).filter((title) => seen.has(title) || !seen.add(title)));
}

/** The name of the file of a song, without folders and ending; "" if it has none. */
export function fileName({ uri }) {
  const name = uri && !/^https?:/.test(uri) ? decodable(uri).split(/[\\/]/).at(-1) : "";
  return name.replace(/\.[a-z0-9]{1,5}$/i, "");
}

function decodable(text) {
  try {
    return text.startsWith("file:") ? decodeURIComponent(text) : text;
  } catch {
    return text;
  }
}

/** "motion_curve" as "motion curve". */
export function words(name) {
  return name.replaceAll("_", " ");
}

/** Any measured value on one line, or null if there is nothing to show. */
export function plain(value) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  return null;
}
