"""What routes are given: the services of the app that they belong to."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from reelscore.accounts.attempts import SignIns
from reelscore.api.admission import Admission, Caller
from reelscore.api.errors import RequestRefused, shortened
from reelscore.api.events import TaskWatcher
from reelscore.api.live_sets import LiveSets
from reelscore.api.schemas import ErrorResponse
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.jobs.base import JobQueue
from reelscore.library.health import HealthService
from reelscore.library.map import MapService
from reelscore.library.service import Library
from reelscore.placement.service import SyncService
from reelscore.records import CALLER
from reelscore.search.question_pool import QuestionPool
from reelscore.wiring import Wiring

Result = TypeVar("Result")


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
    live: LiveSets
    admission: Admission
    questions: QuestionPool
    sign_ins: SignIns = field(default_factory=SignIns)
    stopping: threading.Event = field(default_factory=threading.Event)
    # Monitors must never wait behind those who ask or work.
    looking: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    seen: dict[str, Any] = field(default_factory=dict)  # what `/health` last saw of the library
    # Questions wait for each other, and nothing else waits for them: they have threads of their own.
    asked_at_once: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(os.cpu_count() or 1))

    async def answer(self, work: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        """Run work that answers a question in one of the threads for questions."""
        return await run_sync(partial(work, *arguments, **options), limiter=self.asked_at_once)


# Coroutines, since the framework takes a thread for each of those that are none.
async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope[CALLER]
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]


async def _from_owner(request: Request) -> bool:
    """Whether a command of the user of this process asks."""
    return bool(request.scope[CALLER].by == "owner")


FromOwnerDep = Annotated[bool, Depends(_from_owner)]


async def _person(request: Request, person: Annotated[str, Query(include_in_schema=False)] = "") -> str:
    """Who asks, by name; "" is everybody if nobody signs in. A command of the owner may name another."""
    caller: Caller = request.scope[CALLER]
    return person if caller.by == "owner" else caller.name or ""


PersonDep = Annotated[str, Depends(_person)]


async def _from_page(request: Request) -> bool:
    """Whether the page asks: a browser states the origin of what it sends, and programs state none."""
    return "origin" in request.headers


FromPageDep = Annotated[bool, Depends(_from_page)]


async def known_parameters(request: HTTPConnection) -> None:
    """Refuse a parameter in an address that its route does not have: it would silently do nothing."""
    if not request.scope["query_string"]:
        return
    known = _parameters(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            names = ", ".join(sorted(one for one, is_documented in known.items() if is_documented)) or "none"
            raise RequestRefused(422, f"unknown parameter {shortened(name)!r}; this address takes {names}")


def _parameters(dependant: Dependant) -> dict[str, bool]:
    """The parameters that a route takes in its address, and whether each is documented."""
    known = {one.alias: getattr(one.field_info, "include_in_schema", True) for one in dependant.query_params}
    for part in dependant.dependencies:
        known |= _parameters(part)
    return known


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each of these statuses has the error shape."""
    return {status: {"model": ErrorResponse} for status in statuses}


def resource_router(**options: Any) -> APIRouter:
    """A router whose routes refuse unknown parameters, and state the errors that any may answer with."""
    return APIRouter(
        dependencies=[Depends(known_parameters)],
        responses={**errors(401, 403, 422, 500), "default": {"model": ErrorResponse}},
        **options,
    )


_PLAIN = ("string", "integer", "number", "boolean")  # types whose text in a form is no JSON


def upload_body(
    file_field: str,
    fields: type[BaseModel],
    *,
    limit: int | None = None,
    leave_out: Collection[str] = (),
    json_model: type[BaseModel] | None = None,
) -> dict[str, Any]:
    """The OpenAPI description of a route that reads an upload itself (see `uploads`).

    Parameters
    ----------
    fields
        What may come with the file, as text; what is no plain text is JSON.
    limit
        The default of the field `limit`, if there is one.
    leave_out
        Fields that make no sense here.
    """
    schema = fields.model_json_schema()
    parts = {
        name: _form_field(name, part, schema.get("$defs", {}))
        for name, part in schema["properties"].items()
        if name not in leave_out
    }
    if limit is not None:
        parts["limit"] |= {"default": limit}
    file = {"type": "string", "format": "binary", "description": "The file."}
    required = [file_field, *schema.get("required", ())]
    form = {
        "type": "object",
        "required": required,
        "properties": {file_field: file, **parts},
        "additionalProperties": False,
    }
    content: dict[str, Any] = {"multipart/form-data": {"schema": form}}
    if json_model:
        # What it is made of is among the components of the document, since other routes take it too.
        schema = json_model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        content["application/json"] = {"schema": schema}
    return {"requestBody": {"required": True, "content": content}}


def _form_field(name: str, part: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """A field of a model as one of a form: what is no plain value is JSON."""
    documented = {
        key: part[key] for key in ("description", "example", "default") if part.get(key) is not None
    }
    plain = [one for one in part.get("anyOf", (part,)) if one.get("type") in _PLAIN]
    if plain and "anyOf" in part and "example" not in part:
        return {"anyOf": part["anyOf"], **documented}  # so that an example of the whole form has none of it
    if plain:
        return {**plain[0], **documented}
    model = models.get(part.get("$ref", "").rpartition("/")[2], {})
    same = f"JSON, as in the field `{name}` of a question by words."
    return {
        "type": "string",
        "description": part.get("description", same),
        "example": json.dumps(part.get("example", model.get("example", []))),
    }
