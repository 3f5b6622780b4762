"""The second step: candidates from the indexes of a library, scored against all that was asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from reelscore.filters.table import NO_FILTERS
from reelscore.library.index_sync import open_index
from reelscore.query.guide import AVOID_BY_USER
from reelscore.ranking.feedback import (
    ALIKE_WEIGHT,
    FEEDBACK_WEIGHT,
    FIRST_HITS,
    MIN_SONGS,
    SEEDS,
    contrast_vector,
    share_of_sound,
)
from reelscore.ranking.fit import fit_of_cosines
from reelscore.ranking.fusion import (
    Column,
    Parts,
    fuse_scores,
    hold_together,
    lost_by,
    raise_of_named,
    split_share,
    total_of,
)
from reelscore.ranking.likeness import FEWEST, likeness
from reelscore.records import FloatArray, Hit
from reelscore.search.reading import Reading
from reelscore.search.understand import Understood
from reelscore.text.names import Named
from reelscore.wiring import Wiring

# Share of a seed track beside words.
SONG_SHARE = 0.5
_ALIKE = "alike to"  # a song, as `ranking.likeness` compares it; its plain cosines are those of "like"
_WORDS = "words"  # all that is said, beside the likeness to a song
# Parts of a score that are no phrases: a phrase of such a name is put in quotation marks.
_OTHER_PARTS = frozenset({_WORDS, "sound", "names", "tempo", "energy", "taste", "team", "sync"})


Compared = tuple[str, FloatArray, Column]  # a space, a vector of it, and the cosine of each song


@dataclass(frozen=True, slots=True)
class FirstHits:
    """The songs near some words that say what those words sound like (see `ranking.feedback`)."""

    compared: Sequence[Compared]
    scores: Column
    least: float  # score of the last one that stands for the sound


@dataclass(frozen=True, slots=True)
class Candidates:
    """Songs that may come into the answer, by id, with what was read of them."""

    ids: Sequence[str]
    relevance: Parts
    complete: bool  # nothing else in the library can come into the answer
    measured: Column | None  # tempo and energy (n, 2), if they are compared; NaN: not known
    by_phrase: Mapping[str, Column] = field(default_factory=dict)  # phrase -> how well each song suits it
    named: Mapping[str, Named] = field(default_factory=dict)  # song id -> how the words name it
    fit: Column | None = None  # of the sound of each song, 0..1; None if there is no scale for it
    compared: Sequence[Compared] = ()  # what the score follows from
    first_hits: FirstHits | None = None
    sound: FloatArray | None = None  # unit vectors (n, dim) of their sound, if they were compared by it


@dataclass(frozen=True, slots=True)
class Probe:
    """A vector to search with. One that does not `find` only scores what the others found."""

    role: str  # all "words", "kind N" or "sound" of them; a "phrase"; "like", "unlike" a song; "avoid"
    of: str
    space: str
    vector: FloatArray
    finds: bool = True


Scores = Mapping[tuple[str, str, str], Column]  # role, of what, space -> cosines


def retrieve(wiring: Wiring, reading: Reading, question: Understood, wanted: int) -> Candidates:
    """Search `wanted` songs near what is said, near the sound of its first hits, and near the seed track.

    The score of words is the cosine of all phrases together, by their weights, with what the sound of its
    first hits adds; with a seed or something to avoid, the searches are fused by standardised scores. Songs
    that the words name rise by how much of the words names them.
    """
    search, names = _Search(wiring, question, wanted), question.names
    own, all_named = (
        names.find(wanted, where=question.query.filters, exclude=question.exclude) if names else ([], True)
    )
    said = _said(question)
    sound = _sound_of_hits(wiring, reading, question, said, search)
    probes = _probes(wiring, question, said, sound)
    found = search.run([probe for probe in probes if probe.finds])
    ids, matrices, scores, compared = _score(wiring, reading, probes, found.union(own))
    relevance, by_phrase = _relevance(wiring, question, scores, said, sound)
    sound_space = wiring.embedders.sound_space
    fit = _fit(question, by_phrase, scores, sound_space)
    named: Mapping[str, Named] = {}
    if names:
        named = names.named(ids)
        shares = [named[song].share if song in named else np.nan for song in ids]
        relevance["names"] = raise_of_named(total_of(relevance), np.array(shares))
    targets = question.music.tempo_bpm is not None or question.music.energy is not None
    measured = reading.soft_targets(ids) if targets and question.query.has_words else None
    complete = search.complete and all_named
    phrases = {} if _is_plain(question) else by_phrase
    first = sound.first_hits if sound else None
    stored = matrices.get(sound_space)
    return Candidates(ids, relevance, complete, measured, phrases, named, fit, compared, first, stored)


class _Search:
    """The searches of one question: each vector once, those of one space together."""

    def __init__(self, wiring: Wiring, question: Understood, wanted: int) -> None:
        self._wiring = wiring
        self._where = question.query.filters if question.query.filters != NO_FILTERS else None
        self._exclude = question.exclude
        self._wanted = wanted
        self._done: dict[tuple[str, bytes], Sequence[Hit]] = {}
        self.complete = True

    def first_hits(self, space: str, vectors: Sequence[FloatArray]) -> list[Sequence[Hit]]:
        """The nearest songs of the whole library, whatever the filters: they say what words mean."""
        if self._where is None and not self._exclude:
            self._search(space, vectors)
            return [self._done[space, vector.tobytes()][:FIRST_HITS] for vector in vectors]
        return [*open_index(self._wiring, space).search_batch(np.stack(vectors), FIRST_HITS)]

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


@dataclass(frozen=True, slots=True)
class _Said:
    """All phrases as one direction: what they have in common counts more than what one of them adds."""

    vector: FloatArray  # of unit length
    shares: Mapping[str, float]  # phrase -> what its cosine counts in that of the direction
    kinds: FloatArray  # of a single phrase: vectors (kinds, dim)


def _said(question: Understood) -> _Said | None:
    if not question.phrases:
        return None
    if len(question.phrases) == 1:
        phrase, vector = question.phrases[0]
        none = np.empty((0, len(vector)), dtype=np.float32)
        return _Said(vector, {phrase.text: 1.0}, none if question.kinds is None else question.kinds)
    weights = np.array([phrase.weight for phrase, _ in question.phrases], dtype=np.float32)
    total: FloatArray = np.einsum("p,pd->d", weights, np.stack([own for _, own in question.phrases]))
    length = max(float(np.linalg.norm(total)), 1e-9)
    shares = {phrase.text: phrase.weight / length for phrase, _ in question.phrases}
    return _Said((total / length).astype(np.float32), shares, np.empty((0, len(total)), dtype=np.float32))


def _is_plain(question: Understood) -> bool:
    """Whether one phrase is all that is asked, so that its cosine is the score."""
    return len(question.phrases) == 1 and not (question.seed or question.avoid or question.unlike)


class _Sound(NamedTuple):
    """What some words sound like."""

    vector: FloatArray
    share: float  # of the score
    alike: FloatArray  # the same in the space of the words; zero if that does not count
    first_hits: FirstHits


def _sound_of_hits(
    wiring: Wiring, reading: Reading, question: Understood, said: _Said | None, search: _Search
) -> _Sound | None:
    """What the first hits sound like, and how much that counts (pseudo-relevance feedback).

    What lite's tags leave out, the sound of the first hits brings in; CLAP hears what its words mean.
    """
    sound = wiring.embedders.sound_space
    if not (question.feeds_back and said and said.vector.any()):
        return None
    share = FEEDBACK_WEIGHT * wiring.lite.sound_share(said.vector)
    if share <= 0:
        return None
    hits = search.first_hits(question.space, [said.vector])[0]
    if len(hits) < MIN_SONGS:  # they are a large part of the library, and their mean says little
        return None
    ids, stored = reading.matrices([sound, question.space], [hit.id for hit in hits])
    if not ids:
        return None
    words = stored[question.space]
    near = np.einsum("nd,d->n", words, said.vector).astype(np.float64)
    kinds = np.einsum("kd,nd->kn", said.kinds, words).astype(np.float64)
    scores = hold_together(near, kinds)
    best = sorted(sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))[:SEEDS])
    apart = contrast_vector([stored[sound][at] for at in best], stored[sound], wiring.embedders.within)
    if not apart.any():
        return None
    alike = np.zeros_like(said.vector) if len(kinds) else contrast_vector([words[at] for at in best], words)
    vectors = zip((said.vector, *said.kinds), (near, *kinds), strict=True)
    compared = [(question.space, vector, cosines) for vector, cosines in vectors]
    return _Sound(apart, share, alike, FirstHits(compared, scores, float(scores[best].min())))


def _probes(wiring: Wiring, question: Understood, said: _Said | None, sound: _Sound | None) -> list[Probe]:
    probes = []
    if said:
        probes.append(Probe("words", "", question.space, said.vector))
        for phrase, vector in question.phrases:
            probes.append(Probe("phrase", phrase.text, question.space, vector))
        for at, kind in enumerate(said.kinds):
            probes.append(Probe(f"kind {at}", "", question.space, kind, finds=False))
    if sound:
        probes.append(Probe("sound", "", wiring.embedders.sound_space, sound.vector))
        if sound.alike.any():
            probes.append(Probe("alike", "", question.space, sound.alike, finds=False))
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


def _score(
    wiring: Wiring, reading: Reading, probes: Sequence[Probe], found: Collection[str]
) -> tuple[list[str], Mapping[str, FloatArray], Scores, list[Compared]]:
    """The songs that have a vector for every probe, by id, and those vectors by space.

    Beside them their cosines, and what they are compared with.
    """
    spaces = sorted({probe.space for probe in probes})
    ids, matrices = reading.matrices(spaces, sorted(found))
    if not ids:
        matrices = {space: np.empty((0, wiring.embedders.space(space).dim), np.float32) for space in spaces}
    scores: dict[tuple[str, str, str], Column] = {}
    compared: list[Compared] = []

    def compare(space: str, vector: FloatArray) -> Column:
        # Not by BLAS, which rounds a row by its place, so that equal songs would not have equal scores.
        cosines: Column = np.einsum("ij,j->i", matrices[space], vector).astype(np.float64)
        compared.append((space, vector, cosines))
        return cosines

    for probe in probes:
        scores[probe.role, probe.of, probe.space] = compare(probe.space, probe.vector)
        if probe.role != "like":
            continue
        centre = reading.centre(probe.space, fewest=FEWEST)
        if centre is not None:
            metric = wiring.embedders.within if probe.space == wiring.embedders.sound_space else None
            alike, direction = likeness(probe.vector, matrices[probe.space], centre, metric)
            scores[_ALIKE, probe.of, probe.space] = alike
            compare(probe.space, direction)
    return ids, matrices, scores, compared


def _words(
    wiring: Wiring,
    question: Understood,
    scores: Scores,
    said: _Said,
    sound: _Sound | None,
) -> tuple[dict[str, Column], dict[str, Column]]:
    """What each phrase, and the sound of first hits, adds to the cosine of all; the cosine of each phrase."""
    by_phrase = {text: scores["phrase", text, question.space] for text in said.shares}
    if len(said.shares) == 1:
        kinds = np.array([scores[f"kind {at}", "", question.space] for at in range(len(said.kinds))])
        by_phrase = {text: hold_together(own, kinds) for text, own in by_phrase.items()}
    parts = {_part_name(text): share * by_phrase[text] for text, share in said.shares.items()}
    if sound:
        asked, heard = total_of(parts), scores["sound", "", wiring.embedders.sound_space]
        parts["sound"] = share_of_sound(asked, heard, weight=sound.share)
        if sound.alike.any():
            alike = scores["alike", "", question.space]
            parts["sound"] = parts["sound"] + share_of_sound(asked, alike, weight=ALIKE_WEIGHT)
    return parts, by_phrase


def _part_name(phrase: str) -> str:
    return f"“{phrase}”" if phrase in _OTHER_PARTS else phrase


def _relevance(
    wiring: Wiring,
    question: Understood,
    scores: Scores,
    said: _Said | None,
    sound: _Sound | None,
) -> tuple[dict[str, Column], Mapping[str, Column]]:
    """The named parts of the relevance of each song, and the cosines of each phrase."""
    seed, shares_of_spaces = question.seed, wiring.embedders.similarity_weights
    words, by_phrase = _words(wiring, question, scores, said, sound) if said else ({}, {})
    if _is_plain(question):
        # If only names are said, the sound of the songs that they name is searched with.
        first = "sound" if question.space == wiring.embedders.sound_space else "words"
        return {first: next(iter(words.values())), **dict(list(words.items())[1:])}, by_phrase
    rest = 1.0 - SONG_SHARE if seed and said else 1.0
    fused = {_WORDS: total_of(words)} if said else {}
    weights = {_WORDS: rest} if said else {}
    if seed:
        for space in seed.vectors:
            name = f"like the song, {space}" if question.query.has_words else space
            weights[name] = (1.0 - rest if said else 1.0) * shares_of_spaces[space]
            plain = scores["like", seed.title, space]
            fused[name] = scores.get((_ALIKE, seed.title, space), plain)
    relevance = fuse_scores(fused, weights)
    if said:
        shares = {_part_name(text): share for text, share in said.shares.items()}
        relevance = split_share(relevance.pop(_WORDS), words, shares) | relevance
    for phrase, _ in question.avoid:
        avoided = scores["avoid", phrase.text, question.space]
        relevance[f"avoid {phrase.text}"] = lost_by(avoided, phrase.weight)
    for other in question.unlike:
        alike = {space: scores["unlike", other.title, space] for space in other.vectors}
        lost = total_of(fuse_scores(alike, shares_of_spaces))
        relevance[f"unlike {other.title}"] = lost_by(lost, AVOID_BY_USER * other.weight)
    return relevance, by_phrase


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
