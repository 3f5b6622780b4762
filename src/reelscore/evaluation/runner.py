"""Run an evaluation: bring a data set into a library of its own, and score every space and the answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.evaluation.datasets import Dataset, LabelledTrack
from reelscore.evaluation.rankers import AnswerRanker, Ranker, SpaceRanker
from reelscore.evaluation.scoring import Scores, score_all
from reelscore.filters.table import DEFAULT_OPTIONS, RankingOptions
from reelscore.ingest.service import ingest_from
from reelscore.records import FloatArray, MusicFeatures, ProgressCallback, Track, ignore_progress
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What an evaluation found."""

    dataset: str
    tracks: int
    queries: int
    left_out: tuple[str, ...]  # tracks that could not be analysed, and why
    scores: tuple[Scores, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "dataset": self.dataset,
            "tracks": self.tracks,
            "queries": self.queries,
            "left_out": list(self.left_out),
            "scores": [scores.to_dict() for scores in self.scores],
        }


@dataclass(frozen=True, slots=True)
class LoadedDataset:
    """A data set whose tracks are in a library."""

    dataset: Dataset  # only the tracks that could be analysed
    ids: tuple[str, ...]  # song id of each
    features: tuple[MusicFeatures | None, ...]
    left_out: tuple[str, ...]


def evaluate(
    dataset: Dataset,
    wiring: Wiring,
    *,
    answers: bool = True,
    answer_options: RankingOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback = ignore_progress,
) -> EvaluationReport:
    """Score a data set in every space of a library, and the answers that a user would get.

    Parameters
    ----------
    dataset
        What to score against.
    wiring
        A library that holds nothing else: one under a temporary home. What it holds already of this data set
        is not analysed again, so a kept home makes a second run quick.
    answers
        Whether to score the answers too, beside the bare spaces.
    answer_options
        How answers are made of ranked songs, such as what switches diversity off.

    Raises
    ------
    InvalidInputError
        No track of the data set could be analysed, or the library holds other songs.
    CancelledError
        `progress` asked to stop.
    """
    loaded = load_into_library(dataset, wiring, progress=progress)
    rankers = space_rankers(loaded, wiring)
    if answers:
        rankers.append(AnswerRanker(wiring, loaded.ids, answer_options))
    scores = score_all(loaded.dataset, rankers, features=loaded.features, progress=progress)
    return EvaluationReport(
        dataset=dataset.name,
        tracks=len(loaded.dataset.tracks),
        queries=len(dataset.queries),
        left_out=loaded.left_out,
        scores=scores,
    )


def load_into_library(
    dataset: Dataset, wiring: Wiring, *, progress: ProgressCallback = ignore_progress
) -> LoadedDataset:
    """Analyse the tracks of a data set into a library; those that fail are named with the reason."""
    source = _DatasetSource(dataset)
    report = ingest_from(wiring, source, progress)
    ids = [item.id for item in source.offer()]
    features = wiring.catalog.features(ids)
    kept = [index for index, song in enumerate(ids) if song in features]
    if not kept:
        reasons = [issue.reason for issue in (*report.failed, *report.skipped)]
        raise InvalidInputError(f"no track could be analysed: {reasons[0] if reasons else 'there is none'}")
    if wiring.catalog.counts()["songs"] != len(kept):
        raise InvalidInputError("the library holds other songs too; evaluate in a home of its own")
    issues = [f"{issue.name}: {issue.reason}" for issue in (*report.failed, *report.skipped)]
    missing = [track.name for index, track in enumerate(dataset.tracks) if index not in set(kept)]
    if len(missing) > len(issues):
        issues.append(f"{len(missing) - len(issues)} tracks have the same content as another")
    return LoadedDataset(
        dataset=replace(dataset, tracks=tuple(dataset.tracks[index] for index in kept)),
        ids=tuple(ids[index] for index in kept),
        features=tuple(features.get(ids[index]) for index in kept),
        left_out=tuple(issues),
    )


def space_rankers(loaded: LoadedDataset, wiring: Wiring) -> list[Ranker]:
    """The exact cosine in each space of a library."""
    rankers: list[Ranker] = []
    for name in wiring.embedders.spaces:
        vectors: dict[str, FloatArray] = {}
        for ids, block in wiring.catalog.track_vectors(name, loaded.ids):
            vectors.update(zip(ids, block, strict=True))
        if len(vectors) == len(loaded.ids):
            stacked = np.stack([vectors[song] for song in loaded.ids])
            text = wiring.lite if name == wiring.lite.space.name else None
            rankers.append(SpaceRanker(name, stacked, text))
    return rankers


class _DatasetSource:
    """The tracks of a data set as a music source: they are ingested as users' music is."""

    name = "evaluation"

    def __init__(self, dataset: Dataset) -> None:
        self._tracks = {track.name: track for track in dataset.tracks}

    def offer(self) -> Iterator[Track]:
        """One track for each label."""
        for track in self._tracks.values():
            yield _as_track(track)

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The file itself."""
        path = self._tracks[track.source_id].path
        if not path.is_file():
            raise MediaNotFoundError(f"{path} is gone; the labels name a file that is not there")
        yield path


def _as_track(track: LabelledTrack) -> Track:
    return Track(
        source="evaluation",
        source_id=track.name,
        title=track.title or track.name,
        artists=(track.artist,) if track.artist else (),
        album=track.album,
        uri=str(track.path),
    )
