"""The job queue over Celery: worker processes, on this machine or on others.

The row in SQL is the truth. Submitting writes the row and then sends its id; if the broker cannot be
reached the row waits and says so, and its id is sent by whoever looks after the rows once the broker is back.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelscore.catalog.store import Catalog
from reelscore.errors import ConfigurationError, ReelscoreError, UnknownNameError
from reelscore.jobs.base import JobHandler
from reelscore.jobs.celery_app import open_app, queue_names, queue_of
from reelscore.jobs.lanes import WAITS_FOR_BROKER
from reelscore.jobs.leases import TIMING, Timing
from reelscore.jobs.running import JobRunner
from reelscore.jobs.sweeping import Sweeper
from reelscore.records import Job

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

# One more try at once: the connection that is kept may be one that the broker closed since.
_SENDING = {"max_retries": 1, "interval_start": 0.0, "interval_step": 0.2, "interval_max": 0.2}


class CeleryJobQueue:
    """Sends jobs to Celery workers, and runs them if `work` is called.

    Parameters
    ----------
    catalog
        Where the rows are; every process must reach it.
    handlers
        What each kind of job does.
    broker_url
        Address of the Redis server, which may hold a password.
    on_final
        Called with each job that has reached a final state, in the process that brought it there.
    timing
        Its intervals and retries.
    tidy
        Called once an hour while it works: what is over for long goes.

    Raises
    ------
    ConfigurationError
        The extra `celery` is not installed, or the address is none of a Redis server.
    """

    def __init__(
        self,
        catalog: Catalog,
        handlers: Mapping[str, JobHandler],
        broker_url: str,
        *,
        on_final: Callable[[Job], None] = lambda job: None,
        timing: Timing = TIMING,
        tidy: Callable[[], object] = lambda: None,
    ) -> None:
        self._catalog = catalog
        self._timing = timing
        self.app: Celery = open_app(broker_url)
        self._runner = JobRunner(catalog, handlers, on_final=on_final, on_requeued=self.send, timing=timing)
        self._sweeper = Sweeper(
            catalog,
            self._runner,
            take_up=self.send,
            forgotten=self._forgotten,
            timing=timing,
            tidy=tidy,
        )
        register_tasks(self.app, handlers, self._runner.run)

    def greet(self) -> None:
        """Reach the broker once, so that a mistake in its address is told at the start and not by silence.

        One that is away may come, and is a line of the log.

        Raises
        ------
        ConfigurationError
            It refuses the password, or has no such database.
        """
        from redis.exceptions import AuthenticationError, ResponseError

        with self.app.connection_for_write() as connection:
            where = connection.as_uri()  # without its password
            try:
                connection.ensure_connection(max_retries=1, interval_start=0.0)
            except _broker_errors() as error:
                if isinstance(error.__cause__, AuthenticationError | ResponseError):
                    text = f"the Redis server at {where} refuses CELERY_BROKER_URL: {error}"
                    raise ConfigurationError(text) from error
                log.warning(
                    "the Redis server at %s cannot be reached (%s); jobs wait until it can", where, error
                )

    # --- the contract ---

    def submit(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Write the row of a new job and send its id; UnknownNameError if no handler has this name.

        A broker that cannot be reached is no error: the row waits, and its id is sent later.
        """
        if kind not in self._runner.handlers:
            raise UnknownNameError("kind of job", kind, self._runner.handlers)
        job = self._catalog.create_job(kind, arguments)
        return job if self.send(job) else self._catalog.job(job.id)

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop: at once if it waits, at its next step if it runs."""
        return self._runner.cancel(job_id)

    def start(self) -> None:
        """Begin to look after the rows. The work itself is done by workers (see `work`)."""
        self._runner.resume()
        self._sweeper.start()

    def stop(self) -> None:
        """Look after the rows no more, and give back what runs here."""
        self._sweeper.stop()
        self._runner.stop()

    # --- the worker ---

    def work(
        self,
        *,
        concurrency: int = 1,
        queues: str | None = None,
        on_ready: Callable[[], None] = lambda: None,
        on_look: Callable[[], None] = lambda: None,
    ) -> int:
        """Be a worker until SIGTERM or SIGINT, and return its exit code.

        Jobs run on threads of this process, which share its models. When it is told to end, a job goes back
        in line at its next step; a step that takes too long for that is cut off.

        Parameters
        ----------
        concurrency
            Jobs that run at the same time.
        queues
            Names of `celery_app.QUEUES`, separated by commas; not given: all.
        on_ready
            Called once jobs are taken.
        on_look
            Called every few seconds, when the rows were looked after: a sign of life.
        """
        from celery import signals
        from celery.platforms import SecurityWarning  # type: ignore[import-untyped]

        names = queue_names(queues)

        def ready(**_: Any) -> None:
            on_ready()

        def end(**_: Any) -> None:
            self._runner.stop()
            threading.Thread(target=self._end_in_time, name="worker-end", daemon=True).start()

        signals.worker_ready.connect(ready, weak=False)
        signals.worker_shutting_down.connect(end, weak=False)
        # Celery warns of work as root, for the sake of pickle; only JSON is taken here.
        warnings.filterwarnings("ignore", category=SecurityWarning)
        self._sweeper.on_look = on_look
        try:
            self.start()
            worker: Any = self.app.Worker(
                pool="threads",
                concurrency=concurrency,
                queues=names,
                loglevel=logging.getLogger().getEffectiveLevel(),
                quiet=True,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
            )
            worker.start()
            return int(worker.exitcode or 0)
        finally:
            signals.worker_ready.disconnect(ready)
            signals.worker_shutting_down.disconnect(end)
            self.stop()

    def _end_in_time(self) -> None:
        time.sleep(self._timing.stop)
        self._runner.release()
        # A thread in a long step cannot be ended but with the process. Its job is given back, and whatever
        # it does from here on is safe to do again.
        os._exit(0)

    # --- how ---

    def send(self, job: Job) -> bool:
        """Send the id of a job that waits; False if no broker can be reached, which its row then says."""
        try:
            self.app.send_task(
                job.kind,
                args=[job.id],
                task_id=job.id,
                queue=queue_of(job.kind),
                retry=True,
                retry_policy=_SENDING,
            )
        except _broker_errors() as error:
            log.warning("job %s (%s) %s: %s", job.id, job.kind, WAITS_FOR_BROKER, error)
            try:
                self._catalog.note_waiting(job.id, WAITS_FOR_BROKER)
            except ReelscoreError as failure:
                log.warning("job %s: %s", job.id, failure)
            return False
        return True

    def _forgotten(self, ripe: Sequence[Job], waiting: Sequence[Job]) -> Sequence[Job]:
        """Those of a line that has fewer messages than jobs: which of them it lost, it cannot say."""
        expected = Counter(queue_of(job.kind) for job in waiting)
        messages = self._count_messages(expected)
        return [
            job for job in ripe if messages.get(name := queue_of(job.kind), expected[name]) < expected[name]
        ]

    def _count_messages(self, names: Iterable[str]) -> dict[str, int]:
        """How many messages wait in each line; nothing if the broker cannot be reached."""
        from amqp.exceptions import ChannelError  # type: ignore[import-untyped]

        counts: dict[str, int] = {}
        try:
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0.0)
                for name in names:
                    try:
                        counts[name] = connection.default_channel.queue_declare(
                            name, passive=True
                        ).message_count
                    except ChannelError:  # an empty line is none for Redis
                        counts[name] = 0
        except _broker_errors() as error:
            log.info("the broker cannot be asked: %s", error)
            return {}
        return counts


def _broker_errors() -> tuple[type[Exception], ...]:
    """What a broker that is away, refuses us, or is full raises."""
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    return KombuError, RedisError, OSError


def register_tasks(app: Celery, kinds: Iterable[str], run: Callable[[str], None]) -> None:
    """Make one task of each kind of job.

    Parameters
    ----------
    run
        Runs the job of an id to its end, and raises nothing: the row says how it ended. It does nothing if
        the job is over, or somebody else has it, so that a message may come any number of times.
    """

    def run_job(job_id: str) -> None:
        run(job_id)

    for kind in kinds:
        # Not shared: Celery would give the task to every other application of the process too.
        app.task(name=kind, shared=False)(run_job)
