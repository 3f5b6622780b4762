"""Blends: what their parts sound like together, and which songs left an answer for what was taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reelscore.catalog.browsing import unpack_ids
from reelscore.errors import NotFoundError
from reelscore.filters.table import Filters
from reelscore.query.blend import BlendPart
from reelscore.query.form import Query
from reelscore.query.guide import AVOID_BY_USER
from reelscore.ranking.scoring import Ranked
from reelscore.records import FloatArray, Phrase, Song
from reelscore.search.reading import Reading
from reelscore.search.saved_store import find_kept
from reelscore.search.seeds import Seed, read_seeds, refuse_empty
from reelscore.wiring import Wiring

_MOST_SONGS = 200  # of an artist or a saved search that are averaged
_TAKEN = ("avoid ", "unlike ")  # how the parts of a score begin by which a song loses


def with_words(query: Query) -> Query:
    """A question whose blend has no words: those are phrases and what to avoid, as anywhere else."""
    words = [part for part in query.blend if part.kind == "text"]
    if not words:
        return query
    phrases = query.phrases if isinstance(query.phrases, tuple) else ()
    avoid = query.avoid if isinstance(query.avoid, tuple) else ()
    wanted = tuple(Phrase(part.name, part.weight) for part in words if part.weight > 0)
    unwanted = tuple(Phrase(part.name, -part.weight * AVOID_BY_USER) for part in words if part.weight < 0)
    return replace(
        query,
        phrases=(*phrases, *wanted) or query.phrases,
        avoid=(*avoid, *unwanted) or query.avoid,
        blend=tuple(part for part in query.blend if part.kind != "text"),
    )


def read_blend(wiring: Wiring, reading: Reading, query: Query) -> tuple[Seed | None, tuple[Seed, ...]]:
    """What songs, artists and saved searches of a blend sound like: together, and each that is taken away.

    The song of the question is a part of weight 1, and so is each one that the answer is not to sound like.

    Raises
    ------
    NotFoundError
        There is no such song, artist or saved search.
    """
    own = (BlendPart("song", query.song),) if query.song is not None else ()
    parts = (*own, *query.blend, *(BlendPart("song", song, -1.0) for song in query.unlike))
    seeds = [replace(_seed(wiring, reading, part), weight=abs(part.weight)) for part in parts]
    added = [seed for seed, part in zip(seeds, parts, strict=True) if part.weight > 0]
    taken = [seed for seed, part in zip(seeds, parts, strict=True) if part.weight < 0]
    titles = [seed.title for seed in taken]
    for place, seed in enumerate(taken):
        if titles.index(seed.title) < place:  # each is a part of the score
            taken[place] = replace(seed, title=f"{seed.title} ({place + 1})")
    if not added:
        return None, tuple(taken)
    if len(added) == 1:
        return added[0], tuple(taken)
    title = " + ".join(dict.fromkeys(seed.title for seed in added))
    spaces = set.intersection(*(set(seed.vectors) for seed in added))
    vectors = {
        space: _unit(np.sum([seed.weight * seed.vectors[space] for seed in added], axis=0))
        for space in added[0].vectors
        if space in spaces
    }
    members = tuple(song for seed in added for song in seed.members)
    return Seed(title, Song("", "blend", "", title), vectors, members=members), tuple(taken)


def removed(ranked: Ranked, chosen: Sequence[str], limit: int) -> list[tuple[str, str, float]]:
    """Songs that would be in an answer if nothing was taken away, by what each was lost, and how much.

    Caps and versions are not looked at again.
    """
    lost = {name: column for name, column in ranked.parts.items() if name.startswith(_TAKEN)}
    if not lost or not len(ranked.ids):
        return []
    columns = np.nan_to_num(np.stack(list(lost.values())))
    without = ranked.scores - columns.sum(axis=0)
    there, names = set(chosen), list(lost)
    found = []
    for place in np.argsort(-without, kind="stable")[:limit]:
        song, most = ranked.ids[place], int(np.argmin(columns[:, place]))
        # Those that have a place among the first all the same are missing for another reason.
        if song not in there and place >= limit and columns[most, place] < 0.0:
            found.append((song, names[most], float(-columns[most, place])))
    return found


def removed_payload(reading: Reading, found: Sequence[tuple[str, str, float]]) -> list[Mapping[str, Any]]:
    """Such songs as the answer has them."""
    songs = reading.songs([song for song, _, _ in found])
    return [
        {
            "id": song,
            "title": songs[song].title,
            "artists": list(songs[song].artists),
            "by": part,
            "lost": round(lost, 4),
        }
        for song, part, lost in found
        if song in songs
    ]


def _seed(wiring: Wiring, reading: Reading, part: BlendPart) -> Seed:
    if part.kind == "song":
        seed = read_seeds(wiring, reading, part.name, ())[0]
        assert seed is not None
        return replace(seed, members=(seed.song.id,) if seed.song.id else ())
    if part.kind == "artist":
        ids = unpack_ids(wiring.catalog.ordered_ids(filters=Filters(artists=(part.name,))))[:_MOST_SONGS]
        missing = f"there is no song by {part.name!r}"
    else:
        ids = find_kept(wiring.catalog, part.name)["song_ids"][:_MOST_SONGS]
        missing = f"no song answers to the saved search {part.name!r}"
    found = reading.vectors(list(wiring.embedders.similarity_weights), ids)
    vectors = {space: _unit(np.mean(list(own.values()), axis=0)) for space, own in found.items() if own}
    if not vectors:
        refuse_empty(wiring)
        raise NotFoundError(missing)
    return Seed(part.name, Song("", part.kind, "", part.name), vectors)


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    return unit
