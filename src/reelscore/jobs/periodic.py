"""What comes round by itself while a server runs: folders that changed are ingested, saved searches renewed.

A thread looks every few seconds what is due, and submits jobs; `Due` decides, and is pure.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reelscore.config import Settings
from reelscore.errors import ConfigurationError, ReelscoreError
from reelscore.jobs.base import JobQueue
from reelscore.search.saved import is_renewal_due
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
SETTLED_SECONDS = 30.0  # a folder that changes all the time is being filled


@dataclass
class Due:
    """What is due.

    Parameters
    ----------
    folders
        Those that are watched. What changed in them while nobody looked is due at once.
    renew_seconds
        Between two renewals; 0: none.
    quiet
        Minutes of the day, from and to, between which no ingest begins or goes on; None: there are none.
    """

    folders: Collection[str]
    renew_seconds: float
    quiet: tuple[int, int] | None
    renewed: float
    changed: dict[str, float] = field(default_factory=dict)  # folder -> when it changed last

    def __post_init__(self) -> None:
        self.changed = dict.fromkeys(self.folders, float("-inf"))

    def note(self, paths: Collection[str], now: float) -> None:
        """Note what changed, by its path."""
        for folder in self.folders:
            if any(Path(path).is_relative_to(folder) for path in paths):
                self.changed[folder] = now

    def is_quiet(self, minute: int) -> bool:
        """Whether a minute of the day is one of the quiet ones."""
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= minute < end if begin <= end else not end <= minute < begin

    def take_folders(self, now: float, minute: int) -> list[str]:
        """The folders to ingest now; they are not due again before they change."""
        if self.is_quiet(minute):
            return []
        settled = [folder for folder, at in self.changed.items() if now - at >= SETTLED_SECONDS]
        for folder in settled:
            del self.changed[folder]
        return settled

    def take_renewal(self, now: float) -> bool:
        """Whether saved searches are to be renewed now."""
        if not self.renew_seconds or now - self.renewed < self.renew_seconds:
            return False
        self.renewed = now
        return True


def read_quiet_hours(text: str) -> tuple[int, int] | None:
    """Minutes of the day of "22:00-07:00"; None for "".

    Raises
    ------
    ConfigurationError
        It is neither.
    """
    if not text.strip():
        return None
    try:
        begin, end = (datetime.strptime(part.strip(), "%H:%M") for part in text.split("-"))
    except ValueError:
        raise ConfigurationError(
            f"REELSCORE_QUIET_HOURS is a span such as 22:00-07:00, not {text[:40]!r}"
        ) from None
    return begin.hour * 60 + begin.minute, end.hour * 60 + end.minute


class Keeper:
    """Submits what is due, on a thread of its own.

    Raises
    ------
    ConfigurationError
        Folders are to be watched, and none is named or the extra is missing; or the quiet hours are none.
    """

    def __init__(self, wiring: Wiring, queue: JobQueue) -> None:
        settings = wiring.settings
        self._wiring = wiring
        self._queue = queue
        self._stop = threading.Event()
        folders = _watched(settings)
        self._due = Due(
            folders, 60 * settings.saved_minutes, read_quiet_hours(settings.quiet_hours), time.monotonic()
        )
        self._ingests: dict[str, list[str]] = {}  # job -> the folders that it reads
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin, if there is anything to look after."""
        if self._due.folders or self._due.renew_seconds:
            self._thread.start()

    def stop(self) -> None:
        """End; jobs that were submitted go on."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2 * LOOK_SECONDS)

    def look(self, paths: Collection[str] = ()) -> None:
        """Note what changed, and submit what is due."""
        moment, local = time.monotonic(), datetime.now().astimezone()
        minute = local.hour * 60 + local.minute
        self._due.note(paths, moment)
        open_jobs = {job.id: job.kind for job in self._wiring.catalog.unfinished_jobs()}
        self._ingests = {job: folders for job, folders in self._ingests.items() if job in open_jobs}
        if self._due.is_quiet(minute):
            for job, folders in self._ingests.items():
                self._queue.cancel(job)  # what it added stays
                self._due.changed.update(dict.fromkeys(folders, moment))
            self._ingests.clear()
        elif "ingest" not in open_jobs.values() and (folders := self._due.take_folders(moment, minute)):
            options = {"paths": folders, "share": self._wiring.settings.watch_share}
            started = self._queue.submit("ingest", {"source": "folder", "options": options})
            self._ingests[started.id] = folders
        if (
            self._due.take_renewal(moment)
            and "renew_saved" not in open_jobs.values()
            and is_renewal_due(self._wiring)
        ):
            self._queue.submit("renew_saved", {})

    def _run(self) -> None:
        for paths in self._changes():
            if self._stop.is_set():
                return
            try:
                self.look(paths)
            except ReelscoreError as error:
                log.warning("what is due cannot be told: %s", error)

    def _changes(self) -> Iterator[Collection[str]]:
        if not self._due.folders:
            while not self._stop.wait(LOOK_SECONDS):
                yield ()
            return
        from watchfiles import watch

        found = watch(
            *self._due.folders,
            watch_filter=lambda _, path: not Path(path).name.startswith("."),
            stop_event=self._stop,
            rust_timeout=int(LOOK_SECONDS * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changes in found:
            yield [path for _, path in changes]


def _watched(settings: Settings) -> list[str]:
    if not settings.watch:
        return []
    try:
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise ConfigurationError("watching folders needs a package: pip install '.[watch]'") from error
    folders = [str(folder.resolve()) for folder in settings.music_roots if folder.is_dir()]
    if not folders:
        raise ConfigurationError(
            "REELSCORE_WATCH is set, and REELSCORE_MUSIC_FOLDERS names no folder that is there"
        )
    return folders
