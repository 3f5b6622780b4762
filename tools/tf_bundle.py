"""Read a TensorFlow checkpoint bundle (`.index` and `.data-00000-of-00001`) without TensorFlow.

The index is a table in LevelDB's format: blocks of prefix-compressed keys, a block of block handles, and a
footer of 48 bytes. Each value is a `BundleEntryProto`, of which only type, shape, offset and size are needed.
Both formats are described in TensorFlow's `tensor_bundle.h` and in LevelDB's `table_format.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FOOTER_BYTES = 48
_MAGIC = 0xDB4775248B80FB57
_DT_FLOAT = 1


def read_bundle(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Every float32 variable of the checkpoint in `folder`, by name."""
    index = (folder / ".index").read_bytes()
    data = (folder / ".data-00000-of-00001").read_bytes()
    arrays: dict[str, NDArray[np.float32]] = {}
    for key, value in _table_items(index):
        if not key:  # the header of the bundle
            continue
        dtype, shape, offset, size = _parse_entry(value)
        if dtype != _DT_FLOAT:
            continue
        flat = np.frombuffer(data[offset : offset + size], dtype="<f4")
        arrays[key.decode()] = flat.reshape(shape).astype(np.float32)
    return arrays


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _table_items(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = table[-_FOOTER_BYTES:]
    if int.from_bytes(footer[-8:], "little") != _MAGIC:
        raise ValueError("not a table: the magic number at its end is missing")
    at = 0
    for _ in range(2):  # handle of the meta index, which is not needed
        _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for _, handle in _block_items(table, offset, size):
        block_offset, used = _varint(handle, 0)
        block_size, _ = _varint(handle, used)
        yield from _block_items(table, block_offset, block_size)


def _block_items(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[offset + size] != 0:
        raise ValueError("the blocks of this table are compressed, which is not supported")
    block = table[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message: (number, value)."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire == 2:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif wire in (1, 5):
            width = 8 if wire == 1 else 4
            yield number, message[at : at + width]
            at += width
        else:
            raise ValueError(f"unknown protobuf wire type {wire}")


def _parse_entry(message: bytes) -> tuple[int, tuple[int, ...], int, int]:
    dtype = offset = size = 0
    shape: list[int] = []
    for number, value in _fields(message):
        match number, value:
            case 1, int():
                dtype = value
            case 2, bytes():
                for kind, dimension in _fields(value):
                    if kind == 2 and isinstance(dimension, bytes):
                        sizes = dict(_fields(dimension))
                        shape.append(int(sizes.get(1, 0)))  # type: ignore[arg-type]
            case 4, int():
                offset = value
            case 5, int():
                size = value
    return dtype, tuple(shape), offset, size
