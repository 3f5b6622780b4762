"""A process that works on the jobs of `job_kinds`: with the embedded queue, or as a Celery worker."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import warnings
from dataclasses import replace
from pathlib import Path

from job_kinds import HANDLERS, QUICK

from reelscore.catalog.store import Catalog
from reelscore.jobs.celery_queue import CeleryJobQueue
from reelscore.jobs.local import LocalJobQueue
from reelscore.records import Job


def note_finals(folder: Path, job: Job) -> None:
    """Leave a file that says how a job ended."""
    folder.mkdir(exist_ok=True)
    draft = folder / f"{job.id}~"
    draft.write_text(job.state)
    draft.rename(folder / job.id)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--broker")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--queues")
    parser.add_argument("--finals", type=Path, required=True)
    parser.add_argument("--lease", type=float, default=QUICK.lease)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    warnings.filterwarnings("ignore", message="(?s).*superuser")
    timing = replace(QUICK, lease=options.lease)
    catalog = Catalog(options.database)

    def ready() -> None:
        print("ready", flush=True)

    def ended(job: Job) -> None:
        note_finals(options.finals, job)

    if options.broker:
        celery = CeleryJobQueue(catalog, HANDLERS, options.broker, on_final=ended, timing=timing)
        return celery.work(concurrency=options.workers, queues=options.queues, on_ready=ready)
    local = LocalJobQueue(catalog, HANDLERS, workers=options.workers, on_final=ended, timing=timing)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    ready()  # first: a job may kill this process at once
    local.start()
    stop.wait()
    local.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
