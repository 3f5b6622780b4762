"""Receive one uploaded file straight onto the disk, in pieces, with a cap on its size.

The framework's own form parser would spool the file to the system's temporary folder first, whatever its
size. Here every piece goes to the uploads folder as it comes, and the upload is refused as soon as it is
known to be too large.
"""

from __future__ import annotations

import errno
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from reelscore.api.errors import RequestRefused
from reelscore.api.guard import BODY
from reelscore.errors import InvalidInputError, StorageError
from reelscore.jobs.uploads import discard_upload

_FLUSH_BYTES = 1 << 20
_MAX_FIELD_BYTES = 64_000  # all text fields of a form together
_UNSAFE = re.compile(r"[^\w .()\[\]-]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file and the text fields that came with it."""

    path: Path
    filename: str  # as the sender calls it: for people, never for the file system
    size: int
    content_hash: str  # SHA-256, hex, taken while it was written
    fields: Mapping[str, str]


def clean_filename(name: str) -> str:
    """The last part of a name that a client sent, printable, at most 200 characters."""
    last = re.split(r"[\\/]", _UNPRINTABLE.sub(" ", name))[-1].strip()
    return last[-200:] or "upload"


@dataclass
class _Form:
    """What the callbacks of the parser collect: the file part to `pending`, text fields to `fields`."""

    file_field: str
    filename: str | None = None  # set once the file part began
    complete: bool = False
    pending: bytearray = field(default_factory=bytearray)
    fields: dict[str, bytearray] = field(default_factory=dict)
    _header_name: bytes = b""
    _header_value: bytes = b""
    _disposition: bytes = b""
    _target: bytearray | None = None
    _field_bytes: int = 0

    def parser(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_header_name,
                "on_header_value": self._take_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._choose_target,
                "on_part_data": self._take_data,
                "on_end": self._finish,
            },
        )

    def _begin_part(self) -> None:
        self._disposition = b""
        self._target = None

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _choose_target(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if filename is None:
            self._target = self.fields.setdefault(name, bytearray())
        elif name == self.file_field and self.filename is None:
            self.filename = clean_filename(filename.decode("utf-8", "replace"))
            self._target = self.pending

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._target is None:
            return  # a file that nobody asked for
        if self._target is not self.pending:
            self._field_bytes += end - start
            if self._field_bytes > _MAX_FIELD_BYTES:
                raise RequestRefused(413, "the text fields of the form are too long")
        self._target += data[start:end]

    def _finish(self) -> None:
        self.complete = True


def _boundary(request: Request, file_field: str) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise RequestRefused(
            415, f"send the file as multipart/form-data, in the field {file_field!r}", code=None
        )
    return boundary


async def receive_upload(request: Request, *, file_field: str, folder: Path, max_mb: int) -> Upload:
    """Read a multipart form with one file into a new file in `folder`.

    The caller owns the file afterwards; if this raises, nothing is left behind.

    Raises
    ------
    RequestRefused
        Not a multipart form (415), or larger than `max_mb` megabytes (413).
    InvalidInputError
        The form has no such file, an empty one, or is cut off.
    StorageError
        The file cannot be written.
    """
    request.scope[BODY].allow_file()
    form = _Form(file_field)
    parser = form.parser(_boundary(request, file_field))
    max_bytes = max_mb * 1_000_000
    too_large = RequestRefused(
        413, f"the file is larger than {max_mb} MB; cut it down, or raise REELSCORE_MAX_UPLOAD_MB"
    )
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes + _MAX_FIELD_BYTES:
        raise too_large
    path: Path | None = None
    file: BinaryIO | None = None
    size = 0
    digest = hashlib.sha256()

    def keep(target: BinaryIO, data: bytes) -> None:
        target.write(data)
        digest.update(data)

    try:
        async for piece in request.stream():
            parser.write(piece)
            if size + len(form.pending) > max_bytes:
                raise too_large
            if len(form.pending) >= _FLUSH_BYTES or (form.complete and form.pending):
                if path is None or file is None:
                    path = _new_path(folder, form.filename or "")
                    file = path.open("xb")
                size += len(form.pending)
                await anyio.to_thread.run_sync(keep, file, bytes(form.pending))
                form.pending.clear()
        if not form.complete:
            raise InvalidInputError("the upload is cut off; send the file again")
        if form.filename is None:
            raise InvalidInputError(f"the form has no file in the field {file_field!r}")
        if path is None or file is None:
            raise InvalidInputError(f"{form.filename} is empty; choose another file")
        file.close()
    except BaseException as error:
        if file is not None and path is not None:
            file.close()
            discard_upload(path)
        if isinstance(error, FormParserError):
            raise InvalidInputError("the multipart form cannot be read; send the file again") from error
        if isinstance(error, OSError):
            full = error.errno == errno.ENOSPC
            reason = "the disk is full" if full else error.strerror or "it cannot be written"
            raise StorageError(f"the upload cannot be kept in {folder}: {reason}") from error
        raise
    fields = {name: bytes(value).decode("utf-8", "replace") for name, value in form.fields.items()}
    return Upload(path, form.filename, size, digest.hexdigest(), fields)


def _new_path(folder: Path, filename: str) -> Path:
    """A new file in a folder of its own, named as the sender named it as far as that is safe."""
    own = folder / uuid.uuid4().hex
    own.mkdir(parents=True)
    return own / (_UNSAFE.sub("_", filename)[-60:].lstrip(". ") or "upload")
