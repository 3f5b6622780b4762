"""What tuning on labelled music is worth on other music.

    .venv/bin/python benchmarks/tuning.py transfer DATASET --keep DEV_HOME TEST_HOME
    .venv/bin/python benchmarks/tuning.py chance DATASET --keep DEV_HOME TEST_HOME
    .venv/bin/python benchmarks/tuning.py words DATASET --keep HOME
    .venv/bin/python benchmarks/tuning.py cost

`transfer` learns the labels of one split, with the queries of `queries.csv`, and asks those of the yardstick
over the songs of the other; `chance` learns shuffled labels and words of songs at random, `words` teaches
invented words from 15 songs each in a library that has half of the other songs too, `cost` times a thousand
drawn songs. HOME is filled by the first run, or by `reelscore eval --keep` of the same tracks.
"""

from __future__ import annotations

import argparse
import csv
import resource
import shutil
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelscore.config import Settings
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.tuned import TunedLite
from reelscore.embedding.tunings import read_tuning
from reelscore.evaluation.datasets import Dataset, LabelledQuery, read_folder
from reelscore.evaluation.metrics import bootstrap_interval, ndcg_at
from reelscore.evaluation.runner import LoadedDataset, load_into_library
from reelscore.filters.table import RankingOptions
from reelscore.maintenance.reembed import ReindexingService
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.training import worth
from reelscore.training.labels import Lesson, from_dataset
from reelscore.training.run import Trained, train
from reelscore.wiring import Wiring

QUERIES = Path(__file__).parent.parent / "tools" / "evaluation_music"
FILES = ("", "_fresh", "_third", "_fourth", "_fifth", "_sixth")
SOUND_TELLS = 0.85  # AUC of the share of songs with the label among the nearest other songs
NEAREST = 25
TAUGHT = 15
OPTIONS = RankingOptions(group_versions=False, names=False, taste=0.0)
WORDS = ("zorbic", "mellith", "krand", "oovely", "tarnish", "plimmer", "vexo", "dwindle", "hushen", "brakko")


def library(dataset: Dataset, home: Path, split: str | None = None) -> tuple[Wiring, LoadedDataset]:
    wiring = Wiring(Settings(home=home))
    return wiring, load_into_library(dataset.restrict(split=split), wiring)


def answers(wiring: Wiring, loaded: LoadedDataset) -> dict[str, float]:
    """Query -> nDCG@10 of what the product answers."""
    number = {song: at for at, song in enumerate(loaded.ids)}
    found = {}
    for file in FILES:
        with (QUERIES / f"queries{file}.csv").open(newline="") as rows:
            for row in csv.DictReader(rows):
                relevant = loaded.dataset.relevance(LabelledQuery(row["text"], row["kind"], row["relevant"]))
                if relevant.sum() >= 3:
                    answer = search(wiring, Query(text=row["text"], limit=10, options=OPTIONS))
                    ranked = np.array([relevant[number[item.song.id]] for item in answer.songs], dtype=float)
                    found[f"{file} {row['text']}"] = ndcg_at(ranked, 10, pool=relevant)
    return found


def some(lesson: Lesson, count: int, seed: int) -> Lesson:
    """So many songs of a lesson, drawn, with the queries that enough of them answer."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(lesson.ids))[:count])
    asked = (replace(one, answers=one.answers[chosen]) for one in lesson.asked)
    return replace(
        lesson,
        ids=tuple(lesson.ids[at] for at in chosen),
        held=lesson.held[chosen],
        groups=tuple(lesson.groups[at] for at in chosen),
        sound=lesson.sound[chosen],
        vectors=lesson.vectors[chosen],
        asked=tuple(one for one in asked if one.answers.sum() >= 3),
    )


def told(found: Trained) -> str:
    taken = [row["label"] for row in found.labels if row["taken"]]
    gain, low, high = found.gain
    said = (
        f"{found.songs} songs, AUC {gain:+.3f} [{low:+.3f}, {high:+.3f}], {len(taken)} of {len(found.labels)}"
    )
    return f"{said} labels learnt ({', '.join(taken)})" + (
        f"; refused: {found.refusal}" if found.refusal else ""
    )


def transfer(given: argparse.Namespace) -> None:
    dataset = read_folder(given.dataset)
    homes = dict(zip(("dev", "test"), given.keep, strict=True))
    gained: dict[int, list[float]] = {}
    for learnt, scored in (("dev", "test"), ("test", "dev")):
        wiring, loaded = library(dataset, homes[learnt], learnt)
        lesson = from_dataset(loaded, wiring)
        wiring.close()
        wiring, loaded = library(dataset, homes[scored], scored)
        before = answers(wiring, loaded)
        wiring.close()
        for count in (30, 100, 300):
            part = some(lesson, count, 0)
            with tempfile.TemporaryDirectory() as temporary:
                home = Path(temporary) / "home"
                shutil.copytree(homes[scored], home)
                found = train(part, home / "models", "tuned") if part.enough.any() else None
                if found is None or not found.space:
                    told_of = told(found) if found else f"{count} songs: no label has enough songs"
                    print(f"{learnt} -> {scored}: {told_of}", flush=True)
                    continue
                wiring = Wiring(Settings(home=home))
                ReindexingService(wiring).reindex_space("tuned")
                after = answers(wiring, loaded)
                wiring.close()
            gains = {text: after[text] - before[text] for text in before}
            fresh = [gain for text, gain in gains.items() if not text.startswith(" ")]
            gained.setdefault(count, []).extend(fresh)
            print(
                f"{learnt} -> {scored}: {told(found)}; nDCG@10 of {len(fresh)} fresh queries "
                f"{bootstrap_interval(fresh, seed=0)}, of all {len(gains)} "
                f"{bootstrap_interval(list(gains.values()), seed=0)}",
                flush=True,
            )
    for count, both in gained.items():
        print(f"both ways, {count} songs: fresh queries {bootstrap_interval(both, seed=0)}")


def chance(given: argparse.Namespace) -> None:
    dataset = read_folder(given.dataset)
    for split, home in zip(("dev", "test"), given.keep, strict=True):
        wiring, loaded = library(dataset, home, split)
        lesson = from_dataset(loaded, wiring)
        wiring.close()
        drawn = np.random.default_rng(0)
        refused = words_refused = 0
        with tempfile.TemporaryDirectory() as temporary:
            for number in range(20):
                order = drawn.permutation(len(lesson.ids))
                asked = tuple(replace(one, answers=one.answers[order]) for one in lesson.asked)
                shuffled = replace(lesson, held=lesson.held[order], asked=asked)
                refused += not train(shuffled, Path(temporary), f"random-{number}").space
                held = np.zeros((len(order), len(WORDS)), dtype=bool)
                for column in held.T:
                    column[drawn.permutation(len(order))[:TAUGHT]] = True
                invented = replace(lesson, names=WORDS, held=held, asked=())
                words_refused += not train(invented, Path(temporary), f"words-{number}").space
        print(
            f"{split}: refused are {refused} of 20 data sets with shuffled labels, and {words_refused} of 20 "
            "with invented words of songs at random",
            flush=True,
        )


def words(given: argparse.Namespace) -> None:
    wiring, loaded = library(read_folder(given.dataset), given.keep[0])
    lesson = from_dataset(loaded, wiring)
    wiring.close()
    plain = {lesson.names[at]: lesson.held[:, at] for at in np.flatnonzero(lesson.enough)}
    plain = {name: held for name, held in plain.items() if held.sum() >= 2 * TAUGHT}
    for what, meanings in (("labels", plain), ("two labels", of_two(plain, np.array(lesson.groups)))):
        # Whether sound can tell a label does not ask the axes: the nearest songs say it, by all labels.
        by_others = {name: auc(by_neighbours(lesson.sound, held), held) for name, held in meanings.items()}
        best = sorted(meanings, key=lambda name: -by_others[name])
        if what == "labels":
            chosen = best[: len(WORDS)]
        else:
            chosen = [name for name in best if by_others[name] >= SOUND_TELLS]
        values: dict[str, list[tuple[float, float]]] = {}
        for seed in range(5):
            for begin in range(0, len(chosen), len(WORDS)):
                teach(lesson, {name: meanings[name] for name in chosen[begin:][: len(WORDS)]}, seed, values)
        print(f"{what}: AUC on songs that are not in the library: of all soundtracks; of others than taught")
        means = {name: np.nanmean(pairs, axis=0) for name, pairs in values.items()}
        for name, (near, far) in sorted(means.items(), key=lambda one: -one[1][0]):
            print(
                f"{name:24s} {near:.3f}  {far:.3f}   by neighbours with all labels {by_others[name]:.3f}  "
                f"({len(values[name])} of 5 draws)"
            )
        told_by_sound = [mean for name, mean in means.items() if by_others[name] >= SOUND_TELLS]
        for of, some_means in (("words", list(means.values())), ("that sound can tell", told_by_sound)):
            near, far = np.nanmean(some_means, axis=0)
            interval = bootstrap_interval([float(mean[0]) for mean in some_means], seed=0)
            print(f"mean of {len(some_means)} {of} {near:.3f} {interval}  {far:.3f}")


def of_two(plain: dict[str, NDArray[np.bool_]], groups: NDArray[np.str_]) -> dict[str, NDArray[np.bool_]]:
    """Conjunctions and differences of two labels that songs enough of five soundtracks have."""
    found: dict[str, NDArray[np.bool_]] = {}
    seen = {held.tobytes() for held in plain.values()}
    for one, other in product(plain, repeat=2):
        pairs = {f"{one}, not {other}": plain[one] & ~plain[other]}
        if one < other:
            pairs[f"{one} and {other}"] = plain[one] & plain[other]
        for name, held in pairs.items():
            enough = held.sum() >= 2 * TAUGHT and len(set(groups[held])) >= 5
            if enough and held.tobytes() not in seen:
                seen.add(held.tobytes())
                found[name] = held
    return found


def teach(
    lesson: Lesson,
    meanings: dict[str, NDArray[np.bool_]],
    seed: int,
    values: dict[str, list[tuple[float, float]]],
) -> None:
    """Teach invented words by a few songs each, in a library that has half of the other songs too."""
    rng, groups = np.random.default_rng(seed), np.array(lesson.groups)
    library = rng.permutation(len(lesson.ids)) < len(lesson.ids) // 2
    taught = np.zeros((len(lesson.ids), len(meanings)), dtype=bool)
    for column, held in enumerate(meanings.values()):
        taught[rng.permutation(np.flatnonzero(held))[:TAUGHT], column] = True
    known = library | taught.any(axis=1)
    own = replace(
        lesson,
        ids=tuple(np.array(lesson.ids)[known]),
        names=WORDS[: len(meanings)],
        held=taught[known],
        groups=tuple(groups[known]),
        sound=lesson.sound[known],
        vectors=lesson.vectors[known],
        asked=(),
    )
    with tempfile.TemporaryDirectory() as temporary:
        found = train(own, Path(temporary), "own")
        print(told(found), flush=True)
        if found.path is None:
            return
        embedder = TunedLite(read_tuning(found.path), LiteEmbedder())
    labels = embedder.tuning.labels
    queries = embedder.embed_queries([label.text for label in labels])
    scores = embedder.scores(lesson.vectors, lesson.sound)
    for at, label in enumerate(labels):
        if not label.gain:
            continue
        assert queries[at].any()
        column = WORDS.index(label.text)
        name, truth = list(meanings.items())[column]
        far = ~known & ~np.isin(groups, groups[taught[:, column]])
        pair = (auc(scores[~known, at], truth[~known]), auc(scores[far, at], truth[far]))
        values.setdefault(name, []).append(pair)


def auc(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    if not right.any() or right.all():
        return float("nan")
    places = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    count = int(right.sum())
    return float((places[right].sum() - count * (count - 1) / 2) / (count * int((~right).sum())))


def by_neighbours(sound: NDArray[np.float32], right: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Of each song: the share of the nearest other songs that have a label."""
    alike = sound @ load_within() @ sound.T
    lengths = np.sqrt(np.diag(alike))
    alike = alike / lengths / lengths[:, None]
    np.fill_diagonal(alike, -np.inf)
    nearest = np.argsort(-alike, axis=1)[:, :NEAREST]
    return right[nearest].mean(axis=1).astype(np.float32)


def cost() -> None:
    rng = np.random.default_rng(0)
    songs, labels = 1_000, 40
    told = rng.normal(size=(songs, labels))
    sound = rng.normal(size=(songs, TAGGERS.dim)).astype(np.float32)
    sound[:, : 9 * labels] += 2.0 * np.repeat(told, 9, axis=1)
    sound = sound @ np.linalg.pinv(load_within())
    lite = rng.normal(size=(songs, LITE.dim)).astype(np.float32)
    lesson = Lesson(
        LITE.name,
        tuple(map(str, range(songs))),
        tuple(f"zorbic{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(labels)),
        told + rng.normal(size=(songs, labels)) > 1.2,
        tuple(str(at // 10) for at in range(songs)),
        sound / np.linalg.norm(sound, axis=1, keepdims=True),
        lite / np.linalg.norm(lite, axis=1, keepdims=True),
    )
    same = set()
    for _ in range(2):
        with tempfile.TemporaryDirectory() as temporary:
            found = train(lesson, Path(temporary), "cost")
            assert found.path is not None
            same.add(b"".join(file.read_bytes() for file in sorted(found.path.iterdir())))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{songs} songs, {labels} labels: {found.seconds:.1f} s, {most:.0f} MB; same bytes: {len(same) == 1}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("transfer", "chance", "words", "cost"))
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("--keep", type=Path, nargs="+")
    parser.add_argument("--untaken", action="store_true", help="words: measure those too that are not taken")
    given = parser.parse_args()
    if given.untaken:
        worth._SURE = worth._LEAST_GAIN = -np.inf
    if given.what == "cost":
        cost()
    else:
        {"transfer": transfer, "chance": chance, "words": words}[given.what](given)


if __name__ == "__main__":
    main()
