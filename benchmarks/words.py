"""Words -> songs on all files of queries, each half of the evaluation music in a library of its own.

    .venv/bin/python benchmarks/words.py DATASET --keep HOME

Names, versions and taste are left out, and so are queries with fewer than three relevant tracks. HOME/dev and
HOME/test keep the libraries, which `reelscore eval DATASET --split dev --keep HOME/dev` can use too.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from reelscore.config import Settings
from reelscore.evaluation.datasets import read_folder, read_queries
from reelscore.evaluation.rankers import AnswerRanker
from reelscore.evaluation.runner import load_into_library
from reelscore.evaluation.scoring import score_text
from reelscore.filters.table import RankingOptions
from reelscore.wiring import Wiring

MUSIC = Path(__file__).parent.parent / "tools" / "evaluation_music"
FILES = ("queries", "queries_fresh", "queries_third", "queries_fourth", "queries_fifth", "queries_sixth")
FEWEST = 3  # relevant tracks of a query
OPTIONS = RankingOptions(group_versions=False, names=False, taste=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--keep", type=Path, required=True)
    given = parser.parse_args()
    for split in ("dev", "test"):
        wiring = Wiring(Settings(home=given.keep / split))
        loaded = load_into_library(read_folder(given.dataset).restrict(split=split), wiring)
        ranker = AnswerRanker(wiring, loaded.ids, OPTIONS)
        found = []
        for name in FILES:
            scores = score_text(
                replace(loaded.dataset, queries=read_queries(MUSIC, name)), ranker, fewest=FEWEST
            )
            assert scores is not None
            ndcg, precision = (scores.figures[figure].mean for figure in ("ndcg@10", "map"))
            found.append((ndcg, precision))
            asked = scores.counts["queries"]
            print(f"{split} {name}: nDCG@10 {ndcg:.3f}, MAP {precision:.3f} of {asked} queries", flush=True)
        five = [sum(column) / 5 for column in zip(*found[:5], strict=True)]
        print(f"{split}, the first five files: nDCG@10 {five[0]:.3f}, MAP {five[1]:.3f}", flush=True)
        wiring.close()


if __name__ == "__main__":
    main()
