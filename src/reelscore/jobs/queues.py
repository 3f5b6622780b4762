"""Choose the job queue that the settings ask for."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.errors import ConfigurationError
from reelscore.jobs.base import JobQueue
from reelscore.jobs.local import LocalJobQueue
from reelscore.jobs.uploads import discard_upload, sweep_uploads, uploads_of
from reelscore.records import Job
from reelscore.services import job_handlers
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.jobs.celery_queue import CeleryJobQueue

# An upload that was quiet for so long is under way to no server any more.
_QUIET_UPLOAD_SECONDS = 3600.0


def open_queue(wiring: Wiring) -> JobQueue:
    """The queue of a library: Celery where CELERY_BROKER_URL is set, else worker threads of this process.

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
    )


def open_celery_queue(wiring: Wiring) -> CeleryJobQueue:
    """The queue over Celery; ConfigurationError where it cannot work with the other settings."""
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

    return CeleryJobQueue(
        wiring.catalog,
        job_handlers(wiring),
        settings.celery_broker_url.get_secret_value(),
        on_final=_discard_uploads(wiring),
    )


def sweep_library_uploads(wiring: Wiring) -> None:
    """Remove the uploads that no job waits for, as a server does at its start."""
    shared = wiring.ownership is None  # other servers may be taking uploads at this moment
    sweep_uploads(
        wiring.settings.uploads_dir,
        wiring.catalog.unfinished_jobs(),
        quiet_seconds=_QUIET_UPLOAD_SECONDS if shared else 0.0,
    )


def sign_of_life(wiring: Wiring) -> Path:
    """The file that the worker of this machine touches every few seconds, for health checks."""
    return wiring.settings.home / "workers" / platform.node()


def _discard_uploads(wiring: Wiring) -> Callable[[Job], None]:
    uploads_dir = wiring.settings.uploads_dir

    def discard(job: Job) -> None:
        for path in uploads_of(job, uploads_dir):
            discard_upload(path)

    return discard
