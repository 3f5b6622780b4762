"""Fixtures for all rooms. Each test lives in a temporary folder; the demo library is built once a run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from cli_commands import Outcome, Reelscore
from library_copies import copy_home
from reelscore.analysis.hearing import WHOLE, Heard, Part
from reelscore.catalog.db import schema
from reelscore.catalog.store import Catalog
from reelscore.children.pool import POOL
from reelscore.config import Settings
from reelscore.embedding.suite import EmbedderSuite
from reelscore.ingest import run as ingest_run
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring, close_wirings
from services_running import MariaDB, Redis

if TYPE_CHECKING:  # it loads the client of Qdrant, which few tests need
    from qdrant_server import QdrantServer


# Tests assert behaviour, not time: a busy machine is no failure.
hypothesis_settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("ours")


@pytest.fixture(scope="session", autouse=True)
def _media_are_opened_here() -> Iterator[None]:
    """Commands that run within a test do without children, which `tests/children` tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(POOL, "use", lambda more: None)
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of whoever runs it, or writes into their library."""
    ours = ("REELSCORE_", "GEMINI_", "GOOGLE_", "YOUTUBE_", "QDRANT_", "DB_", "CLAP_", "HF_", "CELERY_")
    for name in list(os.environ):
        if name.startswith(ours) or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("REELSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(Settings.model_config, "env_file", None)


# The files that take longest: they drive a browser, listen in real time, or end and restart processes and
# servers. Their tests are `slow`, which `make test` leaves to `make test-slow`. They begin first, so that no
# process is left with one of them at the end; the one that listens beside one that waits for servers.
LONGEST = (
    "web/test_web_audition.py",
    "test_fleet.py",
    "ingest/test_real_files.py",
    "ingest/test_moving_files.py",
    "jobs/test_kills.py",
    "answers/test_recorded_answers.py",
    "index/test_index_edge.py",
    "test_notebooks.py",
    "cli/test_cli_beside.py",
    "maintenance/test_checking.py",
    "web/test_web_clocks.py",
    "jobs/test_job_lives.py",
    "web/test_web_access.py",
    "catalog/test_catalog_server.py",
    "cli/test_cli_handover.py",
    "web/test_web_laying.py",
    "api/test_api_server.py",
    "web/test_web_library.py",
    "web/test_web_query.py",
    "web/test_web_take.py",
    "web/test_web_faults.py",
    "web/test_web_jobs.py",
    "web/test_web_page.py",
    "web/test_web_projects.py",
    "web/test_web_films.py",
    "web/test_web_desk_access.py",
    "web/test_web_picture_clock.py",
    "maintenance/test_reembed.py",
    "maintenance/test_index_copy.py",
    "maintenance/test_models.py",
    "index/test_index_server.py",
    "jobs/test_celery_queue.py",
    "ingest/test_ingestion_pipeline.py",
    "search/test_filters_everywhere.py",
    "search/test_answers_everywhere.py",
    "video/models/test_gemini_product.py",
    "video/test_files_to_songs.py",
    "video/test_odd_files.py",
    "audio/test_silence.py",
    "sources/test_sources_youtube.py",
    "sources/test_sources_jellyfin_plex.py",
    "cli/test_cli.py",
    "agents/test_mcp_agents.py",
    "embedding/clap/test_clap_embedder.py",
    "catalog/test_catalog_transfer.py",
    "export/test_render.py",
    "export/test_real_films.py",
    "export/test_melt.py",
    "catalog/test_catalog_open.py",
    "video/test_showing.py",
    "maintenance/test_copy.py",
    "live/test_live_sources.py",
    "test_installing.py",
)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
    for item in items:
        if item.path in place:
            item.add_marker(pytest.mark.slow)


BuiltOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> BuiltOnce:
    """Fill a folder once for all processes of a run: the first one works, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def build(name: str, fill: Callable[[Path], None]) -> Path:
        folder, ready = shared / name, shared / f"{name}.ready"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
                folder.mkdir()
                fill(folder)
                ready.touch()
        return folder

    return build


@pytest.fixture(scope="session")
def _heard() -> dict[Hashable, Heard]:
    return {}


@pytest.fixture
def heard_once(_heard: dict[Hashable, Heard], monkeypatch: pytest.MonkeyPatch) -> None:
    """An ingest analyses each content once a process, for tests of what becomes of the songs."""
    hear = ingest_run.hear

    def remembered(path: Path, embedders: EmbedderSuite, part: Part = WHOLE, **more: object) -> Heard:
        key = (hashlib.sha256(path.read_bytes()).digest(), embedders.spaces, part)
        if key not in _heard:
            _heard[key] = hear(path, embedders, part, **more)
        return _heard[key]

    monkeypatch.setattr(ingest_run, "hear", remembered)


@pytest.fixture(scope="session")
def _demo_library(built_once: BuiltOnce) -> Path:
    def fill(folder: Path) -> None:
        wiring = Wiring(Settings(home=folder / "home"))
        report = ingest(wiring, "demo")
        wiring.close()
        assert report.added == 28

    return built_once("demo", fill) / "home"


@pytest.fixture
def reelscore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Reelscore]:
    """Runs a command in this process, through the entry point of the console script."""
    from reelscore.cli.main import run  # which most tests do without

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["reelscore", *map(str, arguments)])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        finally:
            close_wirings()  # as the end of the process does
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Outcome(code, out, err)

    yield call
    close_wirings()


@pytest.fixture
def demo_library_home(_demo_library: Path, tmp_path: Path) -> Path:
    """A home with the 28 tracks of the demo, which the test may change."""
    home = tmp_path / "home"
    copy_home(_demo_library, home)
    return home


@pytest.fixture
def demo_wiring(demo_library_home: Path) -> Iterator[Wiring]:
    """The opened library of `demo_library_home`."""
    wiring = Wiring(Settings(home=demo_library_home))
    yield wiring
    wiring.close()


@pytest.fixture(scope="session")
def shared_demo_wiring(_demo_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """An opened demo library for tests that only read; opened once, so that each of them is quick."""
    home = tmp_path_factory.mktemp("shared") / "home"
    copy_home(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    yield wiring
    wiring.close()


@pytest.fixture(scope="session")
def served_home(_demo_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the library behind `server_url`."""
    home = tmp_path_factory.mktemp("served") / "home"
    copy_home(_demo_library, home)
    return home


@pytest.fixture(scope="session")
def server_url(served_home: Path) -> Iterator[str]:
    """A running server over a demo library of its own; tests may add jobs to it, but no songs."""
    from serving import serve

    # What one test keeps is not to change the answers of another.
    wiring = Wiring(Settings(home=served_home, taste=False))
    with serve(wiring) as url:
        yield url
    wiring.close()


@pytest.fixture(scope="session")
def _mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    server = MariaDB(tmp_path_factory.mktemp("mariadb"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mariadb_server(_mariadb: MariaDB) -> MariaDB:
    """A running MariaDB server, one for all tests of a process; a test may stop, kill and restart it."""
    _mariadb.start()
    return _mariadb


@pytest.fixture
def mariadb_url(mariadb_server: MariaDB) -> Iterator[str]:
    """The address of an empty database of its own, `mysql+pymysql://...`."""
    url = mariadb_server.create_database()
    yield url
    mariadb_server.start()  # a test may have stopped it
    mariadb_server.drop_database(url)


@pytest.fixture(scope="session")
def _mariadb_library(_mariadb: MariaDB) -> str:
    url = _mariadb.create_database()
    Catalog(url).close()
    return url


@pytest.fixture
def mariadb_library_url(mariadb_server: MariaDB, _mariadb_library: str) -> Iterator[str]:
    """The address of a database whose tables are there and empty; one for all tests of a process."""
    yield _mariadb_library
    mariadb_server.start()  # a test may have stopped it
    engine = sa.create_engine(_mariadb_library, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(sa.delete(table))


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(_redis: Redis) -> Redis:
    """A running, empty Redis server that forgets everything when it is restarted."""
    _redis.start()
    _redis.ask("FLUSHALL")
    return _redis


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of `redis_server`."""
    return redis_server.url


@pytest.fixture
def lasting_redis_server(tmp_path: Path) -> Iterator[Redis]:
    """A Redis server of its own that has its data again after a restart, or a crash."""
    server = Redis(tmp_path / "redis", keep=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def qdrant_server() -> Iterator[QdrantServer]:
    """An empty server that speaks for Qdrant in a thread of this process; tests order its faults."""
    from qdrant_server import serve_qdrant

    with serve_qdrant() as server:
        yield server


@pytest.fixture
def qdrant_url(tmp_path: Path) -> Iterator[str]:
    """The address of such a server in a process of its own, for tests with several processes."""
    from qdrant_server import run_qdrant

    with run_qdrant(tmp_path / "qdrant") as (url, _):
        yield url
