"""Long work: how it goes, its result, and stopping it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse

from reelscore.api.dependencies import CallerDep, Services, ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.schemas import ClearedTasksResponse, TaskListResponse, TaskResponse, TaskStarted
from reelscore.catalog.store import Catalog
from reelscore.jobs.lanes import as_told
from reelscore.jobs.queues import retry_job
from reelscore.jobs.retention import clear_jobs
from reelscore.limits import STREAMS, STREAMS_OF_USER
from reelscore.payloads import job_payload, job_summary, shorten_issues

router = resource_router(prefix="/api/tasks", tags=["tasks"])


@router.get("", response_model=TaskListResponse, responses=errors(422), summary="Recent tasks")
def list_tasks(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=100, description="How many.")] = 20,
) -> dict[str, Any]:
    """List the newest tasks, without their results."""
    unfinished = cache(services.catalog.unfinished_jobs)  # asked for once, however many jobs wait
    tasks = [job_summary(as_told(job, unfinished)) for job in services.catalog.jobs(limit=limit)]
    return {"success": True, "data": tasks, "total": len(tasks)}


@router.delete(
    "", response_model=ClearedTasksResponse, responses=errors(422), summary="Remove tasks that are over"
)
def clear_tasks(
    services: ServicesDep,
    older_than_days: Annotated[
        float,
        Query(
            ge=0,
            le=36_500,
            description="Only those over for this many days; 0: all that are over.",
        ),
    ],
) -> dict[str, Any]:
    """Remove tasks that are over, with their uploads. One that waits or runs always stays."""
    age = timedelta(days=older_than_days)
    removed = clear_jobs(services.catalog, services.settings.uploads_dir, older_than=age)
    return {"success": True, "data": {"removed": removed}}


@router.get("/{task_id}", response_model=TaskResponse, responses=errors(404), summary="One task")
def read_task(
    task_id: str,
    services: ServicesDep,
    issues: Annotated[
        int | None, Query(ge=0, le=10_000, description="Lines of each list of a report at most; else all.")
    ] = None,
) -> dict[str, Any]:
    """Read the state, progress, and result or error of a task."""
    task = _task(services, task_id)
    return {"success": True, "data": task if issues is None else shorten_issues(task, issues)}


@router.delete("/{task_id}", response_model=TaskResponse, responses=errors(404), summary="Cancel a task")
def cancel_task(task_id: str, services: ServicesDep) -> dict[str, Any]:
    """Ask a task to stop: at once if it waits, at its next step if it runs.

    A task that is over stays as it is.
    """
    return {"success": True, "data": job_payload(services.queue.cancel(task_id))}


@router.post(
    "/{task_id}/retry",
    status_code=202,
    response_model=TaskStarted,
    responses=errors(400, 404),
    summary="Run a task again",
)
def retry_task(task_id: str, services: ServicesDep) -> dict[str, Any]:
    """Start a new task like one that failed, was cancelled, or left tracks out because they failed."""
    job = retry_job(services.queue, services.catalog, task_id, uploads_dir=services.settings.uploads_dir)
    return {
        "success": True,
        "task_id": job.id,
        "message": "Task started again",
        "data": {"task_id": job.id},
    }


@router.get(
    "/{task_id}/events",
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **errors(404, 429),
    },
    response_class=StreamingResponse,
    summary="Follow a task",
)
def follow_task(task_id: str, services: ServicesDep, caller: CallerDep) -> StreamingResponse:
    """Stream server-sent events.

    `progress` with the task whenever it changed, and at the end one `done`.
    """
    services.catalog.job(task_id)  # a 404 now, not inside the stream
    if services.watcher.followers >= STREAMS:
        raise RequestRefused(
            429, f"{STREAMS} tasks are being followed; read the task instead", headers={"Retry-After": "5"}
        )
    user = caller.name or ""
    if user and services.watcher.followers_of(user) >= STREAMS_OF_USER:
        raise RequestRefused(
            429, f"{user} follows {STREAMS_OF_USER} tasks already", headers={"Retry-After": "5"}
        )
    events = services.watcher.follow(task_id, user)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _task(services: Services, task_id: str) -> dict[str, Any]:
    job = services.catalog.job(task_id)
    return job_payload(as_told(job, services.catalog.unfinished_jobs))


def read_tasks(catalog: Catalog, task_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The tasks that there are, by id, as `GET /api/tasks/{id}` shows them."""
    unfinished = cache(catalog.unfinished_jobs)
    jobs = catalog.jobs_by_id(task_ids)
    return {task_id: job_payload(as_told(job, unfinished)) for task_id, job in jobs.items()}
