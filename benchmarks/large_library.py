"""A library of very many songs with all that SQL, the indexes and the mapped files hold of them.

    python benchmarks/large_library.py --songs 1000000 --home /tmp/million

It is drawn and indexed, its indexes are compared with an exact search, it is asked, and what else people do
with a library is done. Each stage prints its time by the clock, its processor time and the memory of this
process at its end; a run that was cut off goes on with the stage that it was in. Songs are drawn
(`drawn_library.py`, one window each) while most of SQL's secondary indexes are away, since random ids make
each of them a random write. If memory is short, what was read last is what is quick: `--only ask` asks again.
It takes 25 kB of disk a song, and 2 more while a graph is built.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import event

from drawn_library import fill
from question_cost import questions
from reelscore.catalog.browsing import SORTS
from reelscore.config import Settings
from reelscore.filters.table import Filters
from reelscore.library.index_sync import open_index, refresh_indexes
from reelscore.library.map import make_map
from reelscore.library.service import Library, database_stats
from reelscore.maintenance.check import check_library
from reelscore.query.form import read_query
from reelscore.records import FloatArray
from reelscore.search.engine import search
from reelscore.search.options import known_choices
from reelscore.wiring import Wiring

AT_ONCE = 50_000
PARTS = ("exact", "ask", "use")


def memory() -> str:
    """Memory of this process now."""
    own = psutil.Process().memory_info()
    return f"{(own.rss - own.shared) / 1e6:.0f} MB of its own, {own.rss / 1e6:.0f} with mapped pages"


def stage(name: str, work: Callable[[], object]) -> None:
    """Do a part of the work, and print what it took; processor time is that of ended children too."""
    began, before = time.monotonic(), psutil.Process().cpu_times()
    told = work()
    after = psutil.Process().cpu_times()
    burnt = sum(after[:4]) - sum(before[:4])
    said = "" if told is None else f"; {told}"
    print(f"{name}: {time.monotonic() - began:.3g} s, {burnt:.3g} s of CPU; {memory()}{said}", flush=True)


def put_away(database: Path, kept: Path) -> None:
    """Drop SQL's secondary indexes, but those that find the old rows of a song; keep what makes them."""
    with sqlite3.connect(database) as connection:
        made = connection.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE '% (song_id%'"
        )
        indexes = json.loads(kept.read_text()) if kept.exists() else {}
        indexes |= dict(made.fetchall())
        kept.write_text(json.dumps(indexes))
        for name in indexes:
            connection.execute(f'DROP INDEX IF EXISTS "{name}"')
    connection.close()


def hurry(connection: Any, _: Any) -> None:
    """Keep most of the database in memory, and leave to the system when it is written."""
    connection.execute("PRAGMA cache_size = -6000000")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA wal_autocheckpoint = 50000")


def put_back(database: Path, kept: Path) -> None:
    """Make SQL's secondary indexes again."""
    with sqlite3.connect(database) as connection:
        for made in json.loads(kept.read_text()).values():
            connection.execute(made)
    connection.close()
    kept.unlink()


def draw(home: Path, songs: int) -> None:
    """Fill SQL up to this many songs."""
    kept = home / "dropped-indexes.json"
    wiring = Wiring(Settings(home=home))
    there = wiring.catalog.song_count()
    wiring.close()
    database = home / "library.sqlite3"
    if there < songs:
        put_away(database, kept)
        for first in range(there, songs, AT_ONCE):
            wiring = Wiring(Settings(home=home))
            event.listen(wiring.catalog._engine, "connect", hurry)
            wiring.catalog._engine.dispose()
            several = min(AT_ONCE, songs - first)
            stage(
                f"songs {first} to {first + several} drawn",
                lambda: fill(wiring, several, first=first, windows_each=1),  # noqa: B023 -- called at once
            )
            wiring.close()
    if kept.exists():
        stage("SQL's indexes made", lambda: put_back(database, kept))


def nearest_found(wiring: Wiring, space: str, *, queries: int = 100, wanted: int = 200) -> str:
    """How many of the ten nearest songs the index finds, if 200 are asked for as a question does."""
    index, rng = open_index(wiring, space), np.random.default_rng(5)
    dim = wiring.embedders.space(space).dim
    best: list[list[tuple[float, str]]] = []
    asked: FloatArray | None = None
    for ids, block in wiring.catalog.track_vectors(space):
        if asked is None:  # beside songs of the first block
            near = block[rng.integers(len(block), size=queries)]
            asked = near + 0.3 * rng.standard_normal((queries, dim)).astype(np.float32) / np.sqrt(dim)
            asked /= np.linalg.norm(asked, axis=1, keepdims=True)
            best = [[] for _ in range(queries)]
        scores = asked @ block.T
        for row, kept in zip(scores, best, strict=True):
            kept += [(float(row[at]), ids[at]) for at in np.argsort(-row)[:10].tolist()]
            kept.sort(reverse=True)
            del kept[10:]
    assert asked is not None
    found, took = 0, []
    for query, kept in zip(asked, best, strict=True):
        began = time.perf_counter()
        hits = {hit.id for hit in index.search(query, wanted)}
        took.append(1e3 * (time.perf_counter() - began))
        found += len(hits.intersection(song for _, song in kept))
    took.sort()
    return f"{found / queries / 10:.4f} of the ten nearest; p50 {took[queries // 2]:.1f} ms"


def ask(wiring: Wiring, repeats: int) -> None:
    """Ask questions of each kind that were not asked before, and print what they took."""
    songs = wiring.catalog.first_ids(2_000)
    for kind, forms in questions(repeats + 5, songs, wiring.catalog.song_count() // 30).items():
        took, burnt = [], []
        for form in forms:
            began, before = time.perf_counter(), time.process_time()
            json.dumps(search(wiring, read_query(form)).to_response())
            took.append(1e3 * (time.perf_counter() - began))
            burnt.append(1e3 * (time.process_time() - before))
        took, burnt = sorted(took[5:]), sorted(burnt[5:])
        print(
            f"{kind}: p50 {took[repeats // 2]:.0f}, p95 {took[repeats * 95 // 100]:.0f} ms; "
            f"{burnt[repeats // 2]:.0f} ms of CPU",
            flush=True,
        )
    print(memory(), flush=True)


def use(wiring: Wiring) -> None:
    """Do what else people do with a library, once each."""
    library, catalog = Library(wiring), wiring.catalog
    for sort in (*SORTS, "-tempo"):
        stage(f"first page by {sort}", lambda: library.songs(sort=sort)["total"])  # noqa: B023
    stage("first page of a frequent word", lambda: library.songs(search="love")["total"])
    narrow = Filters(vocals=False, tempo_bpm=(90.0, 130.0))
    stage("first page under a filter", lambda: library.songs(filters=narrow)["total"])
    stage("page 400,000 songs down", lambda: library.songs(offset=400_000)["total"])
    stage("one more page there", lambda: library.songs(offset=400_050)["total"])
    stage("names that filters offer", lambda: len(known_choices(wiring)["genres"]))
    stage("the same again", lambda: len(known_choices(wiring)["genres"]))
    stage("statistics", lambda: database_stats(wiring)["vectors_count"])
    stage("one song", lambda: library.song(catalog.first_ids(1)[0])["title"])
    stage("albums for players", lambda: len(library.discography.albums()))
    stage("20 songs more", lambda: fill(wiring, 20, first=catalog.song_count(), windows_each=1))
    stage("the same in the indexes", lambda: refresh_indexes(wiring))
    stage("a question then", lambda: len(search(wiring, read_query({"text": "calm piano"})).songs))
    stage("map", lambda: make_map(wiring)["songs"])
    stage("check", lambda: check_library(wiring)["problems"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=120)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="what to do once it is built")
    given = parser.parse_args()
    given.home.mkdir(parents=True, exist_ok=True)
    draw(given.home, given.songs)
    wiring = Wiring(Settings(home=given.home))
    for space in wiring.embedders.spaces:
        stage(f"{space} opened, if need be after it was filled", lambda: open_index(wiring, space).info())  # noqa: B023
    if wiring.shelf.view() is None:
        stage("mapped files written", wiring.shelf.write)
    if "exact" in given.only:
        for space in wiring.embedders.spaces:
            stage(f"exact search in {space}", lambda: nearest_found(wiring, space))  # noqa: B023
    wiring.close()
    wiring = Wiring(Settings(home=given.home))
    stage("first answer", lambda: len(search(wiring, read_query({"text": "calm piano"})).songs))
    if "ask" in given.only:
        ask(wiring, given.repeats)
    if "use" in given.only:
        use(wiring)
    wiring.close()


if __name__ == "__main__":
    main()
