"""Score rankers and measurements against the labels of a data set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.evaluation.datasets import Dataset, LabelledTrack
from reelscore.evaluation.metrics import (
    Interval,
    average_precision,
    bootstrap_interval,
    distinct_share,
    hit_at,
    hub_share,
    key_exact,
    key_mirex,
    ndcg_at,
    occurrence_skewness,
    precision_at,
    reciprocal_rank,
    tempo_accuracy_1,
    tempo_accuracy_2,
)
from reelscore.evaluation.rankers import Order, Ranker
from reelscore.records import FloatArray, MusicFeatures, Progress, ProgressCallback, ignore_progress

DEPTH = 10  # of nDCG, of hits and of what is looked at for diversity
# Fewer relevant tracks than this make a query a matter of luck.
FEWEST_RELEVANT = 1
# Jaccard index of the tags from which two tracks count as alike.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one task, such as "text" in the space "lite-1"."""

    task: str
    subject: str  # the ranker, or "features"
    figures: dict[str, Interval]
    counts: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON: every figure with its mean, interval and count."""
        return {
            "task": self.task,
            "subject": self.subject,
            "figures": {
                name: {
                    "mean": round(value.mean, 4),
                    "low": round(value.low, 4),
                    "high": round(value.high, 4),
                    "count": value.count,
                }
                for name, value in self.figures.items()
            },
            "counts": dict(self.counts),
        }


class _Values:
    """Values of figures while they are gathered, each with the group that it belongs to."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = defaultdict(list)
        self._groups: dict[str, list[Hashable]] = defaultdict(list)

    def add(self, name: str, value: float, group: Hashable) -> None:
        self._values[name].append(value)
        self._groups[name].append(group)

    def intervals(self) -> dict[str, Interval]:
        return {
            name: bootstrap_interval(values, groups=self._groups[name])
            for name, values in self._values.items()
        }


def score_all(
    dataset: Dataset,
    rankers: Sequence[Ranker],
    *,
    features: Sequence[MusicFeatures | None] | None = None,
    progress: ProgressCallback = ignore_progress,
) -> tuple[Scores, ...]:
    """Every task that the labels allow, for every ranker."""
    found: list[Scores | None] = []
    for ranker in rankers:
        if dataset.queries:
            found.append(score_text(dataset, ranker, fewest=1, progress=progress))
        found.append(score_songs(dataset, ranker, progress=progress))
    if features is not None:
        found.append(score_features(dataset, features))
    return tuple(scores for scores in found if scores is not None)


def score_text(
    dataset: Dataset,
    ranker: Ranker,
    *,
    fewest: int = FEWEST_RELEVANT,
    progress: ProgressCallback = ignore_progress,
) -> Scores | None:
    """Text -> songs: nDCG@10, MAP, MRR, hit@1/5/10, and nDCG@10 for each kind of query.

    A query with fewer than `fewest` relevant tracks in the data set is left out and counted. None if the
    ranker does not understand words, or no query is left.
    """
    values = _Values()
    skipped = 0
    answers: list[list[str]] = []
    for number, query in enumerate(dataset.queries):
        progress(Progress(number, len(dataset.queries), f"{ranker.name}: {query.text}"))
        relevant = dataset.relevance(query)
        if relevant.sum() < fewest:
            skipped += 1
            continue
        order = ranker.rank_text(query.text)
        if order is None:
            return None
        ranked = _in_order(relevant, order)
        ndcg = ndcg_at(ranked, DEPTH, pool=relevant)
        values.add("ndcg@10", ndcg, number)
        values.add(f"ndcg@10 {query.kind}", ndcg, number)
        values.add("map", average_precision(ranked, total=int(relevant.sum())), number)
        values.add("mrr", reciprocal_rank(ranked), number)
        for depth in (1, 5, 10):
            values.add(f"hit@{depth}", hit_at(ranked, depth), number)
        _add_diversity(values, dataset.tracks, order, number)
        answers.append([dataset.tracks[index].name for index in order[:DEPTH]])
    if not answers:
        return None
    _add_hubs(values, answers, len(dataset.tracks))
    counts = {"queries": len(answers), "skipped": skipped, "tracks": len(dataset.tracks)}
    return Scores("text", ranker.name, values.intervals(), counts)


def score_songs(
    dataset: Dataset,
    ranker: Ranker,
    *,
    progress: ProgressCallback = ignore_progress,
) -> Scores | None:
    """Song -> songs: MAP and P@5 for the same album, the same style and shared tags.

    "style" and "tags" are scored with the query's own artist and album left out of what is ranked, since
    songs of one album share their sound as well as their style (the album effect [1]_); "style all" with
    them in. Each has the chance of a random order beside it. Intervals draw whole albums. None if the
    data set has neither albums nor styles nor tags.

    References
    ----------
    .. [1] Flexer. A closer look on artist filters for musical genre classification. ISMIR 2007.
    """
    tracks = dataset.tracks
    albums, artists, styles = (
        np.array([getattr(track, field) or "" for track in tracks], dtype=object)
        for field in ("album", "artist", "style")
    )
    alike = _tag_likeness(tracks) >= _ALIKE
    values = _Values()
    answers: list[list[str]] = []
    for number, track in enumerate(tracks):
        progress(Progress(number, len(tracks), f"{ranker.name}: {track.title}"))
        order = ranker.rank_song(number)
        if order is None:
            return None
        group = track.album or track.artist or number
        others = np.arange(len(tracks)) != number
        foreign = others & ((artists != artists[number]) | (artists == ""))
        foreign &= (albums != albums[number]) | (albums == "")
        same_style = (styles == styles[number]) & (styles != "")
        for name, same, allowed in (
            ("album", (albums == albums[number]) & (albums != ""), others),
            ("style", same_style, foreign),
            ("style all", same_style, others),
            ("tags", alike[number], foreign),
        ):
            relevant = same & allowed
            if not relevant.any():
                continue
            ranked = _in_order(relevant, order[allowed[order]])
            values.add(f"map {name}", average_precision(ranked, total=int(relevant.sum())), group)
            values.add(f"p@5 {name}", precision_at(ranked, 5), group)
            values.add(f"chance {name}", float(relevant.sum() / allowed.sum()), group)
        _add_diversity(values, tracks, order, group)
        answers.append([tracks[index].name for index in order[:DEPTH]])
    _add_hubs(values, answers, len(tracks))
    figures = values.intervals()
    if not any(name.startswith("map") for name in figures):
        return None
    return Scores("song", ranker.name, figures, {"tracks": len(tracks)})


def score_features(dataset: Dataset, features: Sequence[MusicFeatures | None]) -> Scores | None:
    """Tempo (Acc1, Acc2 at 4 %) and key (exact, MIREX-weighted) of the tracks that are labelled with them."""
    values = _Values()
    for number, (track, measured) in enumerate(zip(dataset.tracks, features, strict=True)):
        group = track.album or number
        if track.tempo_bpm:
            tempo = measured.tempo_bpm if measured else None
            values.add("tempo acc1", tempo_accuracy_1(tempo, track.tempo_bpm), group)
            values.add("tempo acc2", tempo_accuracy_2(tempo, track.tempo_bpm), group)
        if track.key:
            key = measured.key if measured else None
            values.add("key exact", key_exact(key, track.key), group)
            values.add("key mirex", key_mirex(key, track.key), group)
    figures = values.intervals()
    return Scores("features", "features", figures, {"tracks": len(dataset.tracks)}) if figures else None


def _in_order(relevant: NDArray[np.bool_], order: Order) -> NDArray[np.float64]:
    return relevant[order].astype(np.float64)


def _tag_likeness(tracks: Sequence[LabelledTrack]) -> FloatArray:
    """The Jaccard index of the tags of every two tracks, (tracks, tracks); 0 if neither has any."""
    known = {tag: number for number, tag in enumerate(sorted(set().union(*(track.tags for track in tracks))))}
    held = np.zeros((len(tracks), len(known)), dtype=np.float32)
    for row, track in enumerate(tracks):
        held[row, [known[tag] for tag in track.tags]] = 1.0
    shared = held @ held.T
    counts = held.sum(axis=1)
    return np.asarray(shared / np.maximum(counts[:, None] + counts[None, :] - shared, 1.0))


def _add_diversity(values: _Values, tracks: Sequence[LabelledTrack], order: Order, group: Hashable) -> None:
    artists = [tracks[index].artist or tracks[index].name for index in order[:DEPTH]]
    values.add("distinct artists", distinct_share(artists), group)


def _add_hubs(values: _Values, answers: Sequence[Sequence[str]], tracks: int) -> None:
    # One value for all answers together: its interval is the value itself.
    values.add("hub share", hub_share(answers, tracks), 0)
    values.add("hub skewness", occurrence_skewness(answers, tracks), 0)


def side_by_side(scores: Sequence[Scores]) -> list[dict[str, Any]]:
    """Rows by task and figure: what every space has, and the spaces that none is surely better than.

    A space is surely worse than another one if the mean of the other lies above its interval.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in scores:
        for figure, interval in each.figures.items():
            rows.setdefault((each.task, figure), {})[each.subject] = interval
    table = []
    for (task, figure), found in rows.items():
        best = max(interval.mean for interval in found.values())
        table.append(
            {
                "task": task,
                "figure": figure,
                "spaces": {
                    name: {
                        "mean": round(value.mean, 4),
                        "low": round(value.low, 4),
                        "high": round(value.high, 4),
                        "count": value.count,
                    }
                    for name, value in found.items()
                },
                "among_best": [name for name, value in found.items() if value.high >= best],
            }
        )
    return table
