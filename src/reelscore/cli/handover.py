"""Let the server that owns the library do the work of a command, and follow it from here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from reelscore.cli.backend import RemoteBackend, RemoteError
from reelscore.cli.output import note
from reelscore.records import Progress, ProgressCallback

_FINAL = ("succeeded", "failed", "cancelled")
_AGAIN_SECONDS = 0.5
_FAREWELL_SECONDS = 15.0  # how long a task that was cancelled is waited for


def ingest_there(
    server: RemoteBackend, source: str, options: Mapping[str, Any], progress: ProgressCallback
) -> dict[str, Any]:
    """Ingest in the server; returns the report. Ctrl-C cancels the task there.

    Raises
    ------
    RemoteError
        The server refused, or the task failed or was cancelled by somebody.
    LibraryBusyError
        The server does not answer any more.
    """
    given = {name: value for name, value in options.items() if value not in (None, [], False)}
    task_id = server.start_ingest(source, given)
    note(f"the server at {server.url} owns the library and does the work, as task {task_id}")
    try:
        for task in _followed(server, task_id):
            progress(Progress(**task["progress"]))
            if task["state"] == "succeeded":
                report: dict[str, Any] = task["result"]
                return report
            if task["state"] in _FINAL:
                problem = task["error"] or {"code": "cancelled", "message": "the task was cancelled"}
                raise RemoteError(problem["code"], problem["message"])
    except KeyboardInterrupt:
        task = server.cancel_job(task_id)
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while task["state"] not in _FINAL and time.monotonic() < deadline:
            time.sleep(_AGAIN_SECONDS)
            task = server.job(task_id)
        note(f"task {task_id} is {task['state']}; what it added stays")
        raise
    raise AssertionError("unreachable")


def _followed(server: RemoteBackend, task_id: str) -> Iterator[dict[str, Any]]:
    """A task whenever it changed, from the server's events; a stream that breaks off is opened again."""
    import httpx

    while True:
        try:
            # No time-out for reading: a heartbeat comes every 15 s, and four of them may be missed.
            timeout = httpx.Timeout(60.0, connect=10.0)
            with httpx.stream("GET", f"{server.url}/api/tasks/{task_id}/events", timeout=timeout) as answer:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        yield json.loads(line.removeprefix("data:"))
        except (httpx.HTTPError, ValueError):
            pass
        task = server.job(task_id)  # says what is wrong, where the server is gone
        yield task
        time.sleep(_AGAIN_SECONDS)
