"""Cuts on beats as a part of the score of songs for a video: planned from what is stored of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reelscore.library.placed_songs import stored_grid
from reelscore.ranking.scoring import Ranked, in_order
from reelscore.records import Passage, Reason, Recommendation, Song, VideoAnalysis
from reelscore.search.reading import Reading
from reelscore.sync.documents import stamped_picture
from reelscore.sync.plan import PlanOptions, plan, sync_scores

# How many candidates are planned; those behind them are too far from what was asked for.
MOST_PLANNED = 300
_QUICK = PlanOptions(alternatives=0)


class SyncStage:
    """Plans the candidates of one question. Without a video that has cuts it changes nothing.

    Parameters
    ----------
    share
        Of the score, above 0 to 1, that cuts on beats have.
    """

    def __init__(self, reading: Reading, analysis: VideoAnalysis | None, share: float) -> None:
        self._reading = reading
        self._share = share
        # The cuts of a video are known only if it was measured.
        measured = analysis is not None and analysis.measurements is not None
        self._picture = stamped_picture(analysis) if analysis and measured else None

    @property
    def note(self) -> str | None:
        """Why cuts do not count; None if they do."""
        if self._picture is None:
            return "cuts on beats count only for a video whose cuts are known"
        return None if len(self._picture.cuts) else "the video has no cuts, so none can be on a beat"

    def rank(self, ranked: Ranked) -> Ranked:
        """The candidates with a part `sync`, in their new order; the rest keep their place behind them."""
        if self._picture is None or not len(self._picture.cuts):
            return ranked
        near = ranked.ids[:MOST_PLANNED]
        features = self._reading.features(near)
        known = [song for song in near if song in features]
        built = self._reading.structures(known)
        grids = [stored_grid(Song(song, "", "", ""), features[song], {}, built.get(song)) for song in known]
        found = dict(zip(known, sync_scores(self._picture, grids, _QUICK).tolist(), strict=True))
        parts = {name: (1.0 - self._share) * column for name, column in ranked.parts.items()}
        parts["sync"] = self._share * np.array([found.get(song, 0.0) for song in ranked.ids])
        return in_order(ranked.ids, parts, first=len(near))

    def explained(self, item: Recommendation) -> Recommendation:
        """A song of an answer with what its beats meet, and the passage that does."""
        if self._picture is None or not len(self._picture.cuts) or item.features is None:
            return item
        built = self._reading.structures([item.song.id]).get(item.song.id)
        found = plan(self._picture, stored_grid(item.song, item.features, item.tags, built), _QUICK)
        start = max(0.0, found.offset / 48_000)
        length = found.length / 48_000
        passage = Passage(round(start, 3), round(start + length, 3), found.verdict)
        supports = found.grade not in ("chance", "none")
        reason = Reason(found.verdict.split(": ", 1)[-1], "cuts", supports)
        return replace(item, reason_details=(*item.reason_details, reason), passage=passage)
