"""Search the indexes of a library with vectors, and score what was found against all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from reelscore.embedding.base import TextEmbedder
from reelscore.errors import InvalidInputError
from reelscore.library.index_sync import open_index
from reelscore.query.guide import AVOID_BY_USER
from reelscore.ranking.feedback import FEEDBACK_WEIGHT, MIN_SONGS, SEEDS, blend, seed_vector
from reelscore.ranking.fusion import fuse_scores, subtract
from reelscore.records import NO_FILTERS, Filters, FloatArray, Phrase, Song
from reelscore.text.names import Named, lift
from reelscore.wiring import Wiring

# Share of a reference song beside words.
SONG_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Probe:
    """A vector to search with. One that does not `find` only scores what the others found."""

    name: str
    space: str
    vector: FloatArray
    finds: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Songs near a query: named parts of their relevance, and whether there are no others."""

    relevance: Mapping[str, Mapping[str, float]]
    complete: bool
    # Phrase -> song id -> how well it suits this phrase alone.
    by_phrase: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    # Song id -> how the words of the query name it.
    named: Mapping[str, Named] = field(default_factory=dict)


class Names(Protocol):
    """The names in a query (see `reelscore.search.names`)."""

    def look(
        self, wanted: int, *, where: Filters = NO_FILTERS, exclude: Collection[str] = ()
    ) -> tuple[list[str], bool]:
        """Ids of songs that have words of the query, and whether there are no others."""
        ...

    def named(self, songs: Sequence[Song]) -> dict[str, Named]:
        """Song id -> how the query names it."""
        ...


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Phrases with their vectors in one space, and what goes with them."""

    space: str
    phrases: Sequence[tuple[Phrase, FloatArray]]
    avoid: Sequence[tuple[Phrase, FloatArray]] = ()
    # Space -> vector of a song that the answer should sound like too.
    reference: Mapping[str, FloatArray] = field(default_factory=dict)
    # Title -> space -> vector of songs that the answer should not sound like.
    unlike: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    names: Names | None = None


def search_words(
    wiring: Wiring,
    query: WordQuery,
    wanted: int,
    *,
    exclude: Collection[str] = (),
    where: Filters = NO_FILTERS,
) -> Found:
    """Songs near each phrase, near the sound of its first hits, and near the reference song.

    The score of a single phrase is its cosine with what its sound adds; several phrases, or a phrase with
    a reference or with something to avoid, are fused by standardised scores. Songs that the words name
    rise by how much of the words names them.
    """
    names = query.names
    own, all_named = names.look(wanted, where=where, exclude=exclude) if names else ([], True)
    found = _search_sounds(wiring, query, wanted, exclude=exclude, where=where, also=own)
    if not names:
        return found
    named = names.named(wiring.catalog.songs(list(found.relevance)))
    return replace(
        found, relevance=lift(found.relevance, named), complete=found.complete and all_named, named=named
    )


def _search_sounds(
    wiring: Wiring,
    query: WordQuery,
    wanted: int,
    *,
    exclude: Collection[str],
    where: Filters,
    also: Collection[str],
) -> Found:
    probes, shares = [], {}
    for phrase, vector in query.phrases:
        probes.append(Probe(phrase.text, query.space, vector))
        heard = _heard(wiring, query.space, vector)
        if heard is not None:
            sound, shares[phrase.text] = heard
            probes.append(Probe(_sound_of(phrase), wiring.embedders.sound_space, sound))
    probes += [Probe(_like(space), space, vector) for space, vector in query.reference.items()]
    probes += [Probe(_not(phrase), query.space, vector, finds=False) for phrase, vector in query.avoid]
    probes += _unlike_probes(query.unlike)
    scores, complete = scan(wiring, probes, wanted, exclude=exclude, where=where, also=also)

    by_phrase = {}
    for phrase, _ in query.phrases:
        words = scores[phrase.text]
        parts = blend(words, scores.get(_sound_of(phrase), {}), weight=shares.get(phrase.text, 0.0))
        if len(query.phrases) == 1 and not (query.reference or query.avoid or query.unlike):
            if query.space == wiring.embedders.sound_space:  # the sound of the songs that are named
                parts = {song: {"sound": score} for song, score in words.items()}
            return Found(parts, complete)
        by_phrase[phrase.text] = {song: sum(part.values()) for song, part in parts.items()}
    rest = 1.0 - SONG_SHARE if query.reference and query.phrases else 1.0
    total = sum(phrase.weight for phrase, _ in query.phrases) or 1.0
    weights = {phrase.text: rest * phrase.weight / total for phrase, _ in query.phrases}
    likeness = wiring.embedders.similarity_weights
    for space in query.reference:
        weights[_like(space)] = (1.0 - rest if query.phrases else 1.0) * likeness[space]
    relevance = fuse_scores(
        {**by_phrase, **{_like(space): scores[_like(space)] for space in query.reference}}, weights
    )
    for phrase, _ in query.avoid:
        relevance = subtract(relevance, scores[_not(phrase)], name=_not(phrase), weight=phrase.weight)
    relevance = _without_unlike(relevance, scores, query.unlike, likeness)
    return Found(relevance, complete, by_phrase)


def search_song(
    wiring: Wiring,
    vectors: Mapping[str, FloatArray],
    wanted: int,
    *,
    exclude: Collection[str] = (),
    where: Filters = NO_FILTERS,
    unlike: Mapping[str, Mapping[str, FloatArray]] | None = None,
) -> Found:
    """Songs near the vectors of a song in any of their spaces, scored in all of them.

    `unlike`: title -> space -> vector of songs that the answer should not sound like.

    Raises
    ------
    InvalidInputError
        The vectors are all zeros, to which every song is as near as any other.
    """
    if vectors and not any(vector.any() for vector in vectors.values()):
        raise InvalidInputError("nothing was heard in this song that others could be compared with")
    weights = wiring.embedders.similarity_weights
    probes = [Probe(space, space, vector) for space, vector in vectors.items()]
    probes += _unlike_probes(unlike or {})
    scores, complete = scan(wiring, probes, wanted, exclude=exclude, where=where)
    relevance = fuse_scores({space: scores[space] for space in vectors}, weights)
    return Found(_without_unlike(relevance, scores, unlike or {}, weights), complete)


def scan(
    wiring: Wiring,
    probes: Sequence[Probe],
    wanted: int,
    *,
    exclude: Collection[str] = (),
    where: Filters = NO_FILTERS,
    also: Collection[str] = (),
) -> tuple[dict[str, dict[str, float]], bool]:
    """Search with every probe, and score everything found with every probe: one read for each space.

    `also`: ids of songs that are scored too, since they were found in another way.

    Returns
    -------
    dict, bool
        Name of a probe -> song id -> cosine, with the same songs for all; and whether the searches
        found all that there is.
    """
    found: set[str] = set(also)
    complete = True
    for probe in probes:
        if probe.finds and probe.vector.any():  # what says nothing in this space finds nothing there
            hits = open_index(wiring, probe.space).search(probe.vector, wanted, exclude=exclude, where=where)
            found.update(hit.id for hit in hits)
            complete = complete and len(hits) < wanted
    stored = {space: vectors_of(wiring, space, found) for space in {probe.space for probe in probes}}
    everywhere = sorted(song for song in found if all(song in vectors for vectors in stored.values()))
    return {
        probe.name: {song: float(stored[probe.space][song] @ probe.vector) for song in everywhere}
        for probe in probes
    }, complete


def with_vectors(
    words: TextEmbedder, phrases: Sequence[Phrase], texts: Mapping[str, str] | None = None
) -> tuple[list[tuple[Phrase, FloatArray]], list[str]]:
    """The phrases that mean something, with their vectors, and the texts of the others.

    `texts`: phrase -> what of it says how music sounds, where that is not all of it.
    """
    texts = texts or {}
    vectors = words.embed_queries([texts.get(phrase.text, phrase.text) for phrase in phrases])
    known = [(phrase, vector) for phrase, vector in zip(phrases, vectors, strict=True) if vector.any()]
    unknown = [phrase.text for phrase, vector in zip(phrases, vectors, strict=True) if not vector.any()]
    return known, unknown


def with_song(weights: Mapping[str, float], *, words: bool) -> dict[str, float]:
    """The shares of the score where there is a reference song: it takes a part of what words have, or all."""
    song = (SONG_SHARE if words else 1.0) * weights["relevance"]
    return {"relevance": round(weights["relevance"] - song, 4), "song": round(song, 4)} | {
        name: weight for name, weight in weights.items() if name != "relevance"
    }


def vectors_of(wiring: Wiring, space: str, ids: Collection[str]) -> dict[str, FloatArray]:
    """Song id -> its stored vector in a space; songs without one are left out."""
    return {
        song: vector
        for batch, block in wiring.catalog.track_vectors(space, ids)
        for song, vector in zip(batch, block, strict=True)
    }


def _heard(wiring: Wiring, space: str, vector: FloatArray) -> tuple[FloatArray, float] | None:
    """What the first hits of some words sound like, and how much it counts; None where it says nothing.

    What lite's tags leave out, the sound of the first hits brings in; CLAP hears what its words mean.
    It is asked of the whole library: a filter does not change what words mean.
    """
    lite = wiring.lite
    weight = FEEDBACK_WEIGHT * lite.sound_share(vector) if space == lite.space.name else 0.0
    if weight <= 0:
        return None
    first = open_index(wiring, space).search(vector, MIN_SONGS)
    if len(first) < MIN_SONGS:
        return None
    seeds = vectors_of(wiring, wiring.embedders.sound_space, [hit.id for hit in first[:SEEDS]])
    return (seed_vector(list(seeds.values())), weight) if seeds else None


def _unlike_probes(unlike: Mapping[str, Mapping[str, FloatArray]]) -> list[Probe]:
    return [
        Probe(_unlike(title, space), space, vector, finds=False)
        for title, vectors in unlike.items()
        for space, vector in vectors.items()
    ]


def _without_unlike(
    relevance: Mapping[str, Mapping[str, float]],
    scores: Mapping[str, Mapping[str, float]],
    unlike: Mapping[str, Mapping[str, FloatArray]],
    weights: Mapping[str, float],
) -> dict[str, dict[str, float]]:
    """Take from each song what it has of the songs that the answer should not sound like."""
    left = {song: dict(parts) for song, parts in relevance.items()}
    for title, vectors in unlike.items():
        fused = fuse_scores({space: scores[_unlike(title, space)] for space in vectors}, weights)
        likeness = {song: sum(parts.values()) for song, parts in fused.items()}
        left = subtract(left, likeness, name=f"unlike {title}", weight=AVOID_BY_USER)
    return left


def _sound_of(phrase: Phrase) -> str:
    return f"sound of {phrase.text}"


def _like(space: str) -> str:
    return f"like the song, {space}"


def _unlike(title: str, space: str) -> str:
    return f"unlike {title}, {space}"


def _not(phrase: Phrase) -> str:
    return f"avoid {phrase.text}"
