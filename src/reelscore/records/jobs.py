"""Long work: its progress, and the job that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of long work: `done` of `total` (None while unknown), and a word on what is going on."""

    done: float
    total: float | None
    message: str = ""


# Called often during long work. It may raise CancelledError, and then the work stops there.
ProgressCallback = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """The callback of a caller who does not want to know."""


def part_of(
    progress: ProgressCallback, begin: float, end: float, *, whole: float | None = None
) -> ProgressCallback:
    """The callback for a part of some work, from the share `begin` to `end`: tells how far all of it is.

    `whole`: how much all of it is; not given: as much as the part says of itself.
    """

    def tell(step: Progress) -> None:
        if not step.total:
            progress(step)
            return
        total = whole or step.total
        share = begin + (end - begin) * min(1.0, step.done / step.total)
        progress(Progress(total * share, total, step.message))

    return tell


class JobState(StrEnum):
    """Where a job is. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work. The row in SQL is the truth; whatever queue there is only carries ids."""

    id: str
    kind: str  # the documented task name, such as "analyze_video_and_recommend"
    arguments: Mapping[str, Any]  # JSON values
    state: JobState
    progress: Progress
    created_at: str  # ISO 8601, UTC
    started_at: str | None = None
    finished_at: str | None = None
    attempts: int = 0
    cancel_requested: bool = False
    result: Mapping[str, Any] | None = None  # JSON values
    error: Mapping[str, str] | None = None  # {"code", "message"}
    worker: str | None = None  # who has it, or had it last; "" if a claim did not say
    heartbeat_at: str | None = None  # when the worker was last heard of; ISO 8601, UTC
