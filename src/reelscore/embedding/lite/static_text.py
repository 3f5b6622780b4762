"""The bundled static text model: word pieces to vectors, without a network to run.

A text becomes BERT word pieces (uncased), each piece has a stored vector that already carries its weight, and
the text is their sum at unit length. `tools/build_text.py` says how the vectors were made.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from reelscore.embedding.weights import read_artefact
from reelscore.errors import ModelError
from reelscore.records import FloatArray

UNKNOWN = "[UNK]"
# Characters of the pieces of a word, on average, below which the pieces say nothing about the word.
_SHORTEST_PIECES = 3.5
_LONGEST_WORD = 100  # characters; BERT's tokenizer takes longer words as unknown


def split_words(text: str) -> list[str]:
    """Words and punctuation marks of a text: lower case, without accents, as BERT (uncased) splits them."""
    if text.isascii():
        text = text.lower()
        if text.replace(" ", "").isalnum():  # as nearly all of the lexicon's phrases are
            return text.split()
    else:
        text = "".join(map(_spaced_if_cjk, text))
        text = unicodedata.normalize("NFD", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Mn").lower()
    words: list[str] = []
    start_new = True
    for character in text:
        if character.isspace():
            start_new = True
        elif not character.isalnum() and _is_control(character):
            continue
        elif not character.isalnum() and _is_punctuation(character):
            words.append(character)
            start_new = True
        elif start_new:
            words.append(character)
            start_new = False
        else:
            words[-1] += character
    return words


class WordPieces:
    """Greedy longest-match-first splitting of words into the pieces of a vocabulary.

    The algorithm is that of Wu et al., "Google's Neural Machine Translation System", 2016, section 4.1, in
    the form that BERT uses: `##` marks a piece that continues a word.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = self._ids[UNKNOWN]

    def encode(self, text: str) -> list[int]:
        """Ids of the pieces of a text; a word that cannot be split is one unknown piece."""
        return self.encode_words(split_words(text))

    def encode_words(self, words: Sequence[str]) -> list[int]:
        """Ids of the pieces of words as `split_words` spells them."""
        ids = [self._ids.get(word) for word in words]
        if None not in ids:
            return ids  # type: ignore[return-value]
        return [piece for word in words for piece in self._split(word)]

    def place(self, word: str) -> int | None:
        """The place of a word in the vocabulary; None if it is no piece by itself."""
        return self._ids.get(word)

    def _split(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                found = self._ids.get(prefix + word[start:end])
                if found is not None:
                    pieces.append(found)
                    start = end
                    break
            else:
                return [self._unknown]
        return pieces


class StaticText:
    """The text model in memory: about 4 MB, loaded once."""

    def __init__(self, vocabulary: Sequence[str], vectors: np.ndarray, scales: FloatArray) -> None:
        if not len(vocabulary) == len(vectors) == len(scales):
            raise ModelError(
                "the parts of the bundled text model do not fit together; install reelscore again"
            )
        self._pieces = WordPieces(vocabulary)
        self._vectors = vectors  # int8 (tokens, dim)
        self._scales = scales  # float32 (tokens,)
        self.dim = int(vectors.shape[1])

    def reads(self, text: str) -> bool:
        """Whether the model knows the words of a text, whole or in pieces long enough to carry meaning."""
        return bool(self._read(text))

    def _read(self, text: str) -> list[int]:
        """The pieces of a text that the model knows; of any other, none."""
        words = split_words(text)
        pieces = self._pieces.encode_words(words)
        split_well = len(pieces) <= max(len(words), sum(map(len, words)) / _SHORTEST_PIECES)
        return pieces if split_well and any(map(str.isalnum, text)) else []

    def place(self, word: str) -> int | None:
        """The place of a word in the vocabulary, which lists frequent words first; None if it has none."""
        return self._pieces.place(word)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim); a text without any known word is a zero vector."""
        return self._sums([self._pieces.encode(text) for text in texts])

    def encode_read(self, texts: Sequence[str]) -> tuple[list[int], FloatArray]:
        """The places of the texts that the model reads, and their unit vectors (n, dim)."""
        pieces = {place: found for place, text in enumerate(texts) if (found := self._read(text))}
        return list(pieces), self._sums(list(pieces.values()))

    def _sums(self, pieces: Sequence[Sequence[int]]) -> FloatArray:
        """The sums (n, dim) of the vectors of pieces, at unit length; of no pieces, zeros."""
        result = np.zeros((len(pieces), self.dim), dtype=np.float32)
        told = [row for row, ids in enumerate(pieces) if ids]
        if told:
            ids = np.fromiter(chain.from_iterable(pieces), dtype=np.intp)
            ends = np.cumsum([len(pieces[row]) for row in told])
            weighed = self._vectors[ids] * self._scales[ids, None]
            result[told] = np.add.reduceat(weighed, [0, *ends[:-1]], axis=0)
        lengths = np.linalg.norm(result, axis=1, keepdims=True)
        unit: FloatArray = np.divide(result, lengths, out=np.zeros_like(result), where=lengths > 1e-9)
        return unit


@lru_cache(maxsize=1)
def load_static_text() -> StaticText:
    """The bundled model, read once.

    Raises
    ------
    ModelError
        A file is missing or damaged.
    """
    # Not splitlines: some pieces are characters that Unicode counts as line ends.
    vocabulary = read_artefact("text_vocab.txt").decode("utf-8").removesuffix("\n").split("\n")
    vectors = np.load(io.BytesIO(read_artefact("text_vectors.npy")), allow_pickle=False)
    scales = np.load(io.BytesIO(read_artefact("text_scales.npy")), allow_pickle=False)
    return StaticText(vocabulary, vectors, scales)


def _is_control(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}


def _is_punctuation(character: str) -> bool:
    # BERT counts every ASCII symbol as punctuation, such as $ and ^, which Unicode does not.
    if character.isascii():
        return not character.isalnum() and character.isprintable()
    return unicodedata.category(character).startswith("P")


def _spaced_if_cjk(character: str) -> str:
    """Chinese, Japanese and Korean ideographs are words of their own."""
    code = ord(character)
    ideograph = (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x2CEAF
        or 0xF900 <= code <= 0xFAFF
        or 0x2F800 <= code <= 0x2FA1F
    )
    return f" {character} " if ideograph else character
