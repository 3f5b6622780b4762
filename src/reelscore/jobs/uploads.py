"""Uploaded files live as long as the job that they wait for, and a while longer if it may be run again.

Each lies in a folder of its own under `Settings.uploads_dir`, so that it can keep its name.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from reelscore.errors import MediaError, UnreadableMediaError, UnusableAudioError
from reelscore.records import Job, JobState

# The arguments of a job that may name an upload.
_PATH_ARGUMENTS = ("video_path",)
# What is wrong with the file itself would be wrong with it again.
_HOPELESS = {error.code for error in (MediaError, UnreadableMediaError, UnusableAudioError)}


def discard_upload(path: Path) -> None:
    """Remove an upload and its folder; fine if either is gone."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # gone, or not empty, and then it is not ours alone
        path.parent.rmdir()


def uploads_of(job: Job, uploads_dir: Path) -> list[Path]:
    """The files under `uploads_dir` that a job works on; a file from elsewhere is never ours to remove."""
    paths = (Path(str(job.arguments[name])) for name in _PATH_ARGUMENTS if name in job.arguments)
    return [path for path in paths if path.is_relative_to(uploads_dir) and ".." not in path.parts]


def may_run_again(job: Job) -> bool:
    """Whether running a finished job again with the same upload could succeed."""
    if job.state is JobState.FAILED:
        return (job.error or {}).get("code") not in _HOPELESS
    return job.state is JobState.CANCELLED


def touch_uploads(job: Job, uploads_dir: Path) -> None:
    """Let the uploads of a job look new, so that nobody who sweeps takes them for left behind just now."""
    for path in uploads_of(job, uploads_dir):
        with contextlib.suppress(OSError):  # what is gone, the job itself will say
            os.utime(path)


def sweep_uploads(
    uploads_dir: Path,
    unfinished: Iterable[Job],
    *,
    over: Iterable[Job] = (),
    kept_since: str = "",
    most_bytes: int = 0,
    quiet_seconds: float = 0.0,
) -> None:
    """Remove every upload that no job waits for, but for those of jobs that may be run again.

    Parameters
    ----------
    unfinished
        Jobs that wait or run.
    over
        Jobs that failed or were cancelled. The uploads of those that may be run again stay, the newest first.
    kept_since, most_bytes
        ... as far as their job ended after this time (ISO 8601, UTC), and together they are no larger.
    quiet_seconds
        An upload that belongs to no job and changed so lately may still be under way, to this server or to
        another one that shares the folder, and is left.
    """
    if not uploads_dir.is_dir():
        return
    wanted = {path.parent for job in unfinished for path in uploads_of(job, uploads_dir)}
    dropped: set[Path] = set()
    room = most_bytes
    for job in sorted(over, key=_ended, reverse=True):
        # One that was run again shares its upload with the later one, which was looked at before.
        for folder in {path.parent for path in uploads_of(job, uploads_dir)} - wanted - dropped:
            size = _size(folder)
            if may_run_again(job) and _ended(job) >= kept_since and size <= room:
                wanted.add(folder)
                room -= size
            else:
                dropped.add(folder)
    for folder in uploads_dir.iterdir():
        if not folder.is_dir() or folder in wanted:
            continue
        if folder in dropped or _age(folder) >= quiet_seconds:
            shutil.rmtree(folder, ignore_errors=True)


def _ended(job: Job) -> str:
    return job.finished_at or job.created_at


def _size(folder: Path) -> int:
    """Bytes of the files in a folder; 0 if it is gone."""
    with contextlib.suppress(OSError):
        return sum(path.stat().st_size for path in folder.iterdir())
    return 0


def _age(folder: Path) -> float:
    """Seconds since anything in a folder changed."""
    changed = 0.0
    with contextlib.suppress(OSError):  # it is removed meanwhile
        changed = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return max(0.0, time.time() - changed)
