"""The state of the server, for monitors and for people."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from reelscore.api.dependencies import Services, ServicesDep, errors, resource_router
from reelscore.api.health_schemas import StateResponse
from reelscore.api.metrics import CONTENT_TYPE, metrics_text
from reelscore.api.schemas import HealthResponse, Success
from reelscore.errors import ReelscoreError, StorageError
from reelscore.library import service as library
from reelscore.maintenance.backup import back_up
from reelscore.monitoring import MONITOR

router = resource_router(tags=["health"])

_QUEUES = {"LocalJobQueue": "threads of this server", "CeleryJobQueue": "Celery workers"}
_LOOK_SECONDS = 1.0  # after which `/health` says what it saw last, and `/ready` that it is not


class ReadyState(BaseModel):
    """The server can do its work."""

    status: str = Field(examples=["ready"])


class ReadyResponse(Success):
    """The server can do its work."""

    data: ReadyState


class MinuteState(BaseModel):
    """One minute of this process."""

    began: float = Field(description="Seconds since the epoch.")
    requests: int
    failed: int = Field(description="Answers with a status of 500 and above.")
    slowest: float = Field(description="Seconds until the slowest answer began.")
    inference: float = Field(description="Seconds that models ran.")
    resident: int = Field(description="Bytes of memory.")


class LastHourResponse(Success):
    """The minutes of the last hour in which something happened."""

    data: list[MinuteState]


@router.get("/health", response_model=HealthResponse, summary="Whether the server lives")
async def health(services: ServicesDep) -> dict[str, Any]:
    """Say that the server lives, what is in the library as last seen, and what the server takes.

    It waits for no question and no work: a database that does not answer is for `/ready` to tell.
    """
    seen = services.seen
    with suppress(ReelscoreError):
        seen |= await _look(services, partial(library.library_health, services.wiring)) or {}
    limits = {"max_upload_mb": services.settings.max_upload_mb}
    return {"success": True, "data": {"status": "ok", "songs": None, **seen, "limits": limits}}


@router.get(
    "/ready", response_model=ReadyResponse, responses=errors(503), summary="Whether the server can work"
)
async def ready(services: ServicesDep) -> dict[str, Any]:
    """Say whether the database answers and the server is not about to stop."""
    if services.stopping.is_set():
        raise StorageError("the server stops")
    if await _look(services, services.catalog.song_count) is None:
        raise StorageError(f"the database did not answer within {_LOOK_SECONDS:.0f} s")
    return {"success": True, "data": {"status": "ready"}}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    summary="Measurements for Prometheus",
)
async def metrics(services: ServicesDep) -> Response:
    """Send requests, times and memory of models, jobs, indexes and quotas in the text form of Prometheus."""
    text = await run_sync(metrics_text, services, limiter=services.looking)
    return Response(text, media_type=CONTENT_TYPE)


@router.get("/api/library/health", response_model=StateResponse, summary="State of every part")
def library_health(services: ServicesDep) -> dict[str, Any]:
    """Say how database, indexes, models, keys, quotas and jobs are, and what to do if one is not well.

    Whether keys are set is reported; their values are in no answer.
    """
    state = services.health.report()
    state["jobs"]["queue"] = _QUEUES.get(type(services.queue).__name__, "workers of another process")
    return {"success": True, "data": state}


@router.get("/api/library/last-hour", response_model=LastHourResponse, summary="The last hour")
async def last_hour() -> dict[str, Any]:
    """Say what this process did in each minute of the last hour in which anything happened."""
    return {"success": True, "data": [asdict(minute) for minute in MONITOR.last_hour()]}


@router.post(
    "/api/library/backup",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        **errors(503),
    },
    summary="A backup",
)
def make_backup(services: ServicesDep) -> FileResponse:
    """Send one archive of the library as it is now, checked, as `reelscore backup` writes it."""
    folder = tempfile.TemporaryDirectory(dir=services.settings.home, prefix=".backup.")
    try:
        name = f"reelscore-{datetime.now(UTC):%Y-%m-%d-%H%M}.zip"
        made = back_up(services.settings, Path(folder.name) / name)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        made["file"], media_type="application/zip", filename=name, background=BackgroundTask(folder.cleanup)
    )


async def _look(services: Services, look: Callable[[], Any]) -> Any:
    """What a look at the library gives; None if that takes long."""
    with anyio.move_on_after(_LOOK_SECONDS):
        return await run_sync(look, limiter=services.looking, abandon_on_cancel=True)
    return None
