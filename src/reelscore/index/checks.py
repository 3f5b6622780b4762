"""The checks that every index makes before its engine sees a value, so that all of them refuse alike."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from reelscore.errors import InvalidInputError
from reelscore.records import FloatArray, Hit

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_collection(name: str, dim: int) -> None:
    """Refuse a name that is no plain folder name, and a dimension below 1."""
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot name a collection: letters, digits, '.', '_' and '-' only, at most 100"
        )
    if dim < 1:
        raise InvalidInputError(f"a collection needs a dimension of at least 1, not {dim}")


def check_points(ids: Sequence[str], vectors: FloatArray, dim: int) -> dict[str, FloatArray]:
    """Points to write: canonical id -> vector (dim,) of unit length, or zero if the input is zero.

    If an id comes twice, the last one counts.

    Raises
    ------
    InvalidInputError
        The counts differ, an id is no UUID, or a vector has the wrong shape or a value that is not finite.
    """
    matrix = np.asarray(vectors, dtype=np.float32)
    if matrix.shape != (len(ids), dim):
        raise InvalidInputError(f"{len(ids)} ids need vectors of shape {(len(ids), dim)}, not {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise InvalidInputError("a vector has a value that is not finite")
    unit = _normalise(matrix)
    points: dict[str, FloatArray] = {}
    for given, vector in zip(ids, unit, strict=True):
        known = canonical(given)
        if known is None:
            raise InvalidInputError(f"{given!r} is no song id: a UUID is needed")
        points[known] = vector
    return points


def check_payloads(
    ids: Sequence[str], payloads: Sequence[Mapping[str, Any]] | None
) -> dict[str, Mapping[str, Any]]:
    """Canonical id -> facets; empty ones if none are given. The ids are those of `check_points`.

    Raises
    ------
    InvalidInputError
        There is not one for each id.
    """
    given = [{}] * len(ids) if payloads is None else payloads
    if len(given) != len(ids):
        raise InvalidInputError(f"{len(ids)} ids need as many payloads, not {len(given)}")
    return {str(canonical(song)): payload for song, payload in zip(ids, given, strict=True)}


def check_query(vector: FloatArray, limit: int, dim: int) -> FloatArray:
    """The vector to search for, of unit length.

    Raises
    ------
    InvalidInputError
        Wrong shape, a value that is not finite, nothing but zeros, or a limit below 1.
    """
    query = np.asarray(vector, dtype=np.float32)
    if query.shape != (dim,):
        raise InvalidInputError(
            f"a search in this collection needs a vector of shape {(dim,)}, not {query.shape}"
        )
    if not np.isfinite(query).all():
        raise InvalidInputError("the vector to search for has a value that is not finite")
    if not query.any():  # every song is as near as any other, and all of them would be read to say so
        raise InvalidInputError("the vector to search for is all zeros: no song is nearer to it than another")
    if limit < 1:
        raise InvalidInputError(f"limit must be at least 1, not {limit}")
    unit: FloatArray = _normalise(query[None, :])[0]
    return unit


class Point(Protocol):
    """A point that an engine found."""

    @property
    def id(self) -> object:
        """The song, as the engine writes it."""
        ...

    @property
    def score(self) -> float:
        """Its cosine."""
        ...


def best_hits(points: Iterable[Point], limit: int) -> list[Hit]:
    """The best points as hits; ties are ordered by id."""
    hits = hits_of(points)
    hits.sort(key=attrgetter("id"))
    hits.sort(key=attrgetter("score"), reverse=True)  # keeps the order of equal ones
    return hits[:limit]


def hits_of(points: Iterable[Point]) -> list[Hit]:
    """Points as hits, in their order."""
    found = [(point.id, point.score) for point in points]
    ids = [one for one, _ in found if isinstance(one, uuid.UUID)]
    if len(ids) < len(found):
        return [Hit(str(one), score) for one, score in found]
    # All at once: `str` of each takes longer than the search of a small library.
    text = b"".join([one.bytes for one in ids]).hex()
    spelled = [
        f"{text[at : at + 8]}-{text[at + 8 : at + 12]}-{text[at + 12 : at + 16]}-"
        f"{text[at + 16 : at + 20]}-{text[at + 20 : at + 32]}"
        for at in range(0, len(text), 32)
    ]
    return [*map(Hit, spelled, [score for _, score in found])]


def canonical(song_id: str) -> str | None:
    """The one spelling of a UUID that indexes use, or None if this is no UUID."""
    try:
        return str(uuid.UUID(song_id))
    except (ValueError, AttributeError, TypeError):
        return None


def canonical_ids(ids: Collection[str]) -> set[str]:
    """The ids that a collection could hold; what is no UUID is left out."""
    return {known for known in map(canonical, ids) if known is not None}


def _normalise(matrix: FloatArray) -> FloatArray:
    # In float64, so that vectors that are already of unit length come out unchanged to the last bit or two.
    norms = np.linalg.norm(matrix.astype(np.float64), axis=1, keepdims=True)
    unit: FloatArray = (matrix / np.where(norms > 0.0, norms, 1.0)).astype(np.float32)
    return unit
