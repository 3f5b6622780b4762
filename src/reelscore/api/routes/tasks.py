"""Long work: how it goes, its result, and stopping it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from reelscore.api.dependencies import ServicesDep, errors
from reelscore.api.events import task_events
from reelscore.api.schemas import TaskListResponse, TaskResponse
from reelscore.services.payloads import job_payload

router = APIRouter(prefix="/api/tasks", tags=["tasks"])


@router.get("", response_model=TaskListResponse, responses=errors(422), summary="Recent tasks")
def list_tasks(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=100, description="How many.")] = 20,
) -> dict[str, Any]:
    """List the newest tasks, without their results."""
    tasks = [{**job_payload(job), "result": None} for job in services.catalog.jobs(limit=limit)]
    return {"success": True, "data": tasks, "total": len(tasks)}


@router.get("/{task_id}", response_model=TaskResponse, responses=errors(404), summary="One task")
def read_task(task_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read the state, progress, and result or error of a task."""
    return {"success": True, "data": job_payload(services.catalog.job(task_id))}


@router.delete("/{task_id}", response_model=TaskResponse, responses=errors(404), summary="Cancel a task")
def cancel_task(task_id: str, services: ServicesDep) -> dict[str, Any]:
    """Ask a task to stop: at once where it waits, at its next step where it runs.

    A task that is over stays as it is.
    """
    return {"success": True, "data": job_payload(services.queue.cancel(task_id))}


@router.get(
    "/{task_id}/events",
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **errors(404),
    },
    response_class=StreamingResponse,
    summary="Follow a task",
)
def follow_task(task_id: str, services: ServicesDep) -> StreamingResponse:
    """Stream server-sent events.

    `progress` with the task whenever it changed, and at the end one `done`.
    """
    services.catalog.job(task_id)  # a 404 now, not inside the stream
    events = task_events(
        lambda: job_payload(services.catalog.job(task_id)), is_stopping=services.stopping.is_set
    )
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
