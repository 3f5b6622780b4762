"""What the writers of tags share: the fields, what is to stand in them, and the file that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias

from reelscore.errors import InvalidInputError

FIELDS = ("bpm", "key", "mood")
_BLOCK = 1 << 20

# What is to stand in a field: texts, or items as a writer of the same kind gave them. Nothing: it goes.
Wanted: TypeAlias = Mapping[str, Sequence[str | bytes]]
# Bytes, or a stretch of the old file.
Piece: TypeAlias = bytes | range


class TagsNotWritableError(InvalidInputError):
    """Tags of this file cannot be written without harm to something else in it."""

    code = "tags_not_writable"


@dataclass(slots=True)
class Edit:
    """A file with other tags.

    Attributes
    ----------
    before
        The items that stood in the fields, as bytes that only a writer of the same kind reads.
    pieces
        The new file in order; read once, while the old file is open.
    """

    before: dict[str, list[bytes]] = field(default_factory=dict)
    pieces: Iterable[Piece] = ()


def pieces_of(edit: Edit, file: BinaryIO) -> Iterable[bytes]:
    """The bytes of the new file, in blocks."""
    for piece in edit.pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        file.seek(piece.start)
        left = len(piece)
        while left:
            block = file.read(min(left, _BLOCK))
            if not block:
                raise TagsNotWritableError("the file ends before its own tables say so")
            left -= len(block)
            yield block


def replaced(
    items: Sequence[tuple[str, bytes]], new: Mapping[str, Sequence[bytes]]
) -> tuple[list[bytes], dict[str, list[bytes]]]:
    """Items with those of some fields replaced where the first of them stood, or put at the end.

    Parameters
    ----------
    items
        Field (empty: none that is written) and bytes of each, in their order.
    new
        Field -> its items.

    Returns
    -------
    list, dict
        All items, and those that went: field -> items.
    """
    before: dict[str, list[bytes]] = {name: [] for name in new}
    result: list[bytes] = []
    for name, item in items:
        if name not in new:
            result.append(item)
            continue
        if not before[name]:
            result.extend(new[name])
        before[name].append(item)
    for name, added in new.items():
        if not before[name]:
            result.extend(added)
    return result, before


def whole_number(text: str) -> int:
    """A tempo as the whole number that a field takes."""
    return round(float(text))
