"""Spaces that were tuned on somebody's own music: a space of words, and what was learnt beside it.

A track is its vector in the base space, its standard scores on the axes that were learnt, and what fills its
length up, so that every track is equally long. A query is its vector in the base space, drawn to the words
that one's own music is labelled with as far as it is like them, and the axes that it names. So the cosine is
that of the base space for words better chosen, plus what the axes say of the labels. Axes are linear readings
of vectors that are stored for every song, and of how near it is to songs with the label, so nothing has to be
heard again (`reelscore.training` learns).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reelscore.embedding.base import Space, TextEmbedder
from reelscore.embedding.lite.axes import TEMPO_AXES
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.lexicon import normalise_words
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.tunings import Tuning, Wordings
from reelscore.records import FloatArray, TrackEmbedding, WordsRead
from reelscore.text.negators import NEGATING_WORDS

_LARGEST_SCORE = 2.5
# The axes of a track have this length at most, beside the 1 of its vector in the base space.
_AXES_LENGTH = 0.9
# The spread of the cosines of one query over a library of ordinary music: what a gain of 1 is worth.
SPREAD = 0.04
# How sharply the nearest wordings count most, and how much nearer a query of one's own must be than a label.
_SHARPNESS, _ASKED_BEHIND = 6.0, 0.15
# Share of the way from an ordinary cosine of two texts to 1 below which a text is drawn nowhere.
_NEAR = 0.3
# Of a text that is partly a tempo, so much less is drawn: its share without it, to this power.
_PURITY = 4
# By how much the cosine of two songs is less than 1 where an e-th of their nearness is left: that of their
# sound, and that in the base space.
_NEAR_SOUND, _NEAR_BASE = 0.5, 0.8
# A score that is so much above the threshold of a label is surely heard: 1 in a logistic curve.
_SURENESS = 2.0


def sound_space(base: str) -> str:
    """Where axes are read beside a space of words: lite's own numbers are read from `taggers-1`."""
    return TAGGERS.name if base == LITE.name else base


def features_of(base: str, sound: FloatArray) -> FloatArray:
    """What axes are read from, (n, features): of vectors (n, dim) of the space that `sound_space` names."""
    return sound @ load_within() if base == LITE.name else sound


def placed(base: str, vectors: FloatArray, sound: FloatArray, centre: FloatArray) -> FloatArray:
    """Where songs lie for `nearness`, (n, dim + features).

    Parameters
    ----------
    vectors, sound
        Of the songs, in the base space (n, dim) and in the one that `sound_space` names.
    centre
        Of `Anchors`.
    """
    dim = vectors.shape[1]
    said = _unit(vectors - centre[:dim]) / math.sqrt(_NEAR_BASE)
    heard = _unit(features_of(base, sound - centre[dim:])) / math.sqrt(_NEAR_SOUND)
    points: FloatArray = np.concatenate([said, heard], axis=1).astype(np.float32)
    return points


def nearness(points: FloatArray, others: FloatArray) -> FloatArray:
    """How near songs are to others, (n, others), 1 for the same: by their cosines in both spaces."""
    near: FloatArray = np.exp(points @ others.T - np.float32(1.0 / _NEAR_SOUND + 1.0 / _NEAR_BASE))
    return near


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = vectors / np.maximum(lengths, 1e-9)
    return unit


def compared(reader: TextEmbedder, texts: Sequence[str]) -> FloatArray:
    """Vectors (n, dim) of texts by which they are compared: of their own words, whatever is searched with."""
    return reader.embed_literally(texts) if isinstance(reader, LiteEmbedder) else reader.embed_queries(texts)


def drawn(base: str, vectors: FloatArray, literal: FloatArray, wordings: Wordings, pull: float) -> FloatArray:
    """What texts ask for, (n, dim + labels): drawn to what they are like among one's own wordings.

    Nadaraya-Watson regression from texts to meanings. What is like none of them stays as it is.

    Parameters
    ----------
    base
        Name of the base space.
    vectors
        (n, dim), of texts in it.
    literal
        (n, dim), of the same texts as they are compared with the wordings (`compared`).
    pull
        How far a text moves that is a wording: its own part is 1 beside it.
    """
    dim = vectors.shape[1]
    found = np.zeros((len(vectors), wordings.meanings.shape[1]), dtype=np.float32)
    found[:, :dim] = vectors
    if not len(wordings.texts):
        return found
    ordinary = _ordinary(wordings.texts[wordings.asked == 0.0])
    floor = ordinary + _NEAR * (1.0 - ordinary)
    for row, vector in enumerate(vectors):
        telling = _telling(base, literal[row])
        alike = wordings.texts @ telling
        near = _SHARPNESS / (1.0 - ordinary) * (alike - _ASKED_BEHIND * wordings.asked)
        share = np.exp(near - near.max())
        share = share * wordings.trust / share.sum()
        sure = max(0.0, (float(alike.max()) - floor) / (1.0 - floor)) * float(share.sum())
        sure *= float(telling @ telling) ** _PURITY
        meaning = share @ wordings.meanings
        length = float(np.linalg.norm(meaning[:dim]))
        if not sure or not vector.any() or length < 1e-9:
            continue
        moved = vector + pull * sure * meaning[:dim] / length
        found[row, :dim] = moved / np.linalg.norm(moved)
        found[row, dim:] = sure * meaning[dim:] / float(share.sum())
    return found


def _telling(base: str, vector: FloatArray) -> FloatArray:
    """The part of a text that can name labels: without a tempo in beats a minute."""
    if base != LITE.name:
        return vector
    telling = vector.copy()
    telling[TEMPO_AXES] = 0.0
    return telling


def _ordinary(texts: FloatArray) -> float:
    """The cosine of two ordinary texts, above which they begin to be alike."""
    if len(texts) < 2:
        return 0.0
    return max(0.0, float(np.median((texts @ texts.T)[~np.eye(len(texts), dtype=bool)])))


class TunedEmbedder:
    """Implements TextEmbedder for a tuned space, and derives the vectors of tracks from stored ones.

    Parameters
    ----------
    base
        Reads words into the space that was tuned.
    """

    def __init__(self, tuning: Tuning, base: TextEmbedder) -> None:
        self.base = base
        self.tuning = tuning
        self.name = tuning.name
        self.space = Space(
            name=tuning.space_name,
            dim=base.space.dim + len(tuning.labels) + 1,
            sample_rate=base.space.sample_rate,
            understands_text=True,
            description=tuning.description,
        )
        # What the base space knows is drawn to its label; what it does not know can only be named.
        self._texts = {
            tuple(normalise_words(label.text)): at
            for at, label in enumerate(tuning.labels)
            if not label.known
        }
        self._longest = max(map(len, self._texts), default=0)

    @property
    def sound_space(self) -> str:
        """Name of the space that axes are read from."""
        return sound_space(self.tuning.base)

    def derive(self, base: TrackEmbedding, sound: TrackEmbedding) -> TrackEmbedding:
        """The vectors of a track from those that it has in the base space and in `sound_space`."""
        both = len(base.windows) == len(sound.windows) > 0
        return TrackEmbedding(
            space=self.space.name,
            track=self._vectors(base.track[None], sound.track[None])[0],
            windows=self._vectors(base.windows, sound.windows)
            if both
            else np.zeros((0, self.space.dim), dtype=np.float32),
            window_starts=base.window_starts if both else (),
            window_seconds=base.window_seconds,
        )

    def own_tags(self, base: FloatArray, sound: FloatArray) -> dict[str, float]:
        """Label -> how surely a song has it, .5 at its threshold; of its vectors as `scores` takes them."""
        scores = self.scores(base[None], sound[None])[0]
        return {
            label.text: float(1.0 / (1.0 + np.exp(-_SURENESS * (score - label.threshold))))
            for label, score in zip(self.tuning.labels, scores, strict=True)
            if label.threshold is not None
        }

    def scores(self, base: FloatArray, sound: FloatArray) -> FloatArray:
        """Standard scores (n, labels) of songs on the axes.

        Parameters
        ----------
        base, sound
            Their vectors (n, dim) in the base space, and in `sound_space`.
        """
        tuning, axes = self.tuning, self.tuning.axes
        features = features_of(tuning.base, sound)
        if len(tuning.anchors.points):
            points = placed(tuning.base, base, sound, tuning.anchors.centre)
            features = np.concatenate([features, nearness(points, tuning.anchors.points)], axis=1)
        scores: FloatArray = features @ axes[:, :-1].T + axes[:, -1]
        return scores

    def _vectors(self, base: FloatArray, sound: FloatArray) -> FloatArray:
        eased = self._step * _LARGEST_SCORE * np.tanh(self.scores(base, sound) / _LARGEST_SCORE)
        rest = np.sqrt(np.maximum(0.0, 1.0 - np.square(eased).sum(axis=1, keepdims=True)))
        vectors: FloatArray = (np.concatenate([base, eased, rest], axis=1) / np.sqrt(2.0)).astype(np.float32)
        return vectors

    @property
    def _step(self) -> float:
        """Length of one standard score in a track."""
        return _AXES_LENGTH / (_LARGEST_SCORE * math.sqrt(max(1, len(self.tuning.labels))))

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim); a text without any known word is a zero vector."""
        dim = self.base.space.dim
        vectors = np.zeros((len(texts), self.space.dim), dtype=np.float32)
        named = [self._named(text) for text in texts]
        rests = [rest for rest, _ in named]
        vectors[:, :-1] = drawn(
            self.tuning.base,
            self.base.embed_queries(rests),
            compared(self.base, rests),
            self.tuning.wordings,
            self.tuning.pull,
        )
        for row, (_, labels) in enumerate(named):
            for at, sign in labels:
                vectors[row, dim + at] = sign * self.tuning.labels[at].gain
        vectors[:, dim:-1] *= SPREAD / self._step
        return _unit(vectors)

    def _named(self, text: str) -> tuple[str, list[tuple[int, float]]]:
        """The rest of a text for the base space, and the signed labels of its unknown words."""
        words = normalise_words(text)
        left: list[str] = []
        named: list[tuple[int, float]] = []
        place = 0
        for start, length, label in self._mentions(words):
            left += words[place:start]
            place = start + length
            negated = bool(left) and left[-1] in NEGATING_WORDS
            named.append((label, -1.0 if negated else 1.0))
            if negated:
                left.pop()
        return (" ".join([*left, *words[place:]]) if named else text), named

    def _mentions(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                label = self._texts.get(tuple(words[at : at + length]))
                if label is not None:
                    yield at, length, label
                    at += length - 1
                    break
            at += 1


class TunedLite(TunedEmbedder, LiteEmbedder):
    """One above lite, which also tells kinds of words apart and says what it made of them."""

    def __init__(self, tuning: Tuning, base: LiteEmbedder) -> None:
        TunedEmbedder.__init__(self, tuning, base)
        self._lite = base

    def kinds(self, text: str) -> FloatArray:
        """Vectors (0 or 2, dim) of the kinds of words in a text; none if it names a label of one's own."""
        rest, named = self._named(text)
        kinds = self._lite.kinds(rest) if not named else np.zeros((0, LITE.dim), dtype=np.float32)
        return np.pad(kinds, ((0, 0), (0, self.space.dim - LITE.dim)))

    def read_words(self, text: str) -> WordsRead:
        """What is made of the words of a text: of one's own, and of the rest as lite does."""
        rest, named = self._named(text)
        read = self._lite.read_words(rest)
        own = dict.fromkeys(self.tuning.labels[at].text for at, _ in named)
        return replace(read, understood=tuple(dict.fromkeys([*own, *read.understood])))


def open_tuned(tunings: Sequence[Tuning], bases: Mapping[str, TextEmbedder]) -> tuple[TunedEmbedder, ...]:
    """The tuned spaces whose base space is there, by its name."""
    found: list[TunedEmbedder] = []
    for tuning in tunings:
        base = bases.get(tuning.base)
        if isinstance(base, LiteEmbedder):
            found.append(TunedLite(tuning, base))
        elif base is not None:
            found.append(TunedEmbedder(tuning, base))
    return tuple(found)
