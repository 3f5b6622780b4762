"""Choose the job queue that the settings ask for."""

from __future__ import annotations

from reelscore.jobs.base import JobQueue
from reelscore.jobs.local import LocalJobQueue
from reelscore.jobs.uploads import discard_upload, uploads_of
from reelscore.records import Job
from reelscore.services import job_handlers
from reelscore.wiring import Wiring


def open_queue(wiring: Wiring) -> JobQueue:
    """The queue of a library: worker threads of this process."""
    uploads_dir = wiring.settings.uploads_dir

    def discard_uploads(job: Job) -> None:
        for path in uploads_of(job, uploads_dir):
            discard_upload(path)

    return LocalJobQueue(
        wiring.catalog,
        job_handlers(wiring),
        workers=wiring.settings.workers,
        on_final=discard_uploads,
    )
