"""Text search held against the labels of the demo catalogue: right genre and right mood in the top 5.

Run with `.venv/bin/python benchmarks/demo_labels.py`. Each query is a mood word and a genre word of the
labels ("calm acoustic"); the labels are read from the paths and the search does not see them:
names are left out of it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from reelscore.config import Settings
from reelscore.filters.table import RankingOptions
from reelscore.ingest.service import ingest
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.wiring import Wiring

MOODS = ("calm", "energetic", "happy", "nostalgic", "tender")
GENRES = ("acoustic", "electronic")
# The titles of the demo catalogue say its labels.
BY_SOUND = RankingOptions(names=False)
TOP = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wiring = Wiring(Settings(home=Path(folder)))
        ingest(wiring, "demo")
        print("| Query | right genre in the top 5 | right mood in the top 5 |")
        print("|---|---|---|")
        totals = [0, 0]
        for mood in MOODS:
            for genre in GENRES:
                answer = search(wiring, Query(text=f"{mood} {genre}", limit=TOP, options=BY_SOUND))
                labels = [item.song.labels for item in answer.songs]
                right = [
                    sum(label["genre"] == genre for label in labels),
                    sum(label["mood"] == mood for label in labels),
                ]
                totals = [total + one for total, one in zip(totals, right, strict=True)]
                print(f"| {mood} {genre} | {right[0]} | {right[1]} |")
        pairs = len(MOODS) * len(GENRES)
        print(f"| **mean** | **{totals[0] / pairs:.2f}** | **{totals[1] / pairs:.2f}** |")
        wiring.close()


if __name__ == "__main__":
    main()
