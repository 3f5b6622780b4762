"""Cost of filters: the same question with and without them, in a library of 100,000 songs.

Run with `.venv/bin/python benchmarks/filters.py`. Songs, measurements and tags are drawn at random in the
proportions of a real library, words of titles by Zipf's law; vectors are random in the real dimensions, and
near a few hundred centres as those of music are. `--graph` builds the approximate indexes too, as the product
does by itself, which takes minutes; without it all searches are exact. `--home FOLDER` keeps the library for
the next run. "names" are queries that name songs and artists.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drawn_library import fill
from reelscore.catalog.browsing import unpack_ids
from reelscore.config import Settings
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.index.base import VectorIndex
from reelscore.index.edge.index import EdgeIndex
from reelscore.library.index_sync import refresh_indexes
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.wiring import Wiring

REPEATS = 9
SENTENCES = ("calm piano", "energetic electronic dance", "sad acoustic guitar")
NAMING = ("blue river by Artist 7", "the night of love", "calm like Artist 31")
FILTERS = {
    "no filter": NO_FILTERS,
    "one genre (12 %)": Filters(genres=("jazz",)),
    "tempo 100-130": Filters(tempo_bpm=(100.0, 130.0)),
    "tempo, half and double": Filters(tempo_bpm=(100.0, 130.0), half_double=True),
    "compatible keys": Filters(key="8A", compatible_keys=True),
    "instrumental (80 %)": Filters(vocals=False),
    "not one artist (nearly all)": Filters(not_artists=("Artist 7",)),
    "without a tag (85 %)": Filters(not_tags=("piano",)),
    "one artist (30 songs)": Filters(artists=("Artist 7",)),
    "a tag, a year, an energy": Filters(tags=("piano",), year=(1990.0, 2010.0), energy=(0.2, 0.8)),
    "nothing passes": Filters(artists=("Nobody",)),
}


class ExactWiring(Wiring):
    """A library whose indexes are never built into graphs."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._exact: dict[str, VectorIndex] = {}

    def index(self, space: str) -> VectorIndex:
        if space not in self._exact:
            dim = self.embedders.space(space).dim
            self._exact[space] = EdgeIndex(self.settings.index_dir, space, dim, approximate_from=10**9)
        return self._exact[space]

    def close(self) -> None:
        for index in self._exact.values():
            index.close()
        super().close()


def median_ms(ask: Callable[[int], object], clock: Callable[[], float]) -> float:
    ask(0)
    times = []
    for number in range(REPEATS):
        began = clock()
        ask(number)
        times.append(clock() - began)
    return 1000 * statistics.median(times)


def measure(wiring: Wiring, clock: Callable[[], float]) -> None:
    asked = wiring.catalog.list_songs(limit=REPEATS)[0]
    rows: dict[str, dict[str, Callable[[int], object]]] = {}
    rng = np.random.default_rng(5)
    for name, filters in FILTERS.items():
        rows[name] = {
            "text": lambda n, f=filters: search(wiring, Query(text=SENTENCES[n % 3], filters=f)),  # type: ignore[misc]
            "names": lambda n, f=filters: search(wiring, Query(text=NAMING[n % 3], filters=f)),  # type: ignore[misc]
            "song": lambda n, f=filters: search(wiring, Query(song=asked[n].id, limit=5, filters=f)),  # type: ignore[misc]
        }
        for space in wiring.embedders.spaces:
            index = wiring.index(space)
            query = rng.standard_normal(index.dim).astype(np.float32)
            rows[name][space] = lambda _, i=index, q=query, f=filters: i.search(q, 200, where=f)  # type: ignore[misc]
    columns = [*rows["no filter"]]
    print("| Filter | songs | " + " | ".join(f"{column}, ms | x" for column in columns) + " |")
    print("|---|---|" + "---|---|" * len(columns))
    plain: dict[str, float] = {}
    for name, row in rows.items():
        cells = []
        for column, ask in row.items():
            cost = median_ms(ask, clock)
            plain.setdefault(column, cost)
            cells.append(f"{cost:.1f} | {cost / plain[column]:.2f}")
        passing = len(unpack_ids(wiring.catalog.ordered_ids(filters=FILTERS[name])))
        print(f"| {name} | {passing:,} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=100_000)
    parser.add_argument("--graph", action="store_true", help="build the approximate indexes")
    parser.add_argument(
        "--cpu", action="store_true", help="CPU time of all threads, where the machine is busy"
    )
    parser.add_argument("--home", type=Path, help="keep the library here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = arguments.home or Path(scratch)
        wiring = (Wiring if arguments.graph else ExactWiring)(Settings(home=home))
        began = time.perf_counter()
        if not wiring.catalog.counts()["songs"]:
            fill(wiring, arguments.songs)
        filled = time.perf_counter()
        refresh_indexes(wiring)
        if arguments.graph:  # of a library that was made without
            for space in wiring.embedders.spaces:
                wiring.index(space).optimize()
        print(f"SQL filled in {filled - began:.0f} s, indexes in {time.perf_counter() - filled:.0f} s\n")
        measure(wiring, time.process_time if arguments.cpu else time.perf_counter)
        wiring.close()


if __name__ == "__main__":
    main()
