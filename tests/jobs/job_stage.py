"""Where the tests of queues play: a catalogue, a queue to submit to, and whoever works on what it holds."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from job_kinds import HANDLERS, QUICK
from job_worker import note_finals

from patience import PATIENCE_SECONDS, wait_until
from reelscore.catalog.store import Catalog
from reelscore.jobs.base import JobQueue
from reelscore.jobs.celery_queue import CeleryJobQueue
from reelscore.jobs.local import LocalJobQueue
from reelscore.records import Job, JobState


class Stage:
    """The same for every queue."""

    catalog: Catalog
    queue: JobQueue

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.finals = folder / "finals"
        self.database = f"sqlite:///{folder / 'library.sqlite3'}"
        self.catalog = Catalog(self.database)

    def start(self, *, workers: int = 1, lease: float = QUICK.lease) -> None:
        """Begin to work."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the work in an orderly way."""
        raise NotImplementedError

    def log(self) -> str:
        raise NotImplementedError

    def close(self) -> None:
        self.stop()
        self.catalog.close()

    def submit(self, kind: str, **arguments: Any) -> Job:
        return self.queue.submit(kind, arguments)

    def wait_for(self, job: Job, *states: JobState) -> Job:
        wanted = states or tuple(state for state in JobState if state.final)
        wait_until(lambda: self.catalog.job(job.id).state in wanted, self.log)
        return self.catalog.job(job.id)

    def ended(self) -> Mapping[str, str]:
        """What was told of jobs that are over: id -> state."""
        if not self.finals.exists():
            return {}
        return {path.name: path.read_text() for path in self.finals.iterdir() if "~" not in path.name}


class LocalStage(Stage):
    """Threads of the test's own process."""

    def __init__(self, folder: Path, broker: str | None = None) -> None:
        super().__init__(folder)
        self._text = io.StringIO()
        self._handler = logging.StreamHandler(self._text)
        logging.getLogger("reelscore.jobs").addHandler(self._handler)
        self._open(1, QUICK.lease)

    def _open(self, workers: int, lease: float) -> None:
        self.queue = LocalJobQueue(
            self.catalog,
            HANDLERS,
            workers=workers,
            on_final=partial(note_finals, self.finals),
            timing=replace(QUICK, lease=lease),
        )

    def start(self, *, workers: int = 1, lease: float = QUICK.lease) -> None:
        if (workers, lease) != (1, QUICK.lease):
            self._open(workers, lease)
        self.queue.start()

    def stop(self) -> None:
        self.queue.stop()

    def close(self) -> None:
        super().close()
        logging.getLogger("reelscore.jobs").removeHandler(self._handler)

    def log(self) -> str:
        return self._text.getvalue()


class ProcessStage(Stage):
    """A process of its own, which can be killed. Without a broker it has the embedded queue."""

    def __init__(self, folder: Path, broker: str | None = None) -> None:
        super().__init__(folder)
        self.broker = broker
        self.process: subprocess.Popen[str] | None = None
        if broker is None:
            self.queue = LocalJobQueue(self.catalog, HANDLERS)
        else:
            self.queue = CeleryJobQueue(
                self.catalog,
                HANDLERS,
                broker,
                on_final=partial(note_finals, self.finals),
                timing=QUICK,
            )

    def start(self, *, workers: int = 1, lease: float = QUICK.lease, queues: str | None = None) -> None:
        command = [
            *(sys.executable, str(Path(__file__).with_name("job_worker.py"))),
            *("--database", self.database, "--finals", str(self.finals)),
            *("--workers", str(workers), "--lease", str(lease)),
            *(("--broker", self.broker) if self.broker else ()),
            *(("--queues", queues) if queues else ()),
        ]
        with (self.folder / "worker.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.log()

    def stop(self) -> None:
        self.end(subprocess.Popen.terminate)

    def close(self) -> None:
        self.queue.stop()
        super().close()

    def end(self, how: Callable[[subprocess.Popen[str]], None]) -> int | None:
        """End the process; its exit code."""
        if self.process is None:
            return None
        how(self.process)
        code = self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def log(self) -> str:
        path = self.folder / "worker.log"
        return path.read_text() if path.exists() else ""


class OpensStage(Protocol):
    def __call__(self, folder: Path, broker: str | None) -> Stage: ...
