// The kinds of fields of the filters. Each has an element, `read()` (undefined: not set), and `show(value)`.

import { el } from "../shared/dom.js";

let count = 0;
const nextId = () => `filter-${(count += 1)}`;

/** Names of which any may be met, as chips to tick; `names` may be [{ name, songs }] or plain names. */
export function chipField(legend, names) {
  const boxes = new Map();
  const list = el("ul", { class: "chips" });
  const add = (name, songs = null) => {
    const box = el("input", { type: "checkbox", value: name });
    boxes.set(name, box);
    list.append(el("li", {}, el("label", { class: "chip tick" }, box, name, songs !== null && el("small", {}, songs.toLocaleString("en")))));
  };
  for (const item of names) add(item.name ?? item, item.songs ?? null);
  return {
    element: el("fieldset", { class: "filter wide" }, el("legend", {}, legend), list),
    read() {
      const chosen = [...boxes].filter(([, box]) => box.checked).map(([name]) => name);
      return chosen.length ? chosen : undefined;
    },
    show(value = []) {
      // A name that the address has and the library does not is shown too, so that it can be taken off.
      for (const name of value) if (!boxes.has(name)) add(name);
      for (const [name, box] of boxes) box.checked = value.includes(name);
    },
  };
}

/** Names typed with commas between them; `suggestions` are offered while somebody types the first. */
export function namesField(label, { placeholder, suggestions = [] }) {
  const id = nextId();
  const input = el("input", { class: "field", type: "text", id, placeholder, autocomplete: "off", maxlength: "400", list: suggestions.length ? `${id}-list` : null });
  return {
    element: el("div", { class: "filter" },
      el("label", { for: id }, label), input,
      suggestions.length > 0 && el("datalist", { id: `${id}-list` }, suggestions.map((value) => el("option", { value })))),
    read() {
      const names = input.value.split(",").map((name) => name.trim()).filter(Boolean);
      return names.length ? names : undefined;
    },
    show(value = []) {
      input.value = value.join(", ");
    },
  };
}

/** A range as people write it: "100-130", "2:30-4:00", "1990..". */
export function spanField(label, { placeholder, scale = 1, unit = "" }) {
  const id = nextId();
  const input = el("input", { class: "field", type: "text", id, placeholder, autocomplete: "off", maxlength: "40", inputmode: "text" });
  const number = (text) => (text === null || text === undefined || text === "" ? "" : String(Number((text * scale).toFixed(2))));
  return {
    input,
    element: el("div", { class: "filter" }, el("label", { for: id }, label, unit && el("small", {}, ` ${unit}`)), input),
    read() {
      const text = input.value.trim();
      if (!text) return undefined;
      if (scale === 1) return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
      const ends = /^(\d+(?:\.\d+)?)?\s*(?:-|–|\.\.|to)\s*(\d+(?:\.\d+)?)?$/.exec(text);
      // What is no range goes to the server as it is, which says how to write one.
      return ends && (ends[1] || ends[2]) ? ends.slice(1).map((end) => (end ? Number(end) / scale : "")).join("..") : text;
    },
    show(value) {
      const ends = typeof value === "string" && scale !== 1 ? value.split("..") : value;
      input.value = Array.isArray(ends) ? ends.map(number).join("-") : (value ?? "");
    },
  };
}

/** One of a few; `choices` are [value, label], of which undefined stands for any. */
export function choiceField(legend, choices) {
  const name = nextId();
  const radios = choices.map(([value, label]) => [value, el("input", { type: "radio", name, value: label }), label]);
  return {
    element: el("fieldset", { class: "filter" }, el("legend", {}, legend),
      el("div", { class: "choices" }, radios.map(([, radio, label]) => el("label", { class: "chip tick" }, radio, label)))),
    read: () => radios.find(([, radio]) => radio.checked)?.[0],
    show(value) {
      for (const [own, radio] of radios) radio.checked = own === value;
    },
  };
}

/** One of many, in a list; empty: any. */
export function selectField(label, names) {
  const id = nextId();
  const select = el("select", { class: "field", id }, el("option", { value: "" }, "Any"), names.map((name) => el("option", { value: name }, name)));
  return {
    input: select,
    element: el("div", { class: "filter" }, el("label", { for: id }, label), select),
    read: () => select.value || undefined,
    show(value = "") {
      if (value && !names.includes(value)) select.append(el("option", { value }, value));
      select.value = value;
    },
  };
}

/** Yes or not set. */
export function tickField(label) {
  const box = el("input", { type: "checkbox" });
  return {
    input: box,
    element: el("label", { class: "tick-row" }, box, label),
    read: () => (box.checked ? true : undefined),
    show(value) {
      box.checked = value === true;
    },
  };
}

/** A number within bounds. */
export function numberField(label, { min, max, step = 1, placeholder = "" }) {
  const id = nextId();
  const input = el("input", { class: "field number", type: "number", id, min, max, step, placeholder });
  return {
    input,
    element: el("div", { class: "filter" }, el("label", { for: id }, label), input),
    read: () => (input.value === "" || !Number.isFinite(Number(input.value)) ? undefined : Number(input.value)),
    show(value) {
      input.value = value ?? "";
    },
  };
}
