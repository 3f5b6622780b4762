"""The app: routes, error shape, guard, and the job queue that lives as long as the app."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

import reelscore
from reelscore.accounts.service import Accounts
from reelscore.api.admission import Admission
from reelscore.api.dependencies import Services
from reelscore.api.errors import install_error_handlers
from reelscore.api.events import TaskWatcher
from reelscore.api.guard import Guard
from reelscore.api.links import link_role
from reelscore.api.live_sets import LiveSets
from reelscore.api.routes import (
    account,
    corrections,
    exports,
    health,
    ingest,
    live,
    maps,
    oidc,
    opensubsonic,
    page,
    pictures,
    playlists,
    projects,
    recommendations,
    rights,
    saved,
    shares,
    songs,
    structures,
    sync,
    tags,
    tasks,
    taste,
    walks,
)
from reelscore.config import Settings
from reelscore.jobs.base import JobQueue
from reelscore.jobs.periodic import Keeper
from reelscore.jobs.queues import open_queue, start_update, sweep_library_uploads
from reelscore.library.health import HealthService
from reelscore.library.map import MapService
from reelscore.library.service import Library
from reelscore.mcp.http import McpEndpoint
from reelscore.placement.service import SyncService
from reelscore.records import CALLER
from reelscore.search.question_pool import QuestionPool
from reelscore.wiring import Wiring

_DESCRIPTION = """Self-hosted music recommendation for video, text and songs.

Every success is `{"success": true, "data": …}`; every failure is
`{"success": false, "error": {"code", "message"}}` with a fitting HTTP status. Long work is a task:
its route answers with a `task_id`, and the task can be read, followed as events, and cancelled."""


def _host_names(settings: Settings) -> set[str]:
    """The names, other than IP addresses and localhost, that the server answers to."""
    machine = socket.gethostname()
    listed = {name.strip() for name in settings.allowed_hosts.split(",") if name.strip()}
    return {machine, f"{machine}.local", settings.host, *listed}


def create_app(
    wiring: Wiring, *, queue: JobQueue | None = None, asks: bool = False, is_exposed: bool = False
) -> FastAPI:
    """The app over one library.

    Parameters
    ----------
    wiring
        The library. The caller closes it after the app has ended.
    queue
        Where jobs go; not given: the queue that the settings name. It is started and stopped with the app.
    asks
        Whether callers have to sign in.
    is_exposed
        Whether others than this machine reach an app that does not ask.
    """
    settings = wiring.settings
    queue = queue or open_queue(wiring)
    stopping = threading.Event()
    admission = Admission(
        settings,
        lambda: Accounts(wiring.catalog.accounts),
        lambda *asked: link_role(wiring.catalog, *asked),
        asks=asks,
        is_exposed=is_exposed,
        owner_token=wiring.ownership.token if wiring.ownership is not None else None,
    )
    services = Services(
        wiring=wiring,
        settings=settings,
        catalog=wiring.catalog,
        library=Library(wiring),
        queue=queue,
        maps=MapService(wiring),
        health=HealthService(wiring),
        sync=SyncService(wiring),
        stopping=stopping,
        live=LiveSets(wiring, is_stopping=stopping.is_set),
        watcher=TaskWatcher(partial(tasks.read_tasks, wiring.catalog), is_stopping=stopping.is_set),
        admission=admission,
        questions=QuestionPool(wiring, settings.question_processes),
    )

    agents = McpEndpoint(lambda request: request.scope[CALLER].by == "owner")
    keeper = Keeper(wiring, queue)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(sweep_library_uploads, wiring, starting=True)
        await run_in_threadpool(queue.start)
        await run_in_threadpool(start_update, wiring, queue)
        keeper.start()
        try:
            async with agents.serving(app):
                yield
        finally:
            services.stopping.set()
            await run_in_threadpool(services.questions.close)
            await run_in_threadpool(keeper.stop)
            await run_in_threadpool(queue.stop)

    app = FastAPI(
        title="reelscore",
        version=reelscore.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        # The usual documentation pages load their scripts from elsewhere; ours is /docs of `page`.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # FastAPI makes the document on the event loop, which takes it most of a second
        redirect_slashes=False,
    )
    app.state.services = services
    install_error_handlers(app)
    # First, since the page asks for a hundred files at once, and each would be held against all routes.
    app.mount("/static", page.page_files, name="static")
    for module in (
        recommendations,
        walks,
        saved,
        exports,
        tasks,
        songs,
        rights,
        corrections,
        tags,
        structures,
        playlists,
        projects,
        shares,
        taste,
        pictures,
        sync,
        ingest,
        live,
        maps,
        health,
        account,
        oidc,
        opensubsonic,
        page,
    ):
        # Not `include_router`, which builds every route again when the first caller comes, on the event loop.
        app.router.routes.extend(module.router.routes)
    app.router.routes.append(Route("/mcp", endpoint=agents))
    app.router.routes.append(Route("/openapi.json", endpoint=lambda _: JSONResponse(app.openapi())))
    app.add_middleware(Guard, admission=admission, allowed_hosts=_host_names(settings))
    return app
