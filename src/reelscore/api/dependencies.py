"""What routes are given: the services of the app that they belong to."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel

from reelscore.api.events import TaskWatcher
from reelscore.api.schemas import ErrorResponse
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.jobs.base import JobQueue
from reelscore.laying.sync import SyncService
from reelscore.library.health import HealthService
from reelscore.library.map import MapService
from reelscore.library.service import Library
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one app. `stopping` is set once the server begins to stop."""

    wiring: Wiring
    settings: Settings
    catalog: Catalog
    library: Library
    queue: JobQueue
    maps: MapService
    health: HealthService
    sync: SyncService
    watcher: TaskWatcher
    token: str | None = None  # what a command of the same user shows; None: nobody is known to be that
    stopping: threading.Event = field(default_factory=threading.Event)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]


def _from_owner(request: Request) -> bool:
    """Whether a request shows the secret that only the user of this process can read: see `ownership`."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    services: Services = request.app.state.services
    secret = services.token
    if secret is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.strip().encode(), secret.encode())


FromOwnerDep = Annotated[bool, Depends(_from_owner)]


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each of these statuses has the error shape."""
    return {status: {"model": ErrorResponse} for status in statuses}


def upload_body(
    file_field: str, *, limit: int, json_model: type[BaseModel] | None = None, guided: bool = False
) -> dict[str, Any]:
    """The OpenAPI description of a route that reads an upload itself (see `uploads`)."""
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [file_field],
                "properties": {
                    file_field: {"type": "string", "format": "binary", "description": "The file."},
                    "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": limit},
                    "filters": {
                        "type": "string",
                        "description": "JSON, as in the field `filters` of a question by words.",
                        "example": '{"tempo_bpm": [100, 130]}',
                    },
                    "avoid_song_ids": {
                        "type": "string",
                        "description": "JSON: songs that the answer should not sound like.",
                        "example": "[]",
                    },
                    "options": {
                        "type": "string",
                        "description": "JSON, as in the field `options` of a question by words.",
                        "example": '{"artist_cap": 2}',
                    },
                },
            }
        }
    }
    if guided:
        properties = content["multipart/form-data"]["schema"]["properties"]
        properties["guide"] = {"type": "string", "example": "but with piano, and no drums"}
        properties["song_id"] = {
            "type": "string",
            "description": "A song that the answer is like too.",
            "example": "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11",
        }
    if json_model:
        # What it is made of is among the components of the document, since other routes take it too.
        schema = json_model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        content["application/json"] = {"schema": schema}
    return {"requestBody": {"required": True, "content": content}}
