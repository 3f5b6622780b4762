"""Songs that lead from one to another in even steps, and songs in an order in which neighbours mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from reelscore.errors import InvalidInputError, NotFoundError, counted
from reelscore.filters.table import NO_FILTERS, Filters, RankingOptions
from reelscore.library.index_sync import open_index
from reelscore.payloads import features_payload, song_payload
from reelscore.query.form import Query
from reelscore.ranking.selection import shorten
from reelscore.ranking.versions import same_song
from reelscore.ranking.walks import (
    MIX_WEIGHTS,
    PARTS,
    PATH_WEIGHTS,
    Ground,
    even_path,
    ground,
    mixes,
    mixing_order,
)
from reelscore.search.engine import search
from reelscore.search.options import check_filters
from reelscore.search.reading import Reading
from reelscore.search.seeds import Seed, read_seeds, refuse_empty
from reelscore.wiring import Wiring

MOST_STEPS = 50
MOST_SET = 200
# Songs that are looked at around each of so many points of the straight line.
_POINTS, _NEAR = 12, 40


def find_path(
    wiring: Wiring,
    start: Query,
    end: Query,
    *,
    steps: int,
    filters: Filters = NO_FILTERS,
    options: RankingOptions,
) -> dict[str, Any]:
    """Songs that lead from one end to the other, with the ends, and what each step changes.

    Parameters
    ----------
    start, end
        Questions: that of a song alone is that song, any other stands for its first answer.
    steps
        Songs between the ends.

    Raises
    ------
    InvalidInputError
        Both ends are one song, or an end or the number of steps makes no sense.
    NotFoundError
        There is no such song, or no answer to an end.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise InvalidInputError(f"a path has 1 to {MOST_STEPS} steps, not {steps}")
    check_filters(wiring, filters)
    reading = Reading(wiring.catalog)
    first, last = (_end(wiring, reading, end) for end in (start, end))
    space = wiring.embedders.sound_space
    ends = np.stack([first.vectors[space], last.vectors[space]])
    if (first.song.id and first.song.id == last.song.id) or np.array_equal(*ends):
        raise InvalidInputError(f"both ends of the path are “{first.title}”; name two songs")
    hidden = {seed.song.id for seed in (first, last) if seed.song.id}
    shares = np.linspace(0.0, 1.0, _POINTS)[:, None]
    points = ((1.0 - shares) * ends[0] + shares * ends[1]).astype(np.float32)
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    hits = open_index(wiring, space).search_batch(
        points, max(_NEAR, 2 * steps), exclude=hidden, where=filters if filters != NO_FILTERS else None
    )
    found = {hit.id: max(hit.score, 0.0) for found in hits for hit in found}
    ranked = sorted(found, key=lambda song: (-found[song], song))
    vectors = reading.vectors([space], ranked)[space]
    keys = reading.keys([song for song in ranked if song in vectors])
    between = shorten(ranked, keys, reading.cards, options, asked=first.song).kept
    if options.leave_out_versions:
        cards = reading.cards(between)
        between = [song for song in between if not same_song(last.song, cards[song])]
    measured = reading.features(between)
    walked = ground(
        np.stack([ends[0], *(vectors[song] for song in between), ends[1]]),
        [first.features, *(measured.get(song) for song in between), last.features],
    )
    distances = walked.distances(PATH_WEIGHTS)
    way = even_path(distances, 0, len(between) + 1, steps)
    inner = [between[place - 1] for place in way[1:-1]]
    notes = [] if len(inner) == steps else [f"only {counted(len(inner), 'song')} can lie between them"]
    read = reading.songs(inner)
    songs = [first.song, *(read[song] for song in inner), last.song]
    features = [first.features, *(measured.get(song) for song in inner), last.features]
    lengths = distances[way[:-1], way[1:]]
    return {
        "songs": [
            {**song_payload(song), "features": features_payload(one)}
            for song, one in zip(songs, features, strict=True)
        ],
        "steps": _steps(walked, way, lengths),
        "unevenness": round(float(np.abs(lengths - lengths.mean()).mean() / max(lengths.mean(), 1e-9)), 4),
        "notes": notes,
    }


def find_set(wiring: Wiring, query: Query | None, song_ids: Sequence[str] = ()) -> dict[str, Any]:
    """Songs in an order in which neighbours mix: tempo and key first.

    Parameters
    ----------
    query
        Whose answer is put in order; None if the songs are named.
    song_ids
        The first of them stays first.

    Raises
    ------
    InvalidInputError
        Neither or both are given, or there are too many songs.
    """
    if (query is None) == (not song_ids):
        raise InvalidInputError(
            "a set is made of named songs or of the answer to a question; give one of them"
        )
    wanted = len(song_ids) if query is None else query.limit
    if wanted > MOST_SET:
        raise InvalidInputError(f"a set has {MOST_SET} songs at most, not {wanted}")
    reading = Reading(wiring.catalog)
    space = wiring.embedders.sound_space
    named = (
        list(dict.fromkeys(song_ids))
        if query is None
        else [each.song.id for each in search(wiring, query).songs]
    )
    vectors = reading.vectors([space], named)[space]
    songs = reading.songs([song for song in named if song in vectors])
    if not songs:
        refuse_empty(wiring)
        raise NotFoundError("none of these songs is in the library")
    ids, measured = list(songs), reading.features(list(songs))
    walked = ground(np.stack([vectors[song] for song in ids]), [measured.get(song) for song in ids])
    distances = walked.distances(MIX_WEIGHTS)
    order = mixing_order(distances, first=None if query else 0)
    left_out = len(named) - len(ids)
    return {
        "songs": [
            {**song_payload(songs[ids[place]]), "features": features_payload(measured.get(ids[place]))}
            for place in order
        ],
        "steps": _steps(walked, order, distances[order[:-1], order[1:]]),
        "notes": [f"{counted(left_out, 'song')} are not in the library"] if left_out else [],
    }


def _end(wiring: Wiring, reading: Reading, query: Query) -> Seed:
    song = query.song
    if song is None or query.has_words:
        answer = search(wiring, replace(query, limit=1))
        if not answer.songs:
            raise NotFoundError("; ".join(answer.notes) or "no song answers to an end of the path")
        song = answer.songs[0].song.id
    seed, _ = read_seeds(wiring, reading, song, ())
    assert seed is not None
    if not seed.vectors[wiring.embedders.sound_space].any():
        raise InvalidInputError(f"nothing was heard in “{seed.title}” that others could be compared with")
    return seed


def _steps(walked: Ground, way: Sequence[int], lengths: Any) -> list[dict[str, Any]]:
    """What changes from each song to the next, in the unit of each part, and whether the two mix."""
    steps = []
    for (one, other), length in zip(pairwise(way), lengths, strict=True):
        parts = {name: float(walked.parts[name][one, other]) for name in PARTS}
        steps.append(
            {
                "distance": round(float(length), 4),
                "timbre": round(parts["timbre"], 4),
                "tempo_percent": round(100.0 * (2.0 ** parts["tempo"] - 1.0), 1),
                "key_steps": parts["key"],
                "energy": round(parts["energy"], 4),
                "mixes": bool(mixes(parts["tempo"], parts["key"])),
            }
        )
    return steps
