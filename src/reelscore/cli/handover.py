"""Let the process that owns the library do the work of a command, and follow it from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelscore.cli.output import note
from reelscore.records import ProgressCallback
from reelscore.remote.asking import follow_job
from reelscore.remote.owner import OwnerClient


def ingest_there(
    owner: OwnerClient, source: str, options: Mapping[str, Any], progress: ProgressCallback
) -> dict[str, Any]:
    """Ingest in the owner; returns the report. Ctrl-C cancels the job there.

    Raises as `follow_job` does, and RemoteError if the owner refused.
    """
    given = {name: value for name, value in options.items() if value not in (None, [], False)}
    started = owner.request("POST", "/api/library/ingest", json={"source": source, "options": given})
    job_id: str = started["task_id"]
    note(f"{owner.name} owns the library and does the work, as task {job_id}")
    return follow_job(owner, job_id, progress, kept="; what it added stays", tell=note)
