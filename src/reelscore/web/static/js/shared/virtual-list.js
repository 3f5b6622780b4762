// A list of any length of which only the rows in sight exist. Rows are of one height and are used again.

import { el } from "./dom.js";

const SPARE = 6; // rows above and below what is in sight
const TALLEST = 15_000_000; // pixels; browsers lose count of rows somewhere above this

/** The first and the last row that are drawn when `top` pixels of the list lie above the frame; none: last < first. */
export function rowsInSight({ top, visible, rowHeight, total }) {
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  return [first, Math.min(total - 1, Math.ceil((top + visible) / rowHeight) + SPARE)];
}

/** The height to scroll through, and the pixels of the list for each that is scrolled, so that the end is reached. */
export function scrolledHeight({ total, rowHeight, visible }) {
  const height = total * rowHeight;
  if (height <= TALLEST) return { full: height, scale: 1 };
  return { full: TALLEST, scale: (height - visible) / (TALLEST - visible) };
}

/**
 * Mount a list in `frame`, which scrolls.
 * `makeRow()` answers with an element, `fillRow(row, index)` makes it show a row of the list;
 * `onRange(first, last)` is told which rows are in sight, each time others are.
 */
export function virtualList(frame, { rowHeight, makeRow, fillRow, onRange }) {
  const space = el("div", { class: "list-space", role: "presentation" });
  const pool = [];
  let total = 0;
  let scale = 1; // pixels of the list for each pixel that is scrolled
  let shown = [-1, -1];
  let waiting = 0;
  frame.replaceChildren(space);

  const top = () => frame.scrollTop * scale;

  /** Where a row lies in the frame's own pixels. */
  const offsetOf = (index) => index * rowHeight - top() + frame.scrollTop;

  function draw(force = false) {
    waiting = 0;
    const [first, last] = rowsInSight({ top: top(), visible: frame.clientHeight, rowHeight, total });
    if (!force && scale === 1 && first === shown[0] && last === shown[1]) return;
    const count = Math.max(0, last - first + 1);
    while (pool.length < count) {
      const row = makeRow();
      row.style.height = `${rowHeight}px`;
      pool.push({ row, index: -1 });
      space.append(row);
    }
    // A row keeps its element as long as it is in sight: index modulo the size of the pool.
    for (let index = first; index <= last; index += 1) {
      const slot = pool[index % pool.length];
      if (slot.index !== index || force) {
        slot.index = index;
        fillRow(slot.row, index);
        slot.row.hidden = false;
      }
      slot.row.style.transform = `translateY(${offsetOf(index)}px)`;
    }
    for (const slot of pool) {
      if (slot.index >= 0 && (slot.index < first || slot.index > last)) {
        slot.index = -1;
        slot.row.hidden = true;
      }
    }
    shown = [first, last];
    if (count) onRange(Math.max(0, first), last);
  }

  const drawSoon = () => {
    waiting ||= requestAnimationFrame(() => draw());
  };
  frame.addEventListener("scroll", drawSoon, { passive: true });
  const watcher = new ResizeObserver(() => {
    // The head of the columns leaves as much room as the scroll bar takes here.
    frame.parentElement?.style.setProperty("--bar", `${frame.offsetWidth - frame.clientWidth}px`);
    draw(true);
  });
  watcher.observe(frame);

  return {
    /** The list has `count` rows now. */
    setTotal(count) {
      total = count;
      const sizes = scrolledHeight({ total, rowHeight, visible: frame.clientHeight });
      scale = sizes.scale;
      space.style.height = `${sizes.full}px`;
      draw(true);
    },
    /** Show rows anew whose content came or changed. */
    refresh(first = 0, last = total - 1) {
      for (const slot of pool) if (slot.index >= first && slot.index <= last) fillRow(slot.row, slot.index);
    },
    /** Bring a row into sight; at the top of the frame where `atTop`. */
    reveal(index, { atTop = false } = {}) {
      const from = index * rowHeight;
      const visible = frame.clientHeight;
      if (atTop || from < top()) frame.scrollTop = from / scale;
      else if (from + rowHeight > top() + visible) frame.scrollTop = (from + rowHeight - visible) / scale;
      draw(scale !== 1);
    },
    /** The element that shows a row now, or null. */
    rowOf: (index) => pool.find((slot) => slot.index === index)?.row ?? null,
    /** The first row that is in sight whole. */
    get first() {
      return Math.min(Math.max(0, total - 1), Math.ceil(top() / rowHeight));
    },
    /** Rows that fit into the frame. */
    get page() {
      return Math.max(1, Math.floor(frame.clientHeight / rowHeight) - 1);
    },
  };
}
