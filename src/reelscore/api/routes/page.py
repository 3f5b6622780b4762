"""The web page, the reference of the API, and the files that both are made of."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from reelscore.web import STATIC_DIR

router = APIRouter(include_in_schema=False)


class PageFiles(StaticFiles):
    """Static files that a browser keeps but asks about each time: a 304 costs nothing on loopback."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, or 304 where the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


page_files = PageFiles(directory=STATIC_DIR)


@router.head("/")
@router.get("/")
async def page(request: Request) -> Response:
    """Send the page."""
    return await page_files.get_response("index.html", request.scope)


@router.head("/docs")
@router.get("/docs")
async def reference(request: Request) -> Response:
    """Send the reference of the API, which is drawn from `/openapi.json`."""
    return await page_files.get_response("docs.html", request.scope)
