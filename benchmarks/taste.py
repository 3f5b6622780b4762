"""What taste does to the answers of simulated people (`simulated_people`), over a data set.

    .venv/bin/python benchmarks/taste.py DATASET --split test --keep HOME

`--keep` is a library that an earlier run, or `reelscore eval --keep`, filled with that split.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np

from reelscore.catalog.convert import now
from reelscore.config import Settings
from reelscore.evaluation.datasets import LabelledQuery, read_folder
from reelscore.evaluation.metrics import bootstrap_interval
from reelscore.evaluation.runner import LoadedDataset, load_into_library
from reelscore.filters.table import RankingOptions
from reelscore.query.form import Query
from reelscore.records import EventKind, TasteEvent
from reelscore.search.engine import search
from reelscore.wiring import Wiring
from simulated_people import Asked, Person, World, gains, taught

QUERIES = Path(__file__).parent.parent / "tools" / "evaluation_music"
BEFORE, AFTER = ("", "_third", "_fifth"), ("_fresh", "_fourth", "_sixth")
UNTOUCHED = RankingOptions(group_versions=False, names=False, taste=0.0)
MARKS = (5, 20, 100)


def ask(loaded: LoadedDataset, wiring: Wiring, file: str) -> list[Asked]:
    """The questions of a file with what the product answers."""
    number = {song: at for at, song in enumerate(loaded.ids)}
    asked = []
    with (QUERIES / f"queries{file}.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            question = LabelledQuery(row["text"], row["kind"], row["relevant"])
            answer = search(wiring, Query(text=question.text, limit=len(number), options=UNTOUCHED))
            if answer.songs:
                lowest = answer.songs[-1].score
                scores = np.full(len(number), lowest)
                for item in answer.songs:
                    scores[number[item.song.id]] = item.score
                asked.append(Asked(scores, loaded.dataset.relevance(question)))
    return asked


def cost(loaded: LoadedDataset, wiring: Wiring) -> None:
    """How much of the processor questions take with a hundred judgements, beside those without."""
    person, rng = "benchmark", np.random.default_rng(0)
    kinds = (EventKind.KEPT, EventKind.REJECTED)
    songs = rng.permutation(len(loaded.ids))[:100]
    wiring.catalog.note_events(
        TasteEvent(person, "", loaded.ids[song], kinds[at % 2], now()) for at, song in enumerate(songs)
    )
    with (QUERIES / "queries_fresh.csv").open(newline="") as rows:
        questions = [Query(text=row["text"], limit=30) for row in csv.DictReader(rows)]
    taken: dict[str, list[float]] = {"": [], person: []}
    for turn in range(4):
        for question in questions:
            for who, times in taken.items():
                began = time.process_time()
                search(wiring, question, person=who)
                if turn:  # the first one warms up
                    times.append(time.process_time() - began)
    wiring.catalog.forget_taste(person)
    plain, own = (np.array(times) for times in taken.values())
    print(
        f"{len(loaded.ids)} songs, {len(plain)} questions: {np.median(plain) * 1000:.1f} ms, "
        f"with taste {np.median(own) * 1000:.1f} ms; question by question {np.median(own / plain - 1):+.1%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--taste", type=float, default=RankingOptions().taste)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cost", action="store_true", help="time questions instead")
    parser.add_argument("--questions", type=int, help="ask people about so many songs instead")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wiring = Wiring(Settings(home=given.keep or Path(temporary)))
        loaded = load_into_library(read_folder(given.dataset).restrict(split=given.split), wiring)
        if given.cost:
            cost(loaded, wiring)
            wiring.close()
            return
        space = wiring.embedders.sound_space
        vectors = {
            song: vector
            for songs, block in wiring.catalog.track_vectors(space, loaded.ids)
            for song, vector in zip(songs, block, strict=True)
        }
        tracks = loaded.dataset.tracks
        world = World(
            np.stack([vectors[song] for song in loaded.ids]),
            [track.tags | ({track.style} if track.style else frozenset()) for track in tracks],
            wiring.embedders.within,
            [one for file in BEFORE for one in ask(loaded, wiring, file)],
            [one for file in AFTER for one in ask(loaded, wiring, file)],
        )
        wiring.close()
    if given.questions:
        for kind in (Person.STEADY, Person.TWO_SIDED, Person.RANDOM):
            for chosen in (True, False):
                values = taught(
                    world,
                    kind,
                    people=given.people,
                    songs=given.questions,
                    chosen=chosen,
                    taste=given.taste,
                    seed=given.seed,
                )
                how = "chosen" if chosen else "drawn"
                print(f"{kind:12s} {given.questions} songs, {how}: {bootstrap_interval(values, seed=0)}")
        return
    print(f"{len(tracks)} songs, {given.people} people of each kind, taste {given.taste:g}: nDCG@10 gained")
    for kind in Person:
        found = gains(world, kind, people=given.people, marks=MARKS, taste=given.taste, seed=given.seed)
        cells = (f"{mark}: {bootstrap_interval(values, seed=0)}" for mark, values in found.items())
        print(f"{kind:12s} " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
