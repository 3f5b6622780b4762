"""The web page, the reference of the API, and the files that both are made of."""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from reelscore.api.forwarding import ROOT
from reelscore.records import CALLER, Role
from reelscore.web import STATIC_DIR
from reelscore.web.modules import modules_of, styles_of, with_styles

router = APIRouter(include_in_schema=False)

# Said here, since the table of a system may call a script plain text, and a browser then refuses it.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


_Change = tuple[int, int]  # modification time and size of a file, by which a change is seen


class _Kept(NamedTuple):
    body: bytes
    tag: str
    changed: _Change
    imports: dict[Path, _Change]  # the files whose text is in this one


def _change_of(stat: os.stat_result) -> _Change:
    return stat.st_mtime_ns, stat.st_size


def _read(path: Path) -> _Kept:
    """A file as it is sent: a style sheet with those that it imports in it, since each would be a request."""
    changed, body, imports = _change_of(path.stat()), path.read_bytes(), {}
    if path.suffix == ".css":
        text = body.decode()
        imports = {path.with_name(name): _change_of(path.with_name(name).stat()) for name in styles_of(text)}
        body = with_styles(text, lambda name: path.with_name(name).read_text(encoding="utf-8")).encode()
    return _Kept(body, f'"{hashlib.sha256(body).hexdigest()[:20]}"', changed, imports)


class PageFiles(StaticFiles):
    """Static files that a browser keeps but asks about each time: a 304 costs nothing on loopback.

    The page is many small files, of which some thirty are wanted at once. They are kept in memory (half a
    megabyte), since opening each again on a thread takes longer than all the rest; a file that changed is
    read again.
    """

    def __init__(self, *, directory: Path) -> None:
        super().__init__(directory=directory)
        self._kept: dict[str, _Kept] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, or 304 if the browser has it."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if "\0" in path:
            raise HTTPException(404)
        try:
            full, stat = self.lookup_path(path)  # keeps to the folder
        except OSError:  # such as a name longer than the file system takes
            raise HTTPException(404) from None
        if stat is None or not S_ISREG(stat.st_mode):
            raise HTTPException(404)
        kept = self._kept.get(full)
        if (
            kept is None
            or kept.changed != _change_of(stat)
            or any(_change_of(path.stat()) != change for path, change in kept.imports.items())
        ):
            kept = self._kept[full] = _read(Path(full))
        headers = {"ETag": kept.tag, "Cache-Control": "no-cache"}
        if kept.tag in Headers(scope=scope).get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        kind = _TYPES.get(Path(full).suffix, "application/octet-stream")
        return Response(kept.body, headers=headers, media_type=kind)


page_files = PageFiles(directory=STATIC_DIR)


async def _html(request: Request, name: str) -> Response:
    """A page, with the path under which a proxy has the server in front of each of its addresses.

    It says of somebody who came by a link to a project what that lets them do.
    """
    root = request.scope[ROOT]
    caller = request.scope.get(CALLER)
    guest = caller if caller is not None and caller.by == "link" else None
    if not root and not guest:
        return await page_files.get_response(name, request.scope)
    text = (STATIC_DIR / name).read_text(encoding="utf-8")
    if root:
        text = re.sub(r'\b(href|src)="/', rf'\1="{root}/', text)
        text = text.replace("<html ", f'<html data-root="{root}" ')
    if guest:
        text = text.replace(
            "<html ", f'<html data-guest="{"change" if guest.role > Role.VIEWER else "look"}" '
        )
    return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


# The paths of `static/js/views.js` with the module of each view; a test holds the two against each other.
VIEWS = {
    "/": "desk/view.js",
    "/library": "library/view.js",
    "/songs/{song_id}": "song/view.js",
    "/map": "map/view.js",
    "/mixes": "mixing/view.js",
    "/jobs": "jobs/view.js",
    "/live": "live/view.js",
    "/taste": "taste/view.js",
    "/state": "library/health.js",
    "/account": "account/view.js",
}
_ANSWER = "desk/work.js"  # what the desk loads for a question


@lru_cache(maxsize=64)
def _links(starts: tuple[str, ...], root: str) -> str:
    """Said with the page, so that its modules come side by side and not one after the other."""
    wanted = dict.fromkeys(modules_of("main.js"))
    for start in starts:
        wanted |= dict.fromkeys((start, *modules_of(start)))
    return ", ".join(f"<{root}/static/js/{module}>; rel=modulepreload" for module in wanted)


async def page(request: Request) -> Response:
    """Send the page; its modules read the address and show the view that it names, or that there is none."""
    response = await _html(request, "index.html")
    path = getattr(request.scope.get("route"), "path", "")
    starts = [VIEWS[path]] if path in VIEWS else []
    if path == "/" and request.url.query:
        starts.append(_ANSWER)
    response.headers["Link"] = _links(tuple(starts), request.scope[ROOT])
    return response


for path in VIEWS:
    router.add_api_route(path, page, methods=["GET", "HEAD"])


@router.head("/sign-in")
@router.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """Send the page on which a browser signs in."""
    return await _html(request, "sign-in.html")


@router.head("/docs")
@router.get("/docs")
async def reference(request: Request) -> Response:
    """Send the reference of the API, which is drawn from `/openapi.json`."""
    return await _html(request, "docs.html")
