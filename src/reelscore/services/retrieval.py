"""Search the indexes of a library with vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reelscore.recommend.feedback import FEEDBACK_WEIGHT, MIN_SONGS, SEEDS, blend, seed_vector
from reelscore.recommend.fusion import fuse_scores
from reelscore.records import NO_FILTERS, Filters, FloatArray
from reelscore.services.indexing import open_index
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Found:
    """Songs near a query vector: named parts of their relevance, and whether there are no others."""

    relevance: Mapping[str, Mapping[str, float]]
    complete: bool


def search_words(
    wiring: Wiring,
    vector: FloatArray,
    wanted: int,
    *,
    where: Filters = NO_FILTERS,
    space: str | None = None,
) -> Found:
    """Songs near a query vector, and in the lite space near the sound of the first of them.

    `space` is that of the vector; None is lite.
    """
    lite = wiring.lite
    space = space or lite.space.name
    index = open_index(wiring, space)
    hits = index.search(vector, wanted, where=where)
    complete = len(hits) < wanted
    words = {hit.id: hit.score for hit in hits}
    # What lite's tags leave out, the sound of the first hits brings in; CLAP hears what its words mean.
    weight = FEEDBACK_WEIGHT * lite.sound_share(vector) if space == lite.space.name else 0.0
    if not hits or weight <= 0:
        return Found(blend(words, {}, weight=0.0), complete)
    # What words sound like is asked of the whole library: a filter does not change what they mean.
    first = hits if where == NO_FILTERS else index.search(vector, MIN_SONGS)
    if len(first) < MIN_SONGS:
        return Found(blend(words, {}, weight=0.0), complete)
    sound_space = wiring.embedders.sound_space
    seeds = vectors_of(wiring, sound_space, [hit.id for hit in first[:SEEDS]])
    direction = seed_vector(list(seeds.values()))
    near = open_index(wiring, sound_space).search(direction, wanted, where=where)
    sound = {hit.id: hit.score for hit in near}
    # What only one of the two searches found is scored in the other space too.
    for song, stored in vectors_of(wiring, space, sound.keys() - words.keys()).items():
        words[song] = float(stored @ vector)
    for song, stored in vectors_of(wiring, sound_space, words.keys() - sound.keys()).items():
        sound[song] = float(stored @ direction)
    both = {song: score for song, score in words.items() if song in sound}
    return Found(blend(both, sound, weight=weight), complete)


def search_song(
    wiring: Wiring,
    vectors: Mapping[str, FloatArray],
    wanted: int,
    *,
    exclude: Collection[str] = (),
    where: Filters = NO_FILTERS,
) -> Found:
    """Songs near the vectors of a song in any of their spaces, scored in all of them."""
    scores: dict[str, dict[str, float]] = {}
    complete = True
    for space, vector in vectors.items():
        hits = open_index(wiring, space).search(vector, wanted, exclude=exclude, where=where)
        scores[space] = {hit.id: hit.score for hit in hits}
        complete = complete and len(hits) < wanted
    candidates = sorted(set().union(*scores.values()))
    for space, found in scores.items():
        missing = [song for song in candidates if song not in found]
        for song, stored in vectors_of(wiring, space, missing).items():
            found[song] = float(stored @ vectors[space])
    everywhere = [song for song in candidates if all(song in found for found in scores.values())]
    aligned = {space: {song: found[song] for song in everywhere} for space, found in scores.items()}
    return Found(fuse_scores(aligned, wiring.embedders.similarity_weights), complete)


def vectors_of(wiring: Wiring, space: str, ids: Collection[str]) -> dict[str, FloatArray]:
    """Song id -> its stored vector in a space; songs without one are left out."""
    return {
        song: vector
        for batch, block in wiring.catalog.track_vectors(space, ids)
        for song, vector in zip(batch, block, strict=True)
    }
