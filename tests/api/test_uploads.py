"""What an upload is once it is received, without a server around it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from reelscore.api.guard import Body
from reelscore.api.uploads import Upload, receive_upload
from reelscore.errors import InvalidInputError


def form_with(data: bytes) -> bytes:
    field = b'--edge\r\nContent-Disposition: form-data; name="limit"\r\n\r\n5\r\n'
    head = b'--edge\r\nContent-Disposition: form-data; name="video"; filename="a b.mp4"\r\n\r\n'
    return field + head + data + b"\r\n--edge--\r\n"


def receive(body: bytes, folder: Path, piece: int) -> Upload:
    parts = [body[start : start + piece] for start in range(0, len(body), piece)]

    async def messages() -> Message:
        data = parts.pop(0)
        return {"type": "http.request", "body": data, "more_body": bool(parts)}

    headers = [(b"content-type", b"multipart/form-data; boundary=edge")]
    scope = {"type": "http", "method": "POST", "headers": headers}
    request = Request(scope, Body(scope, messages))
    return asyncio.run(receive_upload(request, file_field="video", folder=folder, max_mb=10))


@pytest.mark.parametrize("size", [1, 65_536, 3_000_001])
def test_the_hash_is_that_of_what_was_written(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    upload = receive(form_with(data), tmp_path, piece=40_000)
    assert upload.path.read_bytes() == data
    assert upload.size == size
    assert upload.content_hash == hashlib.sha256(data).hexdigest()
    assert (upload.filename, dict(upload.fields)) == ("a b.mp4", {"limit": "5"})


def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cut off"):
        receive(form_with(os.urandom(2_000_000))[:-20], tmp_path, piece=40_000)
    assert list(tmp_path.iterdir()) == []
