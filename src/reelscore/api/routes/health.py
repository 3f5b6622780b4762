"""The state of the server."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from reelscore.api.dependencies import ServicesDep
from reelscore.api.schemas import HealthResponse
from reelscore.api.state import StateResponse
from reelscore.library import service as library

router = APIRouter(tags=["health"])

_QUEUES = {"LocalJobQueue": "threads of this server", "CeleryJobQueue": "Celery workers"}


@router.get("/health", response_model=HealthResponse, summary="State of the server")
def health(services: ServicesDep) -> dict[str, Any]:
    """Say whether the library can answer, with which model and analyser, and what the server takes."""
    limits = {"max_upload_mb": services.settings.max_upload_mb}
    return {"success": True, "data": {**library.library_health(services.wiring), "limits": limits}}


@router.get("/api/library/health", response_model=StateResponse, summary="State of every part")
def library_health(services: ServicesDep) -> dict[str, Any]:
    """Say how database, indexes, models, keys, quotas and jobs are, and what to do where one is not well.

    Whether keys are set is reported; their values are in no answer.
    """
    state = services.health.report()
    state["jobs"]["queue"] = _QUEUES.get(type(services.queue).__name__, "workers of another process")
    return {"success": True, "data": state}
