"""The job queue that the settings ask for, and jobs that are run again."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.catalog.convert import time_text
from reelscore.catalog.store import Catalog
from reelscore.errors import ConfigurationError, InvalidInputError, ReelscoreError, StorageError
from reelscore.jobs.base import JobQueue
from reelscore.jobs.export_job import sweep_exports
from reelscore.jobs.handlers import job_handlers
from reelscore.jobs.local import LocalJobQueue
from reelscore.jobs.retention import signs_dir, tidy_jobs
from reelscore.jobs.uploads import discard_upload, may_run_again, sweep_uploads, touch_uploads, uploads_of
from reelscore.library.index_sync import needs_update
from reelscore.records import Job, JobState
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.jobs.celery_queue import CeleryJobQueue

log = logging.getLogger(__name__)

# An upload that was quiet for this long is under way to no server any more.
_QUIET_UPLOAD_SECONDS = 3600.0
_UPDATE = "update_library"
# Of more jobs that failed, the uploads of the older ones are not kept.
_MOST_OVER = 1000


def open_queue(wiring: Wiring) -> JobQueue:
    """The queue of a library: Celery if CELERY_BROKER_URL is set, else worker threads of this process.

    Raises
    ------
    ConfigurationError
        Celery is asked for, and its extra, or a database or an index that every process reaches, is missing.
    """
    if wiring.settings.celery_broker_url is not None:
        return open_celery_queue(wiring)
    return LocalJobQueue(
        wiring.catalog,
        job_handlers(wiring),
        workers=wiring.settings.workers,
        on_final=_discard_uploads(wiring),
        tidy=partial(_tidy, wiring),
    )


def submit_video(wiring: Wiring, queue: JobQueue, arguments: Mapping[str, Any]) -> Job:
    """Let songs be found for a video, at once if its analysis is stored: it then waits behind no other's."""
    from reelscore.analysis.video import is_stored  # decoders, which a queue does without

    try:
        stored = is_stored(wiring, arguments["content_hash"])
    except ReelscoreError:  # a model that cannot be used: the job says so
        stored = False
    return queue.submit("analyze_video_and_recommend", {**arguments, "stored": stored})


def start_update(wiring: Wiring, queue: JobQueue) -> Job | None:
    """Let a job bring an old library up to date, if that takes long and no job does so already.

    From here on questions in this process do not wait for it.
    """
    wiring.sync.in_jobs = True
    try:
        there = any(job.kind == _UPDATE for job in wiring.catalog.unfinished_jobs())
        return queue.submit(_UPDATE, {}) if needs_update(wiring) and not there else None
    except StorageError as error:
        log.warning("whether the library is up to date cannot be told: %s", error)
        return None


def open_celery_queue(wiring: Wiring) -> CeleryJobQueue:
    """The queue over Celery; ConfigurationError if the settings do not fit, or Redis refuses them."""
    settings = wiring.settings
    if settings.celery_broker_url is None:
        raise ConfigurationError(
            "CELERY_BROKER_URL is not set, so jobs run within `reelscore serve` and need no worker; "
            "set it to the address of a Redis server, such as redis://host:6379/0"
        )
    lacking = []
    if settings.sql_url.startswith("sqlite"):
        lacking.append("a MySQL or MariaDB server (DATABASE_URL, or DB_USER and DB_HOST)")
    if settings.qdrant_address is None:
        lacking.append("a Qdrant server (QDRANT_URL or QDRANT_HOST)")
    if lacking:
        raise ConfigurationError(
            f"CELERY_BROKER_URL is set, and workers need {' and '.join(lacking)}, since what is embedded "
            "belongs to one process; set that too, or unset CELERY_BROKER_URL: "
            "jobs then run within `reelscore serve`"
        )
    from reelscore.jobs.celery_queue import CeleryJobQueue

    queue = CeleryJobQueue(
        wiring.catalog,
        job_handlers(wiring),
        settings.celery_broker_url.get_secret_value(),
        on_final=_discard_uploads(wiring),
        tidy=partial(_tidy, wiring),
    )
    queue.greet()
    return queue


def sweep_library_uploads(wiring: Wiring, *, starting: bool = False) -> None:
    """Remove the uploads that no job waits for, and those of failed jobs that the settings do not want kept.

    `starting`: this is a server that takes no uploads yet; if it is alone, none is under way.
    """
    catalog, settings = wiring.catalog, wiring.settings
    alone = starting and wiring.ownership is not None
    waiting = catalog.unfinished_jobs()
    over = catalog.jobs((JobState.FAILED, JobState.CANCELLED), limit=_MOST_OVER)
    since = datetime.now(UTC) - timedelta(hours=settings.uploads_keep_hours)
    sweep_uploads(
        settings.uploads_dir,
        # Asked again, since one that is over may just have been submitted again.
        [*waiting, *catalog.unfinished_jobs()],
        over=over,
        kept_since=time_text(since),
        most_bytes=settings.max_upload_mb * 1_000_000 if settings.uploads_keep_hours else 0,
        quiet_seconds=0.0 if alone else _QUIET_UPLOAD_SECONDS,
    )


def sign_of_life(wiring: Wiring) -> Path:
    """The file that the worker of this machine touches every few seconds, for health checks."""
    return signs_dir(wiring) / platform.node()


def _tidy(wiring: Wiring) -> None:
    """What is done once an hour."""
    tidy_jobs(wiring)
    sweep_exports(wiring.settings)
    sweep_library_uploads(wiring)


def _discard_uploads(wiring: Wiring) -> Callable[[Job], None]:
    """What follows a job: its upload goes, unless it may be run again, or another job waits for it."""
    catalog, uploads_dir = wiring.catalog, wiring.settings.uploads_dir

    def discard(job: Job) -> None:
        uploads = uploads_of(job, uploads_dir)
        if not uploads:
            return
        if may_run_again(job):
            sweep_library_uploads(wiring)  # which keeps it, as far as there is room
            return
        waited_for = {path for other in catalog.unfinished_jobs() for path in uploads_of(other, uploads_dir)}
        for path in set(uploads) - waited_for:
            discard_upload(path)

    return discard


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
