"""Media files over HTTP: ranges that never end in a foreign error shape."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from reelscore.api.errors import RequestRefused
from reelscore.errors import MediaNotFoundError

_RANGE = re.compile(r"\s*bytes\s*=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*")


def range_is_usable(value: str | None, size: int) -> bool:
    """Whether a Range header asks for one range of bytes that can be served.

    RFC 9110 lets a server ignore what it cannot read, and several ranges at once; then the whole file
    is the answer.

    Raises
    ------
    RequestRefused
        The range lies behind the end of the file (416).
    """
    match = _RANGE.fullmatch(value or "")
    if match is None:
        return False
    first, last, suffix = match.groups()
    if (suffix is not None and int(suffix) == 0) or (first is not None and int(first) >= size):
        raise RequestRefused(
            416,
            f"the file has {size} bytes; ask for a range within them",
            code="range_not_satisfiable",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return not (first and last and int(last) < int(first))


class SoundResponse(FileResponse):
    """A file with ranges; a Range header that cannot be used is left aside."""

    use_range = True

    @classmethod
    def of(cls, path: Path, range_header: str | None, *, media_type: str) -> SoundResponse:
        """The response for a file, which must still be there.

        Raises
        ------
        MediaNotFoundError
            The file vanished or may not be read.
        RequestRefused
            The range lies behind its end.
        """
        try:
            with path.open("rb"):
                stat = path.stat()
        except OSError as error:
            raise MediaNotFoundError(f"{path} cannot be read: {error.strerror}") from error
        use_range = range_is_usable(range_header, stat.st_size)
        # A song may be replaced by another under its path: ask each time, send only what changed.
        headers = {"Cache-Control": "private, no-cache"}
        response = cls(path, media_type=media_type, headers=headers, stat_result=stat)
        response.use_range = use_range
        return response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the one range of it."""
        if not self.use_range:
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"range"]
            scope = {**scope, "headers": headers}
        await super().__call__(scope, receive, send)
