#!/usr/bin/env bash
# FastAPI: routes of included routers are built a second time when the first request comes, on the event loop, while nobody else is answered.
#
# Versions: fastapi 0.165.0 (of 2026) with starlette 1.10.0 and pydantic 2 as published on PyPI.
# Source:   two apps of the same 150 routes with a response model each: one takes its router by include_router, as the tutorial for
#           larger applications shows; the other has the same routes in app.router.routes. Type adapters are counted (pydantic.TypeAdapter)
#           while the apps are made and during their first and second request, with the thread they are made in.
# Expected: everything is built when the app is made; a request builds nothing. Earlier releases (0.115.0) build them in include_router itself.
# Seen:     include_router returns at once. The first request, even one for a path that does not exist, builds the 150 adapters again, in
#           the thread of the event loop; the second one builds none. The app with its own routes builds none at all.
# Why it hurts: a server says that it has started, and its first caller, often the health check of an orchestrator with a second of
#           patience, waits for all models of all routes: .4 s for a music API of 170 routes. Web sockets, streams of events and everybody
#           else wait with it, once in each worker process. A benchmark that warms up does not see it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check fastapi==0.165.0 starlette==1.10.0 httpx

"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import warnings

import pydantic
from fastapi import APIRouter, FastAPI
from pydantic import create_model

warnings.simplefilter("ignore")
from starlette.testclient import TestClient  # noqa: E402

ROUTES = 150
on_loop = []
build = pydantic.TypeAdapter.__init__


def noted(self, *arguments, **options):
    try:
        asyncio.get_running_loop()
        on_loop.append(True)
    except RuntimeError:
        on_loop.append(False)
    build(self, *arguments, **options)


pydantic.TypeAdapter.__init__ = noted


def router():
    made = APIRouter()
    for number in range(ROUTES):
        model = create_model(f"Song{number}", title=(str, ...), seconds=(float, 0.0))
        made.add_api_route(f"/songs/{number}", lambda: {"title": "x"}, response_model=model)
    return made


def built():
    """How many adapters were made since the last call, and whether all were made on an event loop."""
    count, all_there = len(on_loop), bool(on_loop) and all(on_loop)
    on_loop.clear()
    return count, all_there


included, own = FastAPI(), FastAPI()
routes = router()
print("router made:", built())
included.include_router(routes)
print("included:", (at_once := built()))
own.router.routes.extend(router().routes)
built()
seen = {}
for name, app in (("included", included), ("own", own)):
    with TestClient(app) as client:
        for path in ("/no/such/path", "/songs/3"):
            status = client.get(path).status_code
            seen[name, path] = built()
            print(name, path, status, seen[name, path])
assert at_once[0] == 0, "it changed: include_router builds the routes itself"
assert seen["included", "/no/such/path"][0] >= ROUTES and seen["included", "/no/such/path"][1], "it changed"
assert seen["included", "/songs/3"][0] == 0
assert seen["own", "/no/such/path"][0] == seen["own", "/songs/3"][0] == 0
PYTHON
