"""Searches in a shard of Qdrant Edge: which way is exact, and which of the exact ways is quick."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import qdrant_edge as engine

from reelscore.filters.facets import Clause
from reelscore.index.conditions import find_with_equals, points_filter
from reelscore.index.edge.filters import EDGE

# Candidates that the approximate search keeps: so many, and one for each so many points.
_BEAM, _POINTS_OF_A_CANDIDATE = 256, 2_000
# For each point that the approximate search gives, so many of those that the copies propose are scored by
# their vectors. Measured at 1,000,000 x 400: of the 10 nearest 98.8 % are found with 1.5, and 99.5 % with 2.
_OVERSAMPLING = 2.0
# If this share of the songs or more passes a filter, it is quicker to look at the nearest songs first and
# see which of them pass. Measured at 100,000 x 152: 7 ms against 10-18 ms; at 10,000 counting those that pass
# takes as long as the search.
_BROAD = 0.5
# How many more of the nearest songs are looked at than should be needed, as those that pass lie unevenly.
_MARGIN = 1.5
_SAMPLE = 1_000  # points that tell how many are in the graph


def find_nearest(
    shard: engine.EdgeShard,
    vector: Sequence[float],
    limit: int,
    *,
    points: int,
    demands: Collection[Clause],
    hidden: Collection[str],
    approximate_from: int,
) -> Sequence[engine.ScoredPoint]:
    """The nearest points that meet all demands: `limit` of them and those that equal the last, or all.

    `points`: how many there are. With demands the answer is exact; without, in collections of
    `approximate_from` points or more and if less than a tenth of them is asked for, it is that of the
    approximate index.
    """
    query = engine.Query.Nearest(list(vector))
    wanted = min(limit, points)
    if not points:
        return []
    chosen = points_filter(EDGE, demands, hidden)
    beam = max(_BEAM, points // _POINTS_OF_A_CANDIDATE)
    if demands and points >= approximate_from:
        passing = shard.count(engine.CountRequest(exact=False, filter=points_filter(EDGE, demands)))
        look_at = round((wanted + len(hidden)) * _MARGIN * points / max(passing, 1)) + 1
        if passing >= _BROAD * points and look_at * 10 < points:
            among = _of_the_nearest(shard, query, wanted, look_at, demands, hidden)
            if among is not None:
                return among
    (found,) = find_with_equals(
        lambda _, ask, exact: [_search(shard, query, ask, chosen, exact=exact, beam=beam)],
        1,
        wanted,
        points=points,
        filtered=bool(demands),
        approximate_from=approximate_from,
    )
    return found


def share_in_graph(shard: engine.EdgeShard, dim: int) -> float:
    """About how many of the points the approximate index finds, 0..1: those of a sample.

    A point that was written again since the graph was built is no longer in it.
    """

    def nearest(*, indexed_only: bool) -> set[engine.PointId]:
        # Not among a sample of ids: with such a filter the engine looks beside the graph as well. And not
        # exactly: all vectors would be read from the disk, and both looks find the same ones of the graph.
        query = engine.Query.Nearest([1.0] * dim)
        found = _search(shard, query, _SAMPLE, None, exact=False, indexed_only=indexed_only)
        return {point.id for point in found}

    sample = nearest(indexed_only=False)
    return len(sample & nearest(indexed_only=True)) / max(len(sample), 1)


def _of_the_nearest(
    shard: engine.EdgeShard,
    query: engine.Query,
    wanted: int,
    look_at: int,
    demands: Collection[Clause],
    hidden: Collection[str],
) -> list[engine.ScoredPoint] | None:
    """Those of the `look_at` nearest points that meet the demands; None if they are too few to be sure."""
    nearest = _search(shard, query, look_at, None, exact=True)
    among = [point.id for point in nearest]
    found = _search(shard, query, look_at, points_filter(EDGE, demands, hidden, among=among), exact=True)
    # What lies beyond the nearest ones may be as near as the last of them.
    if len(found) < wanted or found[wanted - 1].score <= nearest[-1].score:
        return None
    return found


def _search(
    shard: engine.EdgeShard,
    query: engine.Query,
    limit: int,
    chosen: engine.Filter | None,
    *,
    exact: bool,
    beam: int = _BEAM,
    indexed_only: bool = False,
) -> list[engine.ScoredPoint]:
    return shard.search(
        engine.SearchRequest(
            query=query,
            limit=limit,
            filter=chosen,
            params=engine.SearchParams(
                exact=exact,
                hnsw_ef=max(beam, limit),
                indexed_only=indexed_only,
                quantization=engine.QuantizationSearchParams(rescore=True, oversampling=_OVERSAMPLING),
            ),
            with_vector=False,
            with_payload=False,
        )
    )
