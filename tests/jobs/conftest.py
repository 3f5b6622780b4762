"""Every queue on its stage: a new one for each test, or one that works already and is shared by a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from job_stage import LocalStage, OpensStage, ProcessStage, Stage

from services_running import Redis

# A new queue is a line here; the whole suite then runs over it.
STAGES: dict[str, OpensStage] = {"local": LocalStage, "celery": ProcessStage}


def _broker(queue: str, request: pytest.FixtureRequest) -> str | None:
    if queue != "celery":
        return None
    server: Redis = request.getfixturevalue("_redis")
    server.start()
    server.ask("FLUSHALL")
    return server.url


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A queue on which nobody works yet."""
    stage = STAGES[request.param](tmp_path, _broker(request.param, request))
    yield stage
    stage.close()


@pytest.fixture(scope="module", params=sorted(STAGES))
def working_stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A queue with a worker, for tests that only add jobs to it."""
    stage = STAGES[request.param](tmp_path_factory.mktemp("working"), _broker(request.param, request))
    stage.start()
    yield stage
    stage.close()


@pytest.fixture(params=["local", "celery"])
def process_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProcessStage]:
    """A queue whose worker is a process that a test may kill."""
    stage = ProcessStage(tmp_path, _broker(request.param, request))
    yield stage
    stage.close()
