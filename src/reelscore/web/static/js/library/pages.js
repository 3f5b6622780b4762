// The songs of a long list, fetched a page at a time as they come into sight.

import { listSongs } from "../shared/library-api.js";

const PAGE = 100;
const KEPT = 40; // pages in memory
const PAUSE_MS = 40; // pages that one scrolls past within this time are not asked for

/**
 * Pages of what `wanted` ({ search, sort, filters }) asks for.
 * `onTotal(count)` is told the length of the list, `onPage(first, last)` which rows came, `onError(error)`
 * what went wrong.
 */
export function songPages(wanted, { onTotal, onPage, onError }) {
  const pages = new Map(); // number -> songs
  const asked = new Map(); // number -> AbortController
  let total = null;
  let timer = 0;
  let closed = false;

  async function fetchPage(number) {
    const controller = new AbortController();
    asked.set(number, controller);
    try {
      const answer = await listSongs({ ...wanted, offset: number * PAGE, limit: PAGE }, controller.signal);
      if (closed) return;
      pages.set(number, answer.data);
      if (answer.total !== total) {
        total = answer.total;
        onTotal(total);
      }
      onPage(number * PAGE, number * PAGE + answer.data.length - 1);
    } catch (error) {
      if (error.name !== "AbortError" && !closed) onError(error);
    } finally {
      if (asked.get(number) === controller) asked.delete(number);
    }
  }

  function ask(first, last) {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(last / PAGE);
    for (const [number, controller] of asked) {
      if (number < from || number > to) controller.abort();
    }
    for (let number = from; number <= to; number += 1) {
      if (!pages.has(number) && !asked.has(number)) fetchPage(number);
    }
    // The oldest pages go first, but never one that is in sight.
    for (const number of pages.keys()) {
      if (pages.size <= KEPT) break;
      if (number < from || number > to) pages.delete(number);
    }
  }

  return {
    /** The song of a row, or null while it is on its way. */
    at: (index) => pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null,
    /** Fetch what the rows need, at once where nothing is there yet. */
    need(first, last) {
      clearTimeout(timer);
      if (total === null) ask(first, last);
      else timer = setTimeout(() => ask(first, last), PAUSE_MS);
    },
    /** The songs around a row that are here, in their order. */
    around(index) {
      const number = Math.floor(index / PAGE);
      return [number - 1, number, number + 1].flatMap((page) => pages.get(page) ?? []);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const controller of asked.values()) controller.abort();
    },
  };
}
