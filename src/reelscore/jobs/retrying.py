"""Run a job again that failed or was cancelled."""

from __future__ import annotations

from pathlib import Path

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError
from reelscore.jobs.base import JobQueue
from reelscore.jobs.uploads import touch_uploads, uploads_of
from reelscore.records import Job, JobState


def retry_job(queue: JobQueue, catalog: Catalog, job_id: str, *, uploads_dir: Path) -> Job:
    """Submit a new job with the kind and the arguments of one that failed or was cancelled, whole or in part.

    Raises
    ------
    NotFoundError
        There is no such job.
    InvalidInputError
        It is not over, it succeeded, or the upload that it worked on is gone.
    """
    job = catalog.job(job_id)
    # A run that brought most tracks succeeded; run again it takes up those that failed, and only those.
    incomplete = job.state is JobState.SUCCEEDED and bool((job.result or {}).get("failed"))
    if job.state not in (JobState.FAILED, JobState.CANCELLED) and not incomplete:
        raise InvalidInputError(
            f"job {job_id} is {job.state}; only one that failed or was cancelled is run again"
        )
    touch_uploads(job, uploads_dir)
    if not all(path.is_file() for path in uploads_of(job, uploads_dir)):
        name = job.arguments.get("filename") or "its file"
        raise InvalidInputError(
            f"the upload {name!r} of job {job_id} is not kept any more; choose the file again"
        )
    return queue.submit(job.kind, job.arguments)
