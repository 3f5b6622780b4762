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

from reelscore.config import Settings
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.index.base import VectorIndex
from reelscore.index.edge.index import EdgeIndex
from reelscore.library.backfill import known_tags, refresh_facets
from reelscore.library.index_sync import refresh_indexes
from reelscore.query.form import Query
from reelscore.records import AnalysedTrack, FloatArray, MusicFeatures, Track, TrackEmbedding
from reelscore.search.engine import search
from reelscore.wiring import Wiring

BATCH = 2_000
CENTRES = 300
REPEATS = 9
SENTENCES = ("calm piano", "energetic electronic dance", "sad acoustic guitar")
NAMING = ("blue river by Artist 7", "the night of love", "calm like Artist 31")
# Words of titles, the frequent ones first; behind them come made-up ones, rarer and rarer.
TITLE_WORDS = """love night you song time blue dance heart river dream calm rain fire moon light piano home
summer sad world sky girl good morning road gold sun wild happy star""".split()
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
GENRES = ("Rock", "Pop", "Alternative Rock", "Jazz", "Classical", "Hip-Hop", "Electronic", "Folk", "Metal")


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


def draw_vectors(rng: np.random.Generator, count: int, dim: int, centres: FloatArray) -> FloatArray:
    vectors = centres[rng.integers(CENTRES, size=count)] + rng.standard_normal((count, dim)).astype(
        np.float32
    )
    vectors[:, -1] = np.abs(vectors[:, -1]) + 1.0  # the constant dimension of the lite space is positive
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32)


def draw_titles(rng: np.random.Generator, count: int) -> list[str]:
    """Titles of one to four words, which are as frequent as Zipf's law says."""
    places = np.minimum(rng.zipf(1.3, size=(count, 4)), 20_000) - 1
    lengths = rng.integers(1, 5, size=count)
    return [
        " ".join(TITLE_WORDS[at] if at < len(TITLE_WORDS) else f"word{at}" for at in row[:length])
        for row, length in zip(places.tolist(), lengths, strict=True)
    ]


def fill(wiring: Wiring, songs: int) -> None:
    rng = np.random.default_rng(3)
    spaces = {name: wiring.embedders.space(name).dim for name in wiring.embedders.spaces}
    centres = {name: rng.standard_normal((CENTRES, dim)).astype(np.float32) for name, dim in spaces.items()}
    tags = [tag for tag in known_tags(wiring) if tag != "vocals"]
    keys = [f"{tonic} {mode}" for tonic in "C D E F G A B".split() for mode in ("major", "minor")]
    refresh_facets(wiring)
    for start in range(0, songs, BATCH):
        vectors = {name: draw_vectors(rng, BATCH, dim, centres[name]) for name, dim in spaces.items()}
        titles = draw_titles(rng, BATCH)
        batch = []
        for place in range(min(BATCH, songs - start)):
            number = start + place
            heard = rng.choice(tags, size=8, replace=False)
            sung = 0.9 if rng.random() < 0.2 else 0.1
            stated = Track(
                source="folder",
                source_id=str(number),
                title=titles[place],
                artists=(f"Artist {number % (songs // 30 or 1)}",),
                album=f"Album {number // 12}",
                genre=GENRES[int(rng.integers(len(GENRES)))] if rng.random() < 0.8 else None,
                year=int(rng.integers(1960, 2025)),
                duration=float(rng.uniform(90, 400)),
            )
            measured = MusicFeatures(
                duration=30.0,
                tempo_bpm=float(rng.uniform(60, 180)),
                key=keys[int(rng.integers(len(keys)))],
                energy=float(rng.random()),
                loudness_lufs=float(-rng.uniform(5, 25)),
            )
            embeddings = tuple(
                TrackEmbedding(name, rows[place], rows[:0], (), 3.0) for name, rows in vectors.items()
            )
            probabilities = {**dict.fromkeys(map(str, heard), 0.8), "vocals": sung}
            batch.append(
                AnalysedTrack(
                    stated,
                    f"{number:064x}",
                    measured,
                    embeddings,
                    tags=probabilities,
                    tags_space=wiring.lite.space.name,
                )
            )
        wiring.catalog.add(batch)


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
        print(
            f"| {name} | {wiring.catalog.count_matching(FILTERS[name]):,} | {' | '.join(cells)} |", flush=True
        )


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
