"""The state of the server."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from reelscore.api.dependencies import ServicesDep
from reelscore.api.schemas import HealthResponse

router = APIRouter(tags=["health"])


@router.get("/health", response_model=HealthResponse, summary="State of the server")
def health(services: ServicesDep) -> dict[str, Any]:
    """Say whether the library can answer, with which model and analyser, and what the server takes."""
    limits = {"max_upload_mb": services.settings.max_upload_mb}
    return {"success": True, "data": {**services.library.health(), "limits": limits}}
