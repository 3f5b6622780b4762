"""Jobs, whose row is the truth.

Every change of state is one UPDATE that names the state it comes from, so that of two workers only one
wins. A worker that names itself changes a row only while the row is its own: one that was taken for dead
cannot write into the work of its successor.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, null, select, update

from reelscore.catalog.base import Store, chunks, insert_new
from reelscore.catalog.convert import job_record, now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.records import Job, JobState, Progress

_JOBS = schema.jobs.c
# Results are long, and whoever clears up has no use for them.
_WITHOUT_RESULT = [null().label("result") if column.name == "result" else column for column in _JOBS]
_TOGETHER = 500  # rows that are deleted in one transaction

# Where each state may be entered from. What is final stays as it is.
_FROM: Mapping[JobState, tuple[JobState, ...]] = {
    JobState.QUEUED: (JobState.RUNNING,),
    JobState.RUNNING: (JobState.QUEUED,),
    JobState.SUCCEEDED: (JobState.RUNNING,),
    JobState.FAILED: (JobState.QUEUED, JobState.RUNNING),
    JobState.CANCELLED: (JobState.QUEUED, JobState.RUNNING),
}


class JobStore(Store):
    """Writes and reads the rows of jobs."""

    def create_job(self, kind: str, arguments: Mapping[str, Any]) -> Job:
        """Write the row of a new job, which waits."""
        job_id = str(uuid.uuid4())
        row = {
            "id": job_id,
            "kind": kind,
            "arguments": dict(arguments),
            "state": JobState.QUEUED.value,
            "done": 0.0,
            "total": None,
            "message": "",
            "created_at": now(),
            "attempts": 0,
            "cancel_requested": False,
        }
        write(self._engine, lambda connection: insert_new(connection, schema.jobs, row))
        return self.job(job_id)

    def job(self, job_id: str) -> Job:
        """One job; NotFoundError if there is none with this id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(schema.jobs).where(_JOBS.id == job_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"there is no job {job_id!r}")
        return job_record(row)

    def jobs_by_id(self, job_ids: Collection[str]) -> dict[str, Job]:
        """Those of the jobs that there are."""
        found: dict[str, Job] = {}
        with reading(self._engine) as connection:
            for some in chunks(sorted(job_ids)):
                rows = connection.execute(select(schema.jobs).where(_JOBS.id.in_(some))).mappings()
                found.update({row["id"]: job_record(row) for row in rows})
        return found

    def jobs(self, states: Collection[JobState] | None = None, *, limit: int = 100) -> list[Job]:
        """Jobs in any of the states, the newest first."""
        query = select(schema.jobs).order_by(_JOBS.created_at.desc(), _JOBS.id).limit(limit)
        if states is not None:
            query = query.where(_JOBS.state.in_([state.value for state in states]))
        with reading(self._engine) as connection:
            return [job_record(row) for row in connection.execute(query).mappings()]

    def unfinished_jobs(self) -> list[Job]:
        """Jobs that wait or run, the oldest first."""
        query = (
            select(schema.jobs)
            .where(_JOBS.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]))
            .order_by(_JOBS.created_at, _JOBS.id)
        )
        with reading(self._engine) as connection:
            return [job_record(row) for row in connection.execute(query).mappings()]

    def claim_job(self, job_id: str, *, worker: str | None = None) -> Job | None:
        """Take a waiting job to run it; None if another worker has it, or it is no longer queued.

        `worker` is the name under which this claim alone may change the row from now on.
        """
        moment = now()
        won = self._change(
            job_id,
            JobState.RUNNING,
            started_at=moment,
            heartbeat_at=moment,
            worker=worker or "",
            message="",
            attempts=_JOBS.attempts + 1,
        )
        if won:
            return self.job(job_id)
        # The connection may have broken after the row was changed and before we heard of it.
        job = self.job(job_id) if worker else None
        return job if job is not None and job.worker == worker and not job.state.final else None

    def update_job(
        self,
        job_id: str,
        *,
        state: JobState | None = None,
        progress: Progress | None = None,
        result: Mapping[str, Any] | None = None,
        error: Mapping[str, str] | None = None,
        worker: str | None = None,
    ) -> Job:
        """Change a job, and return it as it is now.

        A job that is final stays as it is, and so does one whose state cannot lead to `state`, or that is
        not the `worker`'s if one is named: the returned job tells. Progress is written while the job
        runs, or together with a new state. Without a new state this is a sign of life too. The returned job
        also tells whether the user asked to cancel it.
        """
        values: dict[str, Any] = {}
        if progress is not None:
            values |= {
                "done": float(progress.done),
                "total": None if progress.total is None else float(progress.total),
                "message": progress.message,
            }
        if result is not None:
            values["result"] = dict(result)
        if error is not None:
            values["error"] = dict(error)
        if state is JobState.RUNNING:
            raise InvalidInputError("a job begins to run by `claim_job`")
        if state is not None:
            self._change(job_id, state, worker_is=worker, **values)
        elif values or worker is not None:
            self._set(job_id, (JobState.RUNNING,), worker, heartbeat_at=now(), **values)
        return self.job(job_id)

    def note_waiting(self, job_id: str, message: str) -> None:
        """Say in the row of a waiting job what it waits for; nothing happens if it waits no more."""
        self._set(job_id, (JobState.QUEUED,), None, message=message)

    def request_cancel(self, job_id: str) -> Job:
        """Cancel a job that waits; ask one that runs to stop; leave one that is final."""
        # The wish first: whoever lets a running job wait again meanwhile looks for it afterwards.
        self._set(job_id, (JobState.QUEUED, JobState.RUNNING), None, cancel_requested=True)
        self._change(job_id, JobState.CANCELLED, came_from=(JobState.QUEUED,))
        return self.job(job_id)

    def requeue_job(self, job_id: str, *, worker: str | None = None, counted: bool = True) -> Job:
        """Let a running job wait again, since its worker is gone; cancel it if that was asked for.

        Parameters
        ----------
        worker
            Only if the job is still this worker's.
        counted
            Whether the start that ends here counts as an attempt: not if it was ended in an orderly way.
        """
        values: dict[str, Any] = {} if counted else {"attempts": _JOBS.attempts - 1}
        self._change(job_id, JobState.QUEUED, worker_is=worker, worker=None, **values)
        job = self.job(job_id)
        waits_in_vain = job.state is JobState.QUEUED and job.cancel_requested
        return self.request_cancel(job_id) if waits_in_vain else job

    def remove_jobs(self, finished_before: str | None = None, *, keep: int = 0) -> list[Job]:
        """Delete jobs that are over, and return them without their results.

        Parameters
        ----------
        finished_before
            Only those that ended before this time (ISO 8601, UTC).
        keep
            So many of those stay, the newest.
        """
        final = _JOBS.state.in_([state.value for state in JobState if state.final])
        ended = func.coalesce(_JOBS.finished_at, _JOBS.created_at)
        query = select(*_WITHOUT_RESULT).where(final).order_by(ended.desc(), _JOBS.id)
        if finished_before is not None:
            query = query.where(ended < finished_before)
        removed: dict[str, Job] = {}
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(query.offset(keep).limit(_TOGETHER)).mappings().all()
            if not rows:
                return list(removed.values())
            removed |= {row["id"]: job_record(row) for row in rows}
            gone = delete(schema.jobs).where(_JOBS.id.in_([row["id"] for row in rows]), final)
            write(self._engine, lambda connection, gone=gone: connection.execute(gone))  # type: ignore[misc]

    def jobs_of_kinds(self, kinds: Collection[str]) -> list[Job]:
        """Every job of some kinds, whatever its state, without its result."""
        query = select(*_WITHOUT_RESULT).where(_JOBS.kind.in_(sorted(kinds))).order_by(_JOBS.id)
        with reading(self._engine) as connection:
            return [job_record(row) for row in connection.execute(query).mappings()]

    def forget_asker(self, person: str) -> None:
        """Take a person out of the jobs that they asked for, which stay, and answer as for nobody."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_JOBS.id, _JOBS.arguments)).all()
        named = [(job_id, arguments) for job_id, arguments in rows if arguments.get("person") == person]

        def rewrite(connection: Connection) -> None:
            for job_id, arguments in named:
                kept = {name: value for name, value in arguments.items() if name != "person"}
                connection.execute(update(schema.jobs).where(_JOBS.id == job_id).values(arguments=kept))

        write(self._engine, rewrite)

    def _change(
        self,
        job_id: str,
        state: JobState,
        *,
        came_from: tuple[JobState, ...] | None = None,
        worker_is: str | None = None,
        **values: Any,
    ) -> bool:
        """Move a job to a state; False if it was in none of the states that lead there."""
        if state.final:
            values["finished_at"] = now()
        return self._set(job_id, came_from or _FROM[state], worker_is, state=state.value, **values)

    def _set(self, job_id: str, states: tuple[JobState, ...], worker_is: str | None, **values: Any) -> bool:
        """Change the row of a job that is in one of the states and, if one is named, a worker's own."""
        demands = [_JOBS.id == job_id, _JOBS.state.in_([state.value for state in states])]
        if worker_is is not None:
            demands.append(_JOBS.worker == worker_is)
        statement = update(schema.jobs).where(*demands).values(**values)
        return write(self._engine, lambda connection: connection.execute(statement).rowcount) == 1
