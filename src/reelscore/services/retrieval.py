"""Search the indexes of a library with vectors."""

from __future__ import annotations

from collections.abc import Collection

from reelscore.recommend.feedback import FEEDBACK_WEIGHT, MIN_SONGS, SEEDS, blend, seed_vector
from reelscore.records import FloatArray
from reelscore.services.indexing import open_index
from reelscore.wiring import Wiring


def search_words(wiring: Wiring, vector: FloatArray, wanted: int) -> dict[str, dict[str, float]]:
    """Songs near a query vector of the text-audio space, and near the sound of the first of them."""
    lite = wiring.lite
    hits = open_index(wiring, lite.space.name).search(vector, wanted)
    words = {hit.id: hit.score for hit in hits}
    weight = FEEDBACK_WEIGHT * lite.sound_share(vector)
    if len(hits) < MIN_SONGS or weight <= 0:
        return blend(words, {}, weight=0.0)
    sound_space = wiring.embedders.sound_space
    seeds = vectors_of(wiring, sound_space, [hit.id for hit in hits[:SEEDS]])
    direction = seed_vector(list(seeds.values()))
    near = open_index(wiring, sound_space).search(direction, wanted)
    sound = {hit.id: hit.score for hit in near}
    # What only one of the two searches found is scored in the other space too.
    for song, stored in vectors_of(wiring, lite.space.name, sound.keys() - words.keys()).items():
        words[song] = float(stored @ vector)
    for song, stored in vectors_of(wiring, sound_space, words.keys() - sound.keys()).items():
        sound[song] = float(stored @ direction)
    both = {song: score for song, score in words.items() if song in sound}
    return blend(both, sound, weight=weight)


def vectors_of(wiring: Wiring, space: str, ids: Collection[str]) -> dict[str, FloatArray]:
    """Song id -> its stored vector in a space; songs without one are left out."""
    return {
        song: vector
        for batch, block in wiring.catalog.track_vectors(space, ids)
        for song, vector in zip(batch, block, strict=True)
    }
