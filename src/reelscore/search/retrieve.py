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
    contrast_vector,
    share_of_sound,
)
from reelscore.ranking.fit import fit_of_cosines
from reelscore.ranking.fusion import Column, Parts, fuse_scores, lost_by, raise_of_named, total_of
from reelscore.records import FloatArray, Hit, SongCard
from reelscore.search.reading import Reading
from reelscore.search.understand import Understood
from reelscore.text.names import Named
from reelscore.wiring import Wiring

# Share of a seed track beside words.
SONG_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Reach:
    """How near a song must be to a vector that was searched with to be among its hits."""

    space: str
    vector: FloatArray
    least: float  # cosine of the last hit; minus infinity if every song was one
    filtered: bool  # whether only songs that pass the filters are hits


@dataclass(frozen=True, slots=True)
class Candidates:
    """Songs that may come into the answer, by id, with what was read of them."""

    ids: Sequence[str]
    relevance: Parts
    complete: bool  # nothing else in the library can come into the answer
    cards: Mapping[str, SongCard]
    measured: Mapping[str, tuple[float | None, float | None]]  # tempo and energy, if they are compared
    by_phrase: Mapping[str, Column] = field(default_factory=dict)  # phrase -> how well each song suits it
    named: Mapping[str, Named] = field(default_factory=dict)  # song id -> how the words name it
    fit: Column | None = None  # of the sound of each song, 0..1; None if there is no scale for it
    reaches: Sequence[Reach] = ()  # what a new song must come near to, to be a candidate


@dataclass(frozen=True, slots=True)
class Probe:
    """A vector to search with. One that does not `find` only scores what the others found."""

    role: str  # "words", "kind N" of them or "sound" of a phrase; "like" or "unlike" a song; "avoid" a phrase
    of: str
    space: str
    vector: FloatArray
    finds: bool = True


Scores = Mapping[tuple[str, str, str], Column]  # role, of what, space -> cosines


def retrieve(wiring: Wiring, reading: Reading, question: Understood, wanted: int) -> Candidates:
    """Search `wanted` songs near each phrase, near the sound of its first hits, and near the seed track.

    The score of a single phrase is its cosine with what its sound adds; several phrases, or a phrase with
    a seed or with something to avoid, are fused by standardised scores. Songs that the words name rise by
    how much of the words names them.
    """
    search, names = _Search(wiring, question, wanted), question.names
    own, all_named = (
        names.find(wanted, where=question.query.filters, exclude=question.exclude) if names else ([], True)
    )
    sounds = _sounds_of_hits(wiring, reading, question, search)
    probes = _probes(wiring, question, sounds)
    found = search.run([probe for probe in probes if probe.finds])
    ids, scores = _score(reading, probes, found.union(own))
    relevance, by_phrase, words = _relevance(wiring, question, scores, sounds)
    fit = _fit(question, words, scores, wiring.embedders.sound_space)
    cards, spoken = wiring.catalog.cards(ids, names.all_words if names else ())
    named: Mapping[str, Named] = {}
    if names:
        named = names.named([cards[song] for song in ids if song in spoken])
        shares = [named[song].share if song in named else np.nan for song in ids]
        relevance["names"] = raise_of_named(total_of(relevance), np.array(shares))
    targets = question.music.tempo_bpm is not None or question.music.energy is not None
    measured = wiring.catalog.soft_targets(ids) if targets and question.query.has_words else {}
    complete, reaches = search.complete and all_named, tuple(search.reaches())
    return Candidates(ids, relevance, complete, cards, measured, by_phrase, named, fit, reaches)


class _Search:
    """The searches of one question: each vector once, those of one space together."""

    def __init__(self, wiring: Wiring, question: Understood, wanted: int) -> None:
        self._wiring = wiring
        self._where = question.query.filters if question.query.filters != NO_FILTERS else None
        self._exclude = question.exclude
        self._wanted = wanted
        self._done: dict[tuple[str, bytes], Sequence[Hit]] = {}
        self.complete = True
        self._first: list[Reach] = []

    def first_hits(self, space: str, vectors: Sequence[FloatArray]) -> list[Sequence[Hit]]:
        """The nearest songs of the whole library, whatever the filters: they say what words mean."""
        if self._where is None and not self._exclude:
            self._search(space, vectors)
            return [self._done[space, vector.tobytes()][:FIRST_HITS] for vector in vectors]
        found: list[Sequence[Hit]] = [
            *open_index(self._wiring, space).search_batch(np.stack(vectors), FIRST_HITS)
        ]
        self._first += [
            Reach(space, vector, _least(hits, FIRST_HITS), filtered=False)
            for vector, hits in zip(vectors, found, strict=True)
        ]
        return found

    def reaches(self) -> list[Reach]:
        """What a new song must come near to, to change anything that was found."""
        own = [
            Reach(space, np.frombuffer(key, dtype=np.float32), _least(hits, self._wanted), filtered=True)
            for (space, key), hits in self._done.items()
        ]
        return own + self._first

    def run(self, probes: Sequence[Probe]) -> set[str]:
        """Search with every probe that says something in its space; the ids of all that was found."""
        for space in dict.fromkeys(probe.space for probe in probes):
            self._search(
                space, [probe.vector for probe in probes if probe.space == space and probe.vector.any()]
            )
        self.complete = all(len(hits) < self._wanted for hits in self._done.values())
        return {hit.id for hits in self._done.values() for hit in hits}

    def _search(self, space: str, vectors: Sequence[FloatArray]) -> None:
        due = {vector.tobytes(): vector for vector in vectors if (space, vector.tobytes()) not in self._done}
        if due:
            found = open_index(self._wiring, space).search_batch(
                np.stack(list(due.values())), self._wanted, exclude=self._exclude, where=self._where
            )
            self._done |= {(space, key): hits for key, hits in zip(due, found, strict=True)}


def _least(hits: Sequence[Hit], wanted: int) -> float:
    return hits[-1].score if len(hits) >= wanted else -np.inf


def _sounds_of_hits(
    wiring: Wiring, reading: Reading, question: Understood, search: _Search
) -> dict[str, tuple[FloatArray, float]]:
    """Phrase -> what its first hits sound like, and how much that counts (pseudo-relevance feedback).

    What lite's tags leave out, the sound of the first hits brings in; CLAP hears what its words mean.
    """
    lite, sound = wiring.lite, wiring.embedders.sound_space
    if not question.feeds_back:
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
        probes.append(Probe("words", phrase.text, question.space, vector))
        for at, kind in enumerate(question.kinds.get(phrase.text, ())):
            probes.append(Probe(f"kind {at}", phrase.text, question.space, kind, finds=False))
        if phrase.text in sounds:
            sound = wiring.embedders.sound_space
            probes.append(Probe("sound", phrase.text, sound, sounds[phrase.text][0]))
    if question.seed:
        seed = question.seed
        probes += [Probe("like", seed.title, space, vector) for space, vector in seed.vectors.items()]
    for phrase, vector in question.avoid:
        probes.append(Probe("avoid", phrase.text, question.space, vector, finds=False))
    for other in question.unlike:
        probes += [
            Probe("unlike", other.title, space, vector, finds=False)
            for space, vector in other.vectors.items()
        ]
    return probes


def _score(reading: Reading, probes: Sequence[Probe], found: Collection[str]) -> tuple[list[str], Scores]:
    """The songs that have a vector for every probe, in the order of their ids, and their cosines."""
    stored = reading.vectors(sorted({probe.space for probe in probes}), sorted(found))
    ids = [song for song in sorted(found) if all(song in vectors for vectors in stored.values())]
    if not ids:
        return ids, {(probe.role, probe.of, probe.space): np.empty(0) for probe in probes}
    matrices = {space: np.stack([vectors[song] for song in ids]) for space, vectors in stored.items()}
    return ids, {
        # Not by BLAS, which rounds a row by its place, so that equal songs would not have equal scores.
        (probe.role, probe.of, probe.space): np.einsum("ij,j->i", matrices[probe.space], probe.vector).astype(
            np.float64
        )
        for probe in probes
    }


def _relevance(
    wiring: Wiring,
    question: Understood,
    scores: Scores,
    sounds: Mapping[str, tuple[FloatArray, float]],
) -> tuple[dict[str, Column], Mapping[str, Column], Mapping[str, Column]]:
    """The named parts of the relevance of each song; what each phrase says of it; and its words alone."""
    seed, likeness = question.seed, wiring.embedders.similarity_weights
    by_phrase: dict[str, Column] = {}
    words: dict[str, Column] = {}
    for phrase, _ in question.phrases:
        own = scores["words", phrase.text, question.space]
        count = len(question.kinds.get(phrase.text, ()))
        kinds = [scores[f"kind {at}", phrase.text, question.space] for at in range(count)]
        parts = {"words": hold_together(own, np.array(kinds))}
        words[phrase.text] = parts["words"]
        if phrase.text in sounds:
            sound = scores["sound", phrase.text, wiring.embedders.sound_space]
            parts["sound"] = share_of_sound(parts["words"], sound, weight=sounds[phrase.text][1])
        if len(question.phrases) == 1 and not (seed or question.avoid or question.unlike):
            if question.space == wiring.embedders.sound_space:  # the sound of the songs that are named
                return {"sound": own}, {}, words
            return parts, {}, words
        by_phrase[phrase.text] = total_of(parts)
    rest = 1.0 - SONG_SHARE if seed and question.phrases else 1.0
    total = sum(phrase.weight for phrase, _ in question.phrases) or 1.0
    weights = {phrase.text: rest * phrase.weight / total for phrase, _ in question.phrases}
    fused = dict(by_phrase)
    if seed:
        for space in seed.vectors:
            name = f"like the song, {space}" if question.query.has_words else space
            weights[name] = (1.0 - rest if question.phrases else 1.0) * likeness[space]
            fused[name] = scores["like", seed.title, space]
    relevance = fuse_scores(fused, weights)
    for phrase, _ in question.avoid:
        avoided = scores["avoid", phrase.text, question.space]
        relevance[f"avoid {phrase.text}"] = lost_by(avoided, phrase.weight)
    for other in question.unlike:
        alike = {space: scores["unlike", other.title, space] for space in other.vectors}
        lost = total_of(fuse_scores(alike, likeness))
        relevance[f"unlike {other.title}"] = lost_by(lost, AVOID_BY_USER * other.weight)
    return relevance, by_phrase, words


def _fit(
    question: Understood, words: Mapping[str, Column], scores: Scores, sound_space: str
) -> Column | None:
    """How well the sound of each song suits what was asked, 0..1; None if there is no scale for it."""
    found: list[tuple[float, Column | None]] = []
    seed, total = question.seed, sum(phrase.weight for phrase, _ in question.phrases) or 1.0
    share = SONG_SHARE if seed and question.phrases else 1.0
    for phrase, _ in question.phrases:
        found.append((share * phrase.weight / total, fit_of_cosines(words[phrase.text], question.space)))
    if seed and sound_space in seed.vectors:
        found.append((share, fit_of_cosines(scores["like", seed.title, sound_space], sound_space)))
    if not found or any(fit is None for _, fit in found):
        return None
    return total_of({str(at): weight * fit for at, (weight, fit) in enumerate(found) if fit is not None})
