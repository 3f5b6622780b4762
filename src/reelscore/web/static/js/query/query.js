// The question of the desk. The address bar holds the whole of it, so that back, reload and sharing work.

import { formatFilters, formatOptions, parseFilters, parseOptions } from "../filters/form.js";

/**
 * @typedef {{ text: string, weight: number }} Phrase
 * @typedef {{ phrases: Phrase[], avoid: Phrase[], tempo: [number, number] | null, energy: number | null }} Wishes
 * @typedef {object} Query
 * @property {"start"|"text"|"song"|"file"|"task"|"video"|"project"} kind
 * @property {string} [text] of a sentence
 * @property {string} [id] of a song, a task, an analysis or a project
 * @property {string} [name] of a video or of a song's file, as people call it
 * @property {string} [demo] name of the demo's clip that the video is
 * @property {string} [project] id of the project that the video is looked at in
 * @property {Wishes | null} wishes what somebody made of the analysis; null: as it was
 * @property {string} about what is to be seen in a video, in somebody's words
 * @property {string} guide a sentence beside a video
 * @property {string} like id of a song that the answer should sound like too
 * @property {string[]} unlike ids of songs that it should not sound like
 * @property {object} filters
 * @property {object} options
 */

// A project by itself comes last: a video has one too.
const KINDS = { q: "text", task: "task", analysis: "video", song: "song", file: "file", project: "project" };

/** The question that an address asks. */
export function parseQuery(search) {
  const given = new URLSearchParams(search);
  const name = Object.keys(KINDS).find((key) => given.get(key)?.trim());
  const query = {
    kind: name ? KINDS[name] : "start",
    wishes: parseWishes(given),
    about: given.get("about")?.trim() ?? "",
    guide: given.get("guide")?.trim() ?? "",
    like: given.get("like") ?? "",
    unlike: [...new Set(given.getAll("unlike").filter(Boolean))],
    filters: parseFilters(given),
    options: parseOptions(given),
  };
  if (name === "q") query.text = given.get("q").trim();
  else if (name === "file") query.name = given.get("file");
  else if (name) query.id = given.get(name);
  if (query.kind === "video" || query.kind === "task") {
    query.name = given.get("video") ?? "";
    query.demo = given.get("demo") ?? "";
    query.project = given.get("project") ?? "";
  }
  return query;
}

/** The address of a question. */
export function formatQuery(query) {
  const out = new URLSearchParams();
  const put = (name, value) => value !== "" && value !== null && value !== undefined && out.append(name, String(value));
  const key = Object.keys(KINDS).find((name) => KINDS[name] === query.kind);
  if (key) put(key, { text: query.text, file: query.name }[query.kind] ?? query.id);
  if (query.kind === "video" || query.kind === "task") {
    put("video", query.name);
    put("demo", query.demo);
    put("project", query.project);
  }
  if (query.wishes && query.kind === "video") formatWishes(query.wishes, put);
  put("about", query.about);
  put("guide", query.guide);
  put("like", query.like);
  for (const id of query.unlike ?? []) put("unlike", id);
  formatFilters(query.filters ?? {}, put);
  formatOptions(query.options ?? {}, put);
  const text = out.toString();
  return text ? `/?${text}` : "/";
}

/** Another question that keeps what is not changed. */
export function changed(query, changes) {
  return { ...query, ...changes };
}

/** A new question; filters and options stay as they were set. */
export function asked(before, question) {
  return { wishes: null, about: "", guide: "", like: "", unlike: [], filters: before.filters ?? {}, options: before.options ?? {}, ...question };
}

// A phrase is written as its weight and its words: "0.8 calm piano".
const PHRASE = /^(\d+(?:\.\d+)?) (.+)$/s;

function parsePhrases(texts) {
  return texts.flatMap((text) => {
    const found = PHRASE.exec(text.trim());
    if (!found) return text.trim() ? [{ text: text.trim(), weight: 1 }] : [];
    return [{ text: found[2].trim(), weight: Math.min(10, Math.max(0.01, Number(found[1]))) }];
  }).slice(0, 20);
}

function parseWishes(given) {
  if (!["phrase", "avoid", "tempo", "energy"].some((name) => given.has(name))) return null;
  return {
    phrases: parsePhrases(given.getAll("phrase")),
    avoid: parsePhrases(given.getAll("avoid")),
    tempo: parseTempo(given.get("tempo") ?? ""),
    energy: parseEnergy(given.get("energy") ?? ""),
  };
}

function parseTempo(text) {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  return found ? [Number(found[1]), Number(found[2])].sort((a, b) => a - b) : null;
}

function parseEnergy(text) {
  const value = Number(text);
  return text !== "" && text !== "any" && value >= 0 && value <= 1 ? value : null;
}

function formatWishes({ phrases, avoid, tempo, energy }, put) {
  for (const phrase of phrases) put("phrase", `${weightText(phrase.weight)} ${phrase.text}`);
  for (const phrase of avoid) put("avoid", `${weightText(phrase.weight)} ${phrase.text}`);
  put("tempo", tempo ? tempo.map((value) => Math.round(value)).join("-") : "any");
  put("energy", energy === null ? "any" : Number(energy.toFixed(2)));
}

const weightText = (weight) => String(Number(weight.toFixed(2)));
