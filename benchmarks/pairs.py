"""Pairs of a style and a property ("dark orchestral"): in how many of the first five both hold, and could.

    .venv/bin/python benchmarks/pairs.py DATASET --keep HOME [--measured]

Labels say little of what is calm or fast. With `--measured` a song is fast or slow too if two estimators of
Essentia 2.1b6 say so (RhythmExtractor2013 "degara" and PercivalBpmEstimator), and calm or energetic if it is
among the two fifths with the least or most onsets a second, loudness (EBU R128) and spectral flux together.
"Style known" takes only songs with the style and ranks them by the property alone, "property known" the other
way round: what a perfect ear for one half of the pair would reach.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelscore.config import Settings
from reelscore.evaluation.datasets import Dataset, LabelledQuery, read_folder, read_queries
from reelscore.evaluation.rankers import AnswerRanker
from reelscore.evaluation.runner import load_into_library
from reelscore.filters.table import RankingOptions
from reelscore.ranking.fusion import standardise
from reelscore.wiring import Wiring

MUSIC = Path(__file__).parent.parent / "tools" / "evaluation_music"
FIRST = 5
Held = NDArray[np.bool_]


def measured(dataset: Dataset) -> Mapping[str, Held]:
    """Of which tracks a property holds by other means than the product's."""
    with (MUSIC / "measured.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    bpm, other, onsets, loudness, flux = (
        np.array([float(rows[track.name][key]) for track in dataset.tracks])
        for key in ("bpm", "percival", "onsets", "lufs", "flux")
    )
    sure = np.abs(np.log2(bpm / other)) < 0.06
    arousal = standardise(onsets) + standardise(loudness) + standardise(np.log(flux + 1e-6))
    low, high = np.percentile(arousal, [40, 60])
    return {
        "fast": sure & (bpm >= 125),
        "slow": sure & (bpm <= 92),
        "calm": arousal <= low,
        "energetic": arousal >= high,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--measured", action="store_true")
    given = parser.parse_args()
    wiring = Wiring(Settings(home=given.keep))
    loaded = load_into_library(read_folder(given.dataset), wiring)
    dataset = loaded.dataset
    ranker = AnswerRanker(wiring, loaded.ids, RankingOptions(group_versions=False, names=False, taste=0.0))
    more = measured(dataset) if given.measured else {}

    def right(expression: str) -> Held:
        return dataset.relevance(LabelledQuery(expression, "both", expression))

    def first(text: str, among: Held) -> NDArray[np.int_]:
        order = ranker.rank_text(text)
        assert order is not None
        return order[among[order]][:FIRST]

    found = []
    for pair in read_queries(MUSIC, "queries_pairs"):
        word, style = pair.text.split(" ", 1)
        terms = [part.split("&") for part in pair.relevant.split()]
        has_style = right(" ".join({style for style, _ in terms}))
        has = right(" ".join({term for _, term in terms})) | more.get(word, False)
        both = has_style & has
        answer = first(pair.text, np.ones_like(both))
        found.append(
            (
                both[answer].sum(),
                has_style[answer].sum(),
                has[answer].sum(),
                both[first(word, has_style)].sum(),
                both[first(style, has)].sum(),
                min(FIRST, int(both.sum())),
                FIRST * both.mean(),
            )
        )
        print(f"{pair.text:24s}", *(f"{value:.0f}" for value in found[-1][:-1]))
    wiring.close()
    names = ("both", "style", "property", "style known", "property known", "there are", "chance")
    print(
        f"{len(loaded.ids)} tracks:",
        *(f"{name} {mean:.2f}" for name, mean in zip(names, np.mean(found, axis=0), strict=True)),
    )


if __name__ == "__main__":
    main()
