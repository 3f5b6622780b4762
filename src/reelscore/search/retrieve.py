"""The second step: candidates from the indexes of a library, scored against all that was asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelscore.filters.table import NO_FILTERS
from reelscore.library.index_sync import open_index
from reelscore.query.guide import AVOID_BY_USER
from reelscore.ranking.conjunction import hold_together
from reelscore.ranking.feedback import (
    FEEDBACK_WEIGHT,
    FIRST_HITS,
    MIN_SONGS,
    SEEDS,
    blend,
    contrast_vector,
)
from reelscore.ranking.fusion import fuse_scores, subtract
from reelscore.records import FloatArray, Hit, MusicFeatures, Phrase, Song
from reelscore.search.reading import Reading
from reelscore.search.understand import Understood
from reelscore.text.names import Named, lift
from reelscore.wiring import Wiring

# Share of a seed track beside words.
SONG_SHARE = 0.5

Scores = Mapping[str, float]  # song id -> cosine or share
Parts = Mapping[str, Mapping[str, float]]  # song id -> named parts of its relevance


@dataclass(frozen=True, slots=True)
class Candidates:
    """Songs that may come into the answer, with what was read of them."""

    relevance: Parts
    complete: bool  # nothing else in the library can come into the answer
    songs: Mapping[str, Song]
    features: Mapping[str, MusicFeatures] = field(default_factory=dict)  # if a soft target compares them
    by_phrase: Mapping[str, Scores] = field(default_factory=dict)  # phrase -> how well each song suits it
    named: Mapping[str, Named] = field(default_factory=dict)  # song id -> how the words name it


@dataclass(frozen=True, slots=True)
class Probe:
    """A vector to search with. One that does not `find` only scores what the others found."""

    name: str
    space: str
    vector: FloatArray
    finds: bool = True


def retrieve(wiring: Wiring, reading: Reading, question: Understood, wanted: int) -> Candidates:
    """Search `wanted` songs near each phrase, near the sound of its first hits, and near the seed track.

    The score of a single phrase is its cosine with what its sound adds; several phrases, or a phrase with
    a seed or with something to avoid, are fused by standardised scores. Songs that the words name rise by
    how much of the words names them.
    """
    search = _Search(wiring, question, wanted)
    names = question.names
    own, all_named = (
        names.find(wanted, where=question.query.filters, exclude=question.exclude) if names else ([], True)
    )
    sounds = _sounds_of_hits(wiring, reading, question, search)
    probes = _probes(wiring, question, sounds)
    search.run([probe for probe in probes if probe.finds])
    scores = _score(reading, probes, search.found | set(own))
    relevance, by_phrase = _relevance(wiring, question, scores, sounds)
    songs = reading.songs(list(relevance))
    targets = question.music.tempo_bpm is not None or question.music.energy is not None
    features = reading.features(list(relevance)) if targets and question.query.has_words else {}
    named: Mapping[str, Named] = {}
    if names:
        named = names.named(list(songs.values()))
        relevance = lift(relevance, named)
    return Candidates(relevance, search.complete and all_named, songs, features, by_phrase, named)


class _Search:
    """The searches of one question: each vector once, those of one space together."""

    def __init__(self, wiring: Wiring, question: Understood, wanted: int) -> None:
        self._wiring = wiring
        self._where = question.query.filters if question.query.filters != NO_FILTERS else None
        self._exclude = question.exclude
        self._wanted = wanted
        self._done: dict[tuple[str, bytes], Sequence[Hit]] = {}
        self.found: set[str] = set()
        self.complete = True

    def first_hits(self, space: str, vectors: Sequence[FloatArray]) -> list[Sequence[Hit]]:
        """The nearest songs of the whole library, whatever the filters: they say what words mean."""
        if self._where is None and not self._exclude:
            self._search(space, vectors)
            return [self._done[space, vector.tobytes()][:FIRST_HITS] for vector in vectors]
        return list(open_index(self._wiring, space).search_batch(np.stack(vectors), FIRST_HITS))

    def run(self, probes: Sequence[Probe]) -> None:
        """Search with every probe that says something in its space."""
        for space in dict.fromkeys(probe.space for probe in probes):
            self._search(
                space, [probe.vector for probe in probes if probe.space == space and probe.vector.any()]
            )
        for hits in self._done.values():
            self.found.update(hit.id for hit in hits)
            self.complete = self.complete and len(hits) < self._wanted

    def _search(self, space: str, vectors: Sequence[FloatArray]) -> None:
        due = {vector.tobytes(): vector for vector in vectors if (space, vector.tobytes()) not in self._done}
        if due:
            found = open_index(self._wiring, space).search_batch(
                np.stack(list(due.values())), self._wanted, exclude=self._exclude, where=self._where
            )
            self._done |= {(space, key): hits for key, hits in zip(due, found, strict=True)}


def _sounds_of_hits(
    wiring: Wiring, reading: Reading, question: Understood, search: _Search
) -> dict[str, tuple[FloatArray, float]]:
    """Phrase -> what its first hits sound like, and how much that counts (pseudo-relevance feedback).

    What lite's tags leave out, the sound of the first hits brings in; CLAP hears what its words mean.
    """
    lite, sound = wiring.lite, wiring.embedders.sound_space
    if question.space != lite.space.name:
        return {}
    shares = {phrase.text: FEEDBACK_WEIGHT * lite.sound_share(vector) for phrase, vector in question.phrases}
    heard = [(phrase, vector) for phrase, vector in question.phrases if shares[phrase.text] > 0]
    if not heard:
        return {}
    hits = search.first_hits(question.space, [vector for _, vector in heard])
    first = {
        phrase.text: [hit.id for hit in found]
        for (phrase, _), found in zip(heard, hits, strict=True)
        if len(found) >= MIN_SONGS  # fewer are a large part of the library, and their mean says little
    }
    stored = reading.vectors(
        [sound, question.space], list(dict.fromkeys(song for ids in first.values() for song in ids))
    )
    sounds = {}
    for phrase, vector in heard:
        ids = [song for song in first.get(phrase.text, ()) if all(song in own for own in stored.values())]
        if not ids:
            continue
        words = np.stack([stored[question.space][song] for song in ids])
        scores = hold_together(
            np.einsum("nd,d->n", words, vector).astype(np.float64),
            np.einsum("kd,nd->kn", question.kinds[phrase.text], words).astype(np.float64),
        )
        best = sorted(sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))[:SEEDS])
        own = [stored[sound][song] for song in ids]
        apart = contrast_vector([own[at] for at in best], own, wiring.embedders.within)
        if apart.any():
            sounds[phrase.text] = apart, shares[phrase.text]
    return sounds


def _probes(
    wiring: Wiring, question: Understood, sounds: Mapping[str, tuple[FloatArray, float]]
) -> list[Probe]:
    probes = []
    for phrase, vector in question.phrases:
        probes.append(Probe(phrase.text, question.space, vector))
        for at, kind in enumerate(question.kinds.get(phrase.text, ())):
            probes.append(Probe(_kind_of(phrase.text, at), question.space, kind, finds=False))
        if phrase.text in sounds:
            probes.append(Probe(_sound_of(phrase.text), wiring.embedders.sound_space, sounds[phrase.text][0]))
    if question.seed:
        named = question.query.has_words
        probes += [
            Probe(_like(space, named), space, vector) for space, vector in question.seed.vectors.items()
        ]
    probes += [Probe(_not(phrase), question.space, vector, finds=False) for phrase, vector in question.avoid]
    for seed in question.unlike:
        probes += [
            Probe(_unlike(seed.title, space), space, vector, finds=False)
            for space, vector in seed.vectors.items()
        ]
    return probes


def _score(reading: Reading, probes: Sequence[Probe], found: Collection[str]) -> dict[str, dict[str, float]]:
    """Name of a probe -> song id -> cosine; every probe scores the songs that have a vector for all."""
    ids = sorted(found)
    stored = reading.vectors(sorted({probe.space for probe in probes}), ids)
    everywhere = [song for song in ids if all(song in vectors for vectors in stored.values())]
    return {
        probe.name: {song: float(stored[probe.space][song] @ probe.vector) for song in everywhere}
        for probe in probes
    }


def _relevance(
    wiring: Wiring,
    question: Understood,
    scores: Mapping[str, Scores],
    sounds: Mapping[str, tuple[FloatArray, float]],
) -> tuple[Parts, Mapping[str, Scores]]:
    """Song id -> named parts of its relevance; and what each phrase says of each song."""
    seed, likeness = question.seed, wiring.embedders.similarity_weights
    relevance: Parts
    by_phrase: dict[str, Scores] = {}
    for phrase, _ in question.phrases:
        share = sounds[phrase.text][1] if phrase.text in sounds else 0.0
        words = _words(scores, phrase.text, len(question.kinds.get(phrase.text, ())))
        parts = blend(words, scores.get(_sound_of(phrase.text), {}), weight=share)
        if len(question.phrases) == 1 and not (seed or question.avoid or question.unlike):
            if question.space == wiring.embedders.sound_space:  # the sound of the songs that are named
                parts = {song: {"sound": score} for song, score in scores[phrase.text].items()}
            return parts, {}
        by_phrase[phrase.text] = {song: sum(part.values()) for song, part in parts.items()}
    rest = 1.0 - SONG_SHARE if seed and question.phrases else 1.0
    total = sum(phrase.weight for phrase, _ in question.phrases) or 1.0
    weights = {phrase.text: rest * phrase.weight / total for phrase, _ in question.phrases}
    fused = dict(by_phrase)
    for space in seed.vectors if seed else ():
        name = _like(space, question.query.has_words)
        weights[name] = (1.0 - rest if question.phrases else 1.0) * likeness[space]
        fused[name] = scores[name]
    relevance = fuse_scores(fused, weights)
    for phrase, _ in question.avoid:
        relevance = subtract(relevance, scores[_not(phrase)], name=_not(phrase), weight=phrase.weight)
    for other in question.unlike:
        alike = fuse_scores({space: scores[_unlike(other.title, space)] for space in other.vectors}, likeness)
        lost = {song: sum(parts.values()) for song, parts in alike.items()}
        relevance = subtract(relevance, lost, name=f"unlike {other.title}", weight=AVOID_BY_USER)
    return relevance, by_phrase


def _words(scores: Mapping[str, Scores], text: str, kinds: int) -> Scores:
    """Song id -> its cosine with a phrase, moved by how well it suits each kind of words in it."""
    own = scores[text]
    columns = [list(scores[_kind_of(text, at)].values()) for at in range(kinds)]
    held = hold_together(np.array(list(own.values())), np.array(columns))
    return dict(zip(own, held.tolist(), strict=True))


def _kind_of(text: str, at: int) -> str:
    return f"kind {at} of {text}"


def _sound_of(text: str) -> str:
    return f"sound of {text}"


def _like(space: str, beside_words: bool) -> str:
    return f"like the song, {space}" if beside_words else space


def _unlike(title: str, space: str) -> str:
    return f"unlike {title}, {space}"


def _not(phrase: Phrase) -> str:
    return f"avoid {phrase.text}"
