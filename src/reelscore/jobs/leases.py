"""Who works on a job, and whether they are still there.

A worker holds a job by a lease: its name in the row, and a heartbeat that is renewed in the background, also
while the work is silent for long. Whoever looks at the rows takes a job for abandoned if its worker is a
process of this machine that is no more, or if the heartbeat did not change while it was watched for long
enough. So a queue never compares the clocks of machines, and a database that was away makes nobody look dead.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import math
import os
import platform
import threading
import time
import uuid
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from reelscore.catalog.store import Catalog
from reelscore.errors import CancelledError, ReelscoreError, TransientStorageError
from reelscore.net.retry import RetryPolicy
from reelscore.records import Job, JobState

log = logging.getLogger(__name__)


# Of work that lost its database or index; what went well for a minute has all its attempts again.
_RETRY = RetryPolicy(
    attempts=8, first_wait=1.4, longest_wait=80.0, reset_after=60.0, errors=(TransientStorageError,)
)


@dataclass(frozen=True, slots=True)
class Timing:
    """The intervals of a queue in seconds, and its retries.

    Raises
    ------
    ValueError
        The lease is not longer than two heartbeats: no look at the rows would ever find it over.
    """

    heartbeat: float = 5.0  # between two heartbeats, and between two looks at the rows of others
    lease: float = 30.0  # a worker without a new heartbeat for this long is considered dead
    requeue_after: float = 10.0  # a job that waited this long, and is in no line, was forgotten
    stop: float = 5.0  # how long stop() waits for the steps in progress
    retry: RetryPolicy = _RETRY
    tidy: float = 3600.0  # between two removals of old jobs

    def __post_init__(self) -> None:
        # A look that comes later than half a lease after the one before starts the watch again (`Sweeper`).
        if self.lease <= 2 * self.heartbeat:
            raise ValueError(f"the lease must be longer than two heartbeats of {self.heartbeat:g} s")


TIMING = Timing()


class StoppingError(CancelledError):
    """The queue stops: the job goes back in line, and nobody cancelled it."""


class LostLeaseError(CancelledError):
    """The job was given to another worker: whatever this one does is in vain."""


class Lease:
    """The hold of this process on one running job."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.id
        self.worker = job.worker or ""
        self._reason: CancelledError | None = None
        self.ended = threading.Event()  # set once there is a reason to stop

    def end(self, reason: CancelledError) -> None:
        """Ask the work to stop at its next step. To cancel or to lose outweighs that the queue stops."""
        if self._reason is None or isinstance(self._reason, StoppingError):
            self._reason = reason
        self.ended.set()

    def check(self) -> None:
        """Raise the reason to stop, if there is one."""
        if self._reason is not None:
            raise self._reason

    def sleep(self, seconds: float) -> None:
        """Wait, and raise the reason to stop as soon as there is one."""
        self.ended.wait(seconds)
        self.check()

    def check_row(self, job: Job) -> None:
        """Ask the work to stop if the job was cancelled, or given to another worker."""
        if job.state is not JobState.RUNNING or (job.worker or "") != self.worker:
            self.end(LostLeaseError("another worker has this job"))
        elif job.cancel_requested:
            self.end(CancelledError("cancelled"))


class LeaseKeeper:
    """Renews the leases of this process in the background."""

    def __init__(self, catalog: Catalog, heartbeat: float) -> None:
        self._catalog = catalog
        self._heartbeat = heartbeat
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    def hold(self, job: Job) -> Lease:
        """The lease of a job that was claimed just now, renewed from here on."""
        lease = Lease(job)
        with self._lock:
            self._held[job.id] = lease
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="job-leases", daemon=True)
                self._thread.start()
        return lease

    def drop(self, lease: Lease) -> None:
        """Renew a lease no more."""
        with self._lock:
            if self._held.get(lease.job_id) is lease:
                del self._held[lease.job_id]
            if not self._held:
                self._wake.notify_all()  # the thread ends with the last lease

    def held(self) -> list[Lease]:
        """Every lease that is held at the moment."""
        with self._lock:
            return list(self._held.values())

    def lease_of(self, job_id: str) -> Lease | None:
        """The lease of a job that runs here."""
        with self._lock:
            return self._held.get(job_id)

    def _keep(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: not self._held, timeout=self._heartbeat)
                if not self._held:
                    self._thread = None
                    return
                leases = list(self._held.values())
            for lease in leases:
                try:
                    lease.check_row(self._catalog.update_job(lease.job_id, worker=lease.worker))
                except ReelscoreError as error:  # the work itself will say what is wrong
                    log.info("job %s: no heartbeat: %s", lease.job_id, error)
                except Exception:  # without this thread every job here would look abandoned
                    log.exception("job %s: no heartbeat", lease.job_id)


class Watch:
    """Tells what stayed the same between two looks.

    Parameters
    ----------
    gap
        Seconds between two looks after which it begins again: whatever kept us from looking may have kept
        others from giving a sign, such as a database that was away.
    """

    def __init__(self, *, gap: float = math.inf) -> None:
        self._gap = gap
        self._last = -math.inf
        self._seen: dict[str, tuple[Hashable, float]] = {}

    def unchanged(self, states: Iterable[tuple[str, Hashable]]) -> dict[str, float]:
        """For how many seconds each thing was seen in its present state; what is not named is forgotten."""
        moment = time.monotonic()
        if moment - self._last > self._gap:
            self.forget()
        self._last = moment
        seen: dict[str, tuple[Hashable, float]] = {}
        for name, state in states:
            known = self._seen.get(name)
            seen[name] = known if known is not None and known[0] == state else (state, moment)
        self._seen = seen
        return {name: moment - since for name, (_, since) in seen.items()}

    def forget(self) -> None:
        """Start again: while nothing could be observed, nobody could give a sign either."""
        self._seen = {}


@functools.cache
def _scope() -> str:
    """What the ids of processes are unique within: one start of one machine, or of one container."""
    parts = [platform.node()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:  # not Linux
        parts.append(str(uuid.getnode()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@functools.cache
def _token(_pid: int) -> str:
    return uuid.uuid4().hex[:8]


def new_worker_name() -> str:
    """A name for one claim: machine, process, and what tells it from all others."""
    pid = os.getpid()
    machine = platform.node().replace("/", "-")[:40]
    return f"{machine}/{pid}/{_scope()}/{_token(pid)}/{uuid.uuid4().hex[:8]}"


def is_gone(worker: str | None) -> bool:
    """Whether the process behind a name is known to be no more. Of other machines nothing is known."""
    if not worker:
        return True  # a claim without a name has nobody behind it
    try:
        _, pid, scope, token, _ = worker.rsplit("/", 4)
        number = int(pid)
    except ValueError:
        return False
    if scope != _scope():
        return False
    if number == os.getpid():
        return token != _token(number)  # ids are used again; in a container it is mostly the same one
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
