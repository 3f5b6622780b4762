"""Let the process that owns the library do the work of a command, and follow it from here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from reelscore.cli.output import note
from reelscore.errors import ReelscoreError
from reelscore.records import Progress, ProgressCallback
from reelscore.remote.owner import FINAL, OwnerClient, RemoteError

_AGAIN_SECONDS = 0.5
_FAREWELL_SECONDS = 15.0  # how long a job that was cancelled is waited for


def ingest_there(
    owner: OwnerClient, source: str, options: Mapping[str, Any], progress: ProgressCallback
) -> dict[str, Any]:
    """Ingest in the owner; returns the report. Ctrl-C cancels the job there.

    Raises
    ------
    RemoteError
        The owner refused, or the job failed or was cancelled by somebody.
    OwnerGoneError
        The owner does not answer any more, nor does one that came after it.
    """
    given = {name: value for name, value in options.items() if value not in (None, [], False)}
    started = owner.request("POST", "/api/library/ingest", json={"source": source, "options": given})
    job_id: str = started["task_id"]
    note(f"{owner.name} owns the library and does the work, as task {job_id}")
    return follow_job(owner, job_id, progress, kept="; what it added stays")


def follow_job(
    owner: OwnerClient, job_id: str, progress: ProgressCallback, *, kept: str = ""
) -> dict[str, Any]:
    """Follow a job to its end; returns its result. Ctrl-C cancels it, and says what became of it.

    `kept`: what is said behind the state of a job that was cancelled.
    """
    try:
        for job in owner.follow(job_id):
            progress(Progress(**job["progress"]))
            if job["state"] == "succeeded":
                result: dict[str, Any] = job["result"]
                return result
            if job["state"] in FINAL:
                problem = job["error"] or {"code": "cancelled", "message": "the job was cancelled"}
                raise RemoteError(problem["code"], problem["message"])
    except KeyboardInterrupt:
        _call_off(owner, job_id, kept)
        raise
    raise AssertionError("unreachable")


def _call_off(owner: OwnerClient, job_id: str, kept: str) -> None:
    try:
        job = owner.cancel(job_id)
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while job["state"] not in FINAL and time.monotonic() < deadline:
            time.sleep(_AGAIN_SECONDS)
            job = owner.job(job_id)
    except ReelscoreError as error:
        note(f"task {job_id} goes on, since it could not be cancelled: {error}")
        return
    stopping = "" if job["state"] in FINAL else ", and stops at its next step"
    note(f"task {job_id} is {job['state']}{stopping}{kept}")
