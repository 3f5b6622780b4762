"""The kill test in small: see `tools/kill_test.py`, which does it a hundred times."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from qdrant_server import run_qdrant
from services_running import Redis

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def kill_test() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_test", TOOLS / "kill_test.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_test"] = module  # where its dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_killed_ingest_ends_complete_on_sqlite_and_edge(kill_test: ModuleType, tmp_path: Path) -> None:
    outcome = kill_test.Outcome("edge", kills=3, tracks=12)
    with kill_test.environment("edge", tmp_path) as settings:
        kill_test.run(outcome, tmp_path, settings, seconds=6)
    assert outcome.problems == []
    assert outcome.songs == 12 and set(outcome.points.values()) == {12}
    assert len(outcome.killed_at) == 3


@pytest.mark.slow
def test_killed_worker_ends_complete_on_mariadb_and_celery(
    kill_test: ModuleType, tmp_path: Path, mariadb_url: str, redis_server: Redis
) -> None:
    outcome = kill_test.Outcome("celery", kills=3, tracks=12)
    with kill_test.environment("edge", tmp_path) as plain, run_qdrant(tmp_path / "qdrant") as (qdrant, _):
        servers = {
            "DATABASE_URL": mariadb_url,
            "CELERY_BROKER_URL": redis_server.url,
            "QDRANT_URL": qdrant,
        }
        kill_test.run(outcome, tmp_path, plain | servers, seconds=6)
    assert outcome.problems == []
    assert outcome.songs == 12 and set(outcome.points.values()) == {12}
    assert len(outcome.killed_at) == 3
