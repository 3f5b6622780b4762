"""How long jobs that are over are kept, and what goes with them: their rows, and the files that were theirs.

A job that waits or runs is never removed, however old it is.
"""

from __future__ import annotations

import contextlib
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reelscore.catalog.convert import time_text
from reelscore.catalog.store import Catalog
from reelscore.jobs.uploads import discard_upload, uploads_of
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

# A worker touches its sign of life every few seconds; one that is so old belongs to a machine, or to a
# container, that is no more.
_STALE_SIGN_SECONDS = 86_400.0


def clear_jobs(
    catalog: Catalog, uploads_dir: Path, *, older_than: timedelta = timedelta(0), keep: int = 0
) -> int:
    """Remove jobs that are over, with their uploads; returns how many there were.

    Parameters
    ----------
    older_than
        Only those that ended at least this long ago.
    keep
        So many of those stay, the newest.
    """
    before = time_text(datetime.now(UTC) - older_than) if older_than else None
    removed = catalog.remove_jobs(before, keep=keep)
    files = {path: job.kind for job in removed for path in uploads_of(job, uploads_dir)}
    if files:
        # The rows went first: what is left of them by a crash here, the next start of a server sweeps. A job
        # that was run again shares its upload with the new one.
        others = catalog.jobs_of_kinds(set(files.values()))
        for path in files.keys() - {path for job in others for path in uploads_of(job, uploads_dir)}:
            discard_upload(path)
    return len(removed)


def tidy_jobs(wiring: Wiring) -> int:
    """Clear away what the settings do not want to be kept; returns how many jobs were removed."""
    settings = wiring.settings
    removed = 0
    if settings.jobs_keep_days:
        age = timedelta(days=settings.jobs_keep_days)
        removed += clear_jobs(wiring.catalog, settings.uploads_dir, older_than=age)
    if settings.jobs_keep:
        removed += clear_jobs(wiring.catalog, settings.uploads_dir, keep=settings.jobs_keep)
    if removed:
        log.info("%d jobs that were over for long are removed", removed)
    sweep_signs(signs_dir(wiring))
    return removed


def signs_dir(wiring: Wiring) -> Path:
    """Where the worker of each machine has its sign of life."""
    return wiring.settings.home / "workers"


def sweep_signs(folder: Path) -> None:
    """Remove the signs of life of workers that are no more; each container has a name of its own."""
    oldest = time.time() - _STALE_SIGN_SECONDS
    with contextlib.suppress(OSError):  # nobody works here, or somebody else sweeps
        for sign in folder.iterdir():
            if sign.is_file() and sign.stat().st_mtime < oldest:
                sign.unlink(missing_ok=True)
