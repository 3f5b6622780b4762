"""What tuning on labelled music is worth on other music.

    .venv/bin/python benchmarks/tuning.py transfer DATASET --keep DEV_HOME TEST_HOME
    .venv/bin/python benchmarks/tuning.py chance DATASET --keep DEV_HOME TEST_HOME
    .venv/bin/python benchmarks/tuning.py words DATASET --keep HOME
    .venv/bin/python benchmarks/tuning.py cost

`transfer` learns the labels of one split, with the queries of `queries.csv`, and asks those of the yardstick
over the songs of the other; `chance` learns shuffled labels, `words` teaches ten invented words from 15 songs
each, `cost` times a thousand drawn songs. HOME is filled by the first run, or by
`reelscore eval --keep` of the same tracks.
"""

from __future__ import annotations

import argparse
import csv
import resource
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelscore.config import Settings
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.tuned import TunedLite, features_of
from reelscore.embedding.tunings import read_tuning
from reelscore.evaluation.datasets import Dataset, LabelledQuery, read_folder
from reelscore.evaluation.metrics import bootstrap_interval, ndcg_at
from reelscore.evaluation.runner import LoadedDataset, load_into_library
from reelscore.filters.table import RankingOptions
from reelscore.maintenance.reembed import ReindexingService
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.training.labels import Lesson, from_dataset
from reelscore.training.run import Trained, train
from reelscore.wiring import Wiring

QUERIES = Path(__file__).parent.parent / "tools" / "evaluation_music"
FILES = ("", "_fresh", "_third", "_fourth", "_fifth", "_sixth")
SOUND_TELLS = 0.85  # AUC of the share of songs with the label among the nearest other songs
NEAREST = 25
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
        refused = 0
        with tempfile.TemporaryDirectory() as temporary:
            for number in range(20):
                order = drawn.permutation(len(lesson.ids))
                asked = tuple(replace(one, answers=one.answers[order]) for one in lesson.asked)
                shuffled = replace(lesson, held=lesson.held[order], asked=asked)
                refused += not train(shuffled, Path(temporary), f"random-{number}").space
        print(f"{split}: {refused} of 20 data sets with shuffled labels are refused", flush=True)


def words(given: argparse.Namespace) -> None:
    wiring, loaded = library(read_folder(given.dataset), given.keep[0])
    lesson = from_dataset(loaded, wiring)
    wiring.close()
    groups = np.array(lesson.groups)
    features = features_of(lesson.base, lesson.sound)
    enough = [at for at in np.flatnonzero(lesson.enough) if lesson.held[:, at].sum() >= 30]
    # Whether sound can tell a label does not ask the axes: the nearest songs say it, with all their labels.
    by_others = {
        at: auc(by_neighbours(lesson.sound, lesson.held[:, at]), lesson.held[:, at]) for at in enough
    }
    chosen = sorted(enough, key=lambda at: -by_others[at])[: len(WORDS)]
    values: dict[str, list[tuple[float, float]]] = {}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        taught = np.zeros((len(lesson.ids), len(chosen)), dtype=bool)
        for column, at in enumerate(chosen):
            taught[rng.permutation(np.flatnonzero(lesson.held[:, at]))[:15], column] = True
        known = taught.any(axis=1)
        own = replace(
            lesson,
            ids=tuple(np.array(lesson.ids)[known]),
            names=WORDS[: len(chosen)],
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
                continue
            tuning = read_tuning(found.path)
        queries = TunedLite(tuning, LiteEmbedder()).embed_queries([label.text for label in tuning.labels])
        scores = features @ tuning.axes[:, :-1].T + tuning.axes[:, -1]
        for at, label in enumerate(tuning.labels):
            if not label.gain:
                continue
            assert queries[at].any()
            column = WORDS.index(label.text)
            truth = lesson.held[:, chosen[column]]
            far = ~known & ~np.isin(groups, groups[taught[:, column]])
            pair = (auc(scores[~known, at], truth[~known]), auc(scores[far, at], truth[far]))
            values.setdefault(lesson.names[chosen[column]], []).append(pair)
    print("AUC on songs that were not among those taught: of all soundtracks; of others than taught")
    most = {lesson.names[at]: by_others[at] for at in chosen}
    means = {name: np.nanmean(pairs, axis=0) for name, pairs in values.items()}
    for name, (near, far) in sorted(means.items(), key=lambda one: -one[1][0]):
        print(
            f"{name:16s} {near:.3f}  {far:.3f}   by neighbours with all labels {most[name]:.3f}  "
            f"({len(values[name])} of 5 draws)"
        )
    told_by_sound = [mean for name, mean in means.items() if most[name] >= SOUND_TELLS]
    for what, some_means in (("words", list(means.values())), ("that sound can tell", told_by_sound)):
        near, far = np.nanmean(some_means, axis=0)
        print(f"mean of {len(some_means)} {what} {near:.3f}  {far:.3f}")


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
    given = parser.parse_args()
    if given.what == "cost":
        cost()
    else:
        {"transfer": transfer, "chance": chance, "words": words}[given.what](given)


if __name__ == "__main__":
    main()
