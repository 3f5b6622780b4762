"""The bundled text-audio model: tags and measured descriptors on one side, words on the other.

Sound becomes standard scores over named axes (see `axes.py`), text becomes weights over the same axes (see
`parsing.py`), and their cosine ranks. A track vector has one dimension more than there are axes: a constant,
which keeps the length of the scores when the vector is brought to unit length, so that tags can be read from
it, and which is 0 in every query.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from reelscore.embedding.base import Space
from reelscore.embedding.lite.axes import (
    AXIS_INDEX,
    AXIS_NAMES,
    LEARNED_AXES,
    LEARNED_LABELS,
    TAG_AXES,
    TEMPO_AXES,
    descriptor_scores,
    tempo_scores,
)
from reelscore.embedding.lite.calibration import load_readout
from reelscore.embedding.lite.lexicon import load_lexicon, normalise_words
from reelscore.embedding.lite.moods import MOODS, read_moods
from reelscore.embedding.lite.parsing import (
    STYLE_KINDS,
    Match,
    by_kind,
    combine,
    parse_query,
    roundabout_share,
    whole_sentence,
)
from reelscore.embedding.lite.people import load_people
from reelscore.embedding.lite.static_text import load_static_text
from reelscore.embedding.lite.taggers import PATCH_SECONDS, SAMPLE_RATE, TaggerRun, load_taggers
from reelscore.embedding.lite.voice import sung, sung_each
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding, WordsRead

LITE = Space(
    name="lite-1",
    dim=len(AXIS_NAMES) + 1,
    sample_rate=SAMPLE_RATE,
    understands_text=True,
    description="musicnn tags and measured descriptors on named axes, and words on the same axes",
)
# Length of the constant dimension: the larger, the more the cosine is a dot product, in which a track that is
# extreme in many ways ranks higher than one that is ordinary.
_CONSTANT = 20.0
# Scores level off towards these: clearly electronic music answers "calm electronic" by how calm it is.
_LARGEST_TAG_SCORE = 2.0
_LARGEST_MEASURED_SCORE = 3.5
_LARGEST_SCORES = np.full(len(AXIS_NAMES), _LARGEST_MEASURED_SCORE, dtype=np.float32)
_LARGEST_SCORES[: len(TAG_AXES) + len(LEARNED_AXES)] = _LARGEST_TAG_SCORE
# Label of a tag -> its axis.
_LABELLED = {axis.label: AXIS_INDEX[axis.name] for axis in TAG_AXES if axis.label is not None}
_LABELLED |= {label: AXIS_INDEX[name] for name, label in LEARNED_LABELS.items()}
_TAGS = (*_LABELLED, *MOODS, "vocals")
# A guess from near phrases: cosine below which nothing is near, and how sharply the nearest counts most.
_NEAR = 0.55
_SHARPNESS = 16.0
# Places in the vocabulary, frequent words first, between which words begin to say something.
_COMMON_PLACE, _RARE_PLACE = 1_500, 6_000
_LEAST_TELLING = 0.2
_NEIGHBOURS = 5
# How much the meaning of the whole sentence counts beside that of its parts (see docs/evaluation.md).
_SENTENCE_SHARE = 0.4
# If no word of a text is known: cosine of the nearest phrase below which the whole means nothing either.
_NEAR_SENTENCE = 0.45
# What all phrases share is taken from a query by this much: it favours music that is a bit of everything.
_COMMON_SHARE = 0.15


class LiteEmbedder:
    """Implements AudioEmbedder and TextEmbedder for the space `lite-1`."""

    name = "lite"
    space = LITE

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads

    def embed_audio(self, clip: AudioClip, features: MusicFeatures) -> TrackEmbedding:
        """Vectors of a track and of each patch that was heard."""
        return self.embed_run(load_taggers(self._threads).run(clip), features)

    def embed_run(self, run: TaggerRun, features: MusicFeatures) -> TrackEmbedding:
        """The same from a run of the taggers that is there already."""
        readout = load_readout()
        track = np.concatenate(
            [readout.scores(run.logits.mean(axis=0), run.hidden.mean(axis=0)), *_measured(features)]
        )
        windows = [
            np.concatenate([readout.scores(logits, hidden), *_measured(_features_at(features, start))])
            for logits, hidden, start in zip(run.logits, run.hidden, run.starts, strict=True)
        ]
        return TrackEmbedding(
            space=self.space.name,
            track=_to_vector(track),
            windows=np.stack([_to_vector(window) for window in windows]),
            window_starts=run.starts,
            window_seconds=PATCH_SECONDS,
        )

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim); a text without any known word is a zero vector."""
        vectors = self.embed_literally(texts)
        for row, text in enumerate(texts):
            vectors[row, :-1] = _as_style(vectors[row, :-1], roundabout_share(_parse(text)[0]))
        return vectors

    def embed_literally(self, texts: Sequence[str]) -> FloatArray:
        """The same by the words alone, without the styles that words of other things are read as."""
        vectors = np.zeros((len(texts), self.space.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, :-1] = _read_sentence(text)
        return vectors

    def kinds(self, text: str) -> FloatArray:
        """What sounds and what it is like, if a text says one of each: vectors (2, dim), else (0, dim)."""
        vectors = by_kind(_parse(text)[0])
        kinds = np.zeros((len(vectors), self.space.dim), dtype=np.float32)
        if vectors:
            kinds[:, :-1] = np.stack(vectors)
        return kinds

    def read_words(self, text: str) -> WordsRead:
        """What is made of the words of a text, each named once."""
        matches, missed = _parse(text)
        people = dict.fromkeys(match.person for match in matches if match.person)
        matches = tuple(match for match in matches if not match.person)
        guessed = dict.fromkeys(match.text for match in matches if not match.known)
        # Words that mean nothing one by one may still mean something together.
        joined = {word for text in guessed for word in text.split()}
        return WordsRead(
            understood=tuple(dict.fromkeys(match.text for match in matches if match.known)),
            guessed=tuple(guessed),
            unknown=tuple(word for word in dict.fromkeys(missed) if word not in joined),
            described=tuple(f"{person.name}: {', '.join(person.description)}" for person in people),
        )

    def unknown_words(self, text: str) -> frozenset[str]:
        """The words of a text that neither the lexicon nor a name explains, as they are written.

        Nothing is guessed: words of another language are not in the text space, and what is like them there
        means something else.
        """
        missed: list[str] = []

        def miss(words: str) -> None:
            missed.extend(words.split())

        parse_query(text, load_lexicon(), miss, load_people())
        words = re.findall(r"[^\W\d_]+", text)
        return frozenset(word for word in words if not set(missed).isdisjoint(normalise_words(word)))

    def sound_share(self, query: FloatArray) -> float:
        """How much of a query vector is about what music sounds like, not about measured numbers: 0..1."""
        heard = float(np.square(query[: len(TAG_AXES) + len(LEARNED_AXES)]).sum())
        return heard / max(float(np.square(query).sum()), 1e-9)

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """Every tag and mood that `tags` can give, sorted."""
        return tuple(sorted(self.tags(np.zeros(self.space.dim, dtype=np.float32))))

    def tags(self, vector: FloatArray, windows: FloatArray | None = None) -> Mapping[str, float]:
        """Every labelled tag and mood of a track vector -> probability, strongest first.

        Parameters
        ----------
        vector
            Of the track (dim,).
        windows
            Of its parts (n, dim): a song is sung if somebody sings in some of them. None: as if all of it
            sounded like the track vector.
        """
        (named,) = self.tags_of(np.asarray(vector, dtype=np.float32)[None])
        if windows is not None and len(windows):
            named["vocals"] = sung(eased_scores(windows))
        return strongest_first(named)

    def tags_of(self, vectors: FloatArray) -> list[dict[str, float]]:
        """The probabilities of `tags` for track vectors (n, dim), unsorted."""
        eased = eased_scores(vectors)
        scores = _LARGEST_SCORES * np.arctanh(np.clip(eased / _LARGEST_SCORES, -0.999, 0.999))
        heard = load_readout().probabilities(scores[:, : len(TAG_AXES) + len(LEARNED_AXES)])
        table = np.column_stack([heard[:, list(_LABELLED.values())], read_moods(scores), sung_each(eased)])
        return [dict(zip(_TAGS, row, strict=True)) for row in table.tolist()]


# One answer asks for the vector of a text, for its kinds and for what was understood.
@lru_cache(maxsize=256)
def _parse(text: str) -> tuple[tuple[Match, ...], tuple[str, ...]]:
    """Every part of a text that means something, and the words that mean nothing."""
    missed: list[str] = []

    def guess(words: str) -> tuple[FloatArray, float] | None:
        meaning = guess_meaning(words)
        if meaning is None and " " not in words:
            missed.append(words)
        return meaning

    return tuple(parse_query(text, load_lexicon(), guess, load_people())), tuple(missed)


def _read_sentence(text: str) -> FloatArray:
    """Unit vector (axes,) of a text: the sum of its parts, and a hint of what it means as a whole."""
    matches, _ = _parse(text)
    total = combine(matches)
    model = load_static_text()
    sentence = " ".join(word for word in whole_sentence(text, load_people()) if model.reads(word))
    if sentence:
        phrases, vectors = _phrase_space()
        similarity = phrases @ model.encode([sentence])[0]
        if total.any() or float(similarity.max()) >= _NEAR_SENTENCE:
            meaning, _ = _nearest_meaning(similarity, vectors)
            total = total + np.float32(_SENTENCE_SHARE) * meaning
    if not total.any():
        return total
    total = total / np.float32(np.linalg.norm(total)) - np.float32(_COMMON_SHARE) * _common_meaning()
    unit: FloatArray = (total / np.linalg.norm(total)).astype(np.float32)
    return unit


def _as_style(vector: FloatArray, roundabout: float) -> FloatArray:
    """A text (axes,) read as the styles and moods that it is like, as far as it does not say them.

    What music is for says less of its sound than all its words together say of a style (docs/evaluation.md).

    Parameters
    ----------
    vector
        The text, a unit vector.
    roundabout
        How much of it says no sound, 0..1. It goes towards the styles so far, as far as it is like the
        nearest; a tempo is like none, and stays.
    """
    if not roundabout or not vector.any():
        return vector
    telling = vector.copy()
    telling[TEMPO_AXES] = 0.0
    styles = _lines(STYLE_KINDS)
    similarity = styles @ telling
    style, _ = _nearest_meaning(similarity, styles)
    share = np.float32(roundabout * max(0.0, float(similarity.max())) * float(telling @ telling))
    total = (np.float32(1.0) - share) * vector + share * style
    unit: FloatArray = (total / np.linalg.norm(total)).astype(np.float32)
    return unit


def guess_meaning(text: str) -> tuple[FloatArray, float] | None:
    """The weighted mean of the lexicon's nearest phrases to a text, and how much to trust it (0..1)."""
    model = load_static_text()
    if not model.reads(text):
        return None
    phrases, vectors = _phrase_space()
    similarity = phrases @ model.encode([text])[0]
    near = np.where(similarity >= _NEAR, similarity, -np.inf)
    closest = float(near.max())
    if not np.isfinite(closest):
        return None
    meaning, length = _nearest_meaning(near, vectors)
    if length < 1e-6:
        return None
    trust = min(1.0, 0.3 + 0.7 * (closest - _NEAR) / (1.0 - _NEAR))
    return meaning, trust if " " in text else trust * _telling(model.place(text))


def _telling(place: int | None) -> float:
    """How much a word says, by its place among all words: "before" says less than "buccaneer"."""
    if place is None:
        return 1.0
    share = math.log(max(place, 1) / _COMMON_PLACE) / math.log(_RARE_PLACE / _COMMON_PLACE)
    return min(1.0, max(_LEAST_TELLING, share))


def _nearest_meaning(similarity: FloatArray, vectors: FloatArray) -> tuple[FloatArray, float]:
    """Weighted mean of the nearest phrases' axis vectors, as a unit vector, and the length that it had."""
    near = np.flatnonzero(similarity >= np.partition(similarity, -_NEIGHBOURS)[-_NEIGHBOURS])
    nearest = near[np.argsort(-similarity[near], kind="stable")[:_NEIGHBOURS]]
    weights = np.exp(_SHARPNESS * (similarity[nearest] - similarity[nearest[0]]))
    meaning = (weights @ vectors[nearest]).astype(np.float32)
    length = float(np.linalg.norm(meaning))
    return meaning / np.float32(max(length, 1e-9)), length


@lru_cache(maxsize=1)
def _phrase_space() -> tuple[FloatArray, FloatArray]:
    """Static text vectors (phrases, 128) of the lexicon's anchors, and their axis vectors."""
    model = load_static_text()
    lexicon = load_lexicon()
    anchors = [words for words in lexicon.vectors if words in lexicon.anchors]
    read, phrases = model.encode_read([" ".join(words) for words in anchors])
    return phrases, np.stack([lexicon.vectors[anchors[place]] for place in read])


@lru_cache(maxsize=1)
def _common_meaning() -> FloatArray:
    """The mean (axes,) of all lines of the lexicon."""
    mean: FloatArray = _lines().mean(axis=0).astype(np.float32)
    return mean


@lru_cache(maxsize=2)
def _lines(kinds: frozenset[str] | None = None) -> FloatArray:
    """The different lines (lines, axes) of the lexicon; those of some kinds at unit length."""
    lexicon = load_lexicon()
    # Phrases of one line share one array, so a line is stacked once.
    arrays = {
        id(vector): vector if kinds is None else vector / np.linalg.norm(vector)
        for words, vector in lexicon.vectors.items()
        if kinds is None or lexicon.kinds[words] in kinds
    }
    # Without the places, np.unique imports numpy.ma to ask whether anything is masked.
    different, _ = np.unique(np.stack(list(arrays.values())), axis=0, return_index=True)
    return different


def _measured(features: MusicFeatures) -> tuple[FloatArray, FloatArray]:
    return descriptor_scores(features), tempo_scores(features)


def _features_at(features: MusicFeatures, start: float) -> MusicFeatures:
    """The features of a track with the energy of one window of it."""
    first = int(start)
    window = features.energy_curve[first : first + round(PATCH_SECONDS)]
    return replace(features, energy=float(np.mean(window))) if window else features


def _to_vector(scores: FloatArray) -> FloatArray:
    """Scores (axes,) as a unit vector (axes + 1,), extreme ones eased."""
    eased = _LARGEST_SCORES * np.tanh(scores / _LARGEST_SCORES)
    vector = np.append(eased, np.float32(_CONSTANT)).astype(np.float32)
    unit: FloatArray = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


def eased_scores(vectors: FloatArray) -> FloatArray:
    """The scores (n, axes) that unit vectors (n, dim) hold, extreme ones eased."""
    scale = np.float32(_CONSTANT) / np.maximum(vectors[:, -1:], np.float32(1e-6))
    eased: FloatArray = (vectors[:, :-1] * scale).astype(np.float32)
    return eased


def strongest_first(tags: Mapping[str, float]) -> dict[str, float]:
    """Tags by how probable they are, equal ones by name."""
    return {tag: tags[tag] for tag in sorted(sorted(tags), key=tags.__getitem__, reverse=True)}
