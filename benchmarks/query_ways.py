"""Whether a video's phrases find more, searched apart, than what is said of it as one paragraph.

The answers of an analyser to imagined videos are kept with what is right for each: an expression over the
labels of a data set, as in its `queries.csv` (`reelscore.evaluation.datasets`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import InvalidInputError
from reelscore.evaluation.datasets import Dataset, LabelledQuery
from reelscore.evaluation.metrics import average_precision, ndcg_at
from reelscore.filters.table import RankingOptions
from reelscore.query.build import query_from_analysis
from reelscore.query.form import Query
from reelscore.records import MusicQuery, Phrase, VideoAnalysis
from reelscore.search.engine import search
from reelscore.search.explain import Answer
from reelscore.wiring import Wiring

# Pure similarity: what the phrases find, and not what is made of it afterwards. Names are left out, since
# titles may say the labels.
PLAIN = RankingOptions(group_versions=False, names=False)
TOP = 10


@dataclass(frozen=True, slots=True)
class VideoAnswer:
    """What an analyser says of a video, and which music is right: data set -> expression over its labels."""

    name: str
    analysis: VideoAnalysis
    relevant: Mapping[str, str]

    @property
    def paragraph(self) -> MusicQuery:
        """What is said of the video and its music, as one query."""
        return MusicQuery((Phrase(f"{self.analysis.description} {self.analysis.music_recommendation}"),))

    @property
    def recommendation(self) -> MusicQuery:
        """What is said of the music alone, as one query."""
        return MusicQuery((Phrase(self.analysis.music_recommendation),))

    @property
    def phrases(self) -> MusicQuery:
        """The phrases apart, without wishes."""
        return MusicQuery(self.analysis.phrases)

    @property
    def built(self) -> MusicQuery:
        """What the product asks: phrases apart, with tempo and energy as wishes."""
        return query_from_analysis(self.analysis)


@dataclass(frozen=True, slots=True)
class Finding:
    """How well each way of asking did, one value for each video: way -> (videos,)."""

    videos: tuple[str, ...]
    ndcg: Mapping[str, NDArray[np.float64]]
    precision: Mapping[str, NDArray[np.float64]]  # average precision


WAYS = ("paragraph", "recommendation", "phrases", "built")


def read_answers(path: Path) -> list[VideoAnswer]:
    """The answers in a file with one JSON object a line."""
    return [_answer(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def compare(wiring: Wiring, ids: Sequence[str], dataset: Dataset, answers: Sequence[VideoAnswer]) -> Finding:
    """Ask for each video in each way, over a library of the data set's tracks.

    Parameters
    ----------
    ids
        Song id of each track, in the order of the data set.
    dataset
        Its name says which expression of an answer holds for it; videos without one, or without a track
        that is right, are left out.
    """
    videos: list[str] = []
    ndcg: dict[str, list[float]] = {way: [] for way in WAYS}
    precision: dict[str, list[float]] = {way: [] for way in WAYS}
    for answer in answers:
        expression = answer.relevant.get(dataset.name, "")
        if not expression:
            continue
        right = dataset.relevance(LabelledQuery(answer.name, "video", expression))
        if not right.any():
            continue
        videos.append(answer.name)
        for way in WAYS:
            relevant = right[_order(wiring, getattr(answer, way), ids)]
            ndcg[way].append(ndcg_at(relevant.astype(float), TOP))
            precision[way].append(average_precision(relevant, total=int(right.sum())))
    return Finding(
        tuple(videos),
        {way: np.array(values) for way, values in ndcg.items()},
        {way: np.array(values) for way, values in precision.items()},
    )


def _order(wiring: Wiring, query: MusicQuery, ids: Sequence[str]) -> NDArray[np.int_]:
    """Numbers of all tracks, best first; those that are not in the answer come last."""
    number = {song: index for index, song in enumerate(ids)}
    asked = Query(
        phrases=query.phrases,
        avoid=query.avoid,
        tempo_bpm=query.tempo_bpm,
        energy=query.energy,
        options=PLAIN,
        limit=len(ids),
    )
    try:
        answer: Answer | None = search(wiring, asked)
    except InvalidInputError:  # no word of it is known
        answer = None
    found = [number[item.song.id] for item in answer.songs] if answer else []
    rest = [index for index in range(len(ids)) if index not in set(found)]
    return np.array([*found, *rest], dtype=int)


def _answer(row: Mapping[str, Any]) -> VideoAnswer:
    analysis = VideoAnalysis(
        description=row["description"],
        music_recommendation=row["music_recommendation"],
        keywords=tuple(row["keywords"]),
        mood=row["mood"],
        genre_suggestions=tuple(row["genre_suggestions"]),
        tempo=row["tempo"],
        energy_level=row["energy_level"],
        analyzer="written by hand",
        phrases=tuple(Phrase(phrase["text"], phrase["weight"]) for phrase in row["phrases"]),
        tempo_bpm=(row["tempo_bpm"][0], row["tempo_bpm"][1]),
        energy=row["energy"],
        extra={"vocals": row["vocals"], "avoid": row["avoid"]},
    )
    return VideoAnswer(row["name"], analysis, row["relevant"])
