"""Phrases searched apart and fused, against one paragraph, for what an analyser says of imagined videos.

Run with `.venv/bin/python benchmarks/query_building.py`: it scores the demo catalogue by its labels.
`--library FOLDER` scores another labelled data set (docs/evaluation.md), whose name in
`benchmarks/data/video_answers.jsonl` is given with `--labels`.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from query_ways import WAYS, Finding, compare, read_answers
from reelscore.config import Settings
from reelscore.evaluation.datasets import Dataset, LabelledTrack, read_folder
from reelscore.evaluation.metrics import bootstrap_interval
from reelscore.evaluation.runner import load_into_library
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring

ANSWERS = Path(__file__).parent / "data" / "video_answers.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, help="folder of a labelled data set; without it the demo")
    parser.add_argument("--labels", default="yardstick", help="which expressions hold for its labels")
    parser.add_argument("--split", help="only this part of it")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wiring = Wiring(Settings(home=Path(folder)))
        if wanted.library is None:
            ingest(wiring, "demo")
            dataset, ids = demo_dataset(wiring)
        else:
            dataset = replace(read_folder(wanted.library), name=wanted.labels)
            dataset = dataset.restrict(split=wanted.split) if wanted.split else dataset
            loaded = load_into_library(dataset, wiring)
            dataset, ids = loaded.dataset, list(loaded.ids)
        show(compare(wiring, ids, dataset, read_answers(ANSWERS)))
        wiring.close()


def demo_dataset(wiring: Wiring) -> tuple[Dataset, list[str]]:
    """The songs of the demo library as a data set, their mood and genre as tags, and their ids."""
    songs = wiring.catalog.list_songs(limit=100)[0]
    tracks = tuple(
        LabelledTrack(
            Path(song.uri or ""), song.source_id, tags=frozenset({song.labels["mood"], song.labels["genre"]})
        )
        for song in songs
    )
    return Dataset("demo", tracks), [song.id for song in songs]


def show(finding: Finding) -> None:
    print(f"{len(finding.videos)} videos\n")
    print("| Way of asking | nDCG@10 | MAP |")
    print("|---|---|---|")
    for way in WAYS:
        ndcg, precision = (bootstrap_interval(values[way]) for values in (finding.ndcg, finding.precision))
        print(f"| {way} | {ndcg} | {precision} |")
    for name, values in (("nDCG@10", finding.ndcg), ("MAP", finding.precision)):
        print(
            f"\nphrases less paragraph, {name}: {bootstrap_interval(values['phrases'] - values['paragraph'])}"
        )


if __name__ == "__main__":
    main()
