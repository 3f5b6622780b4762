"""Uploaded files live as long as the job that they wait for.

Each lies in a folder of its own under `Settings.uploads_dir`, so that it can keep its name.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from reelscore.records import Job

# The arguments of a job that may name an upload.
_PATH_ARGUMENTS = ("video_path",)


def discard_upload(path: Path) -> None:
    """Remove an upload and its folder; fine where either is gone."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # gone, or not empty, and then it is not ours alone
        path.parent.rmdir()


def uploads_of(job: Job, uploads_dir: Path) -> list[Path]:
    """The files under `uploads_dir` that a job works on; a file from elsewhere is never ours to remove."""
    paths = (Path(str(job.arguments[name])) for name in _PATH_ARGUMENTS if name in job.arguments)
    return [path for path in paths if path.is_relative_to(uploads_dir) and ".." not in path.parts]


def sweep_uploads(uploads_dir: Path, unfinished: Iterable[Job], *, quiet_seconds: float = 0.0) -> None:
    """Remove what a killed server left behind: every upload that no unfinished job waits for.

    Where several servers share the folder, one that changed within `quiet_seconds` may be under way to
    another of them, and is left.
    """
    if not uploads_dir.is_dir():
        return
    wanted = {path.parent for job in unfinished for path in uploads_of(job, uploads_dir)}
    for folder in uploads_dir.iterdir():
        if folder.is_dir() and folder not in wanted and _age(folder) >= quiet_seconds:
            shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> float:
    """Seconds since anything in a folder changed."""
    changed = 0.0
    with contextlib.suppress(OSError):  # it is removed meanwhile
        changed = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return max(0.0, time.time() - changed)
