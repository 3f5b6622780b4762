"""What monitors see: life and readiness apart, metrics that a parser reads, logs with the id of a request."""

from __future__ import annotations

import io
import json
import logging
import threading
import zipfile
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from reelscore.api import metrics as metrics_module
from reelscore.api.app import create_app
from reelscore.catalog.store import Catalog
from reelscore.cli.logs import JsonLines, TextLines
from reelscore.config import Settings
from reelscore.embedding.lite.taggers import Taggers
from reelscore.errors import StorageError
from reelscore.index.base import VectorIndex
from reelscore.maintenance.bench import bench, made_sound
from reelscore.monitoring import MONITOR, Monitor
from reelscore.wiring import Wiring


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return Wiring(Settings(home=tmp_path / "home"))


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring), base_url="http://localhost", raise_server_exceptions=False)


def families(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        sample.name + (sample.labels.pop("le", "") and "|le"): {}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    } | {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_metrics_are_read_by_a_parser(client: TestClient) -> None:
    client.get("/api/songs")
    client.get("/api/songs/some-secret-name")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = families(answer.text)
    assert found["reelscore_library_up"] == {(): 1.0}
    assert found["reelscore_resident_bytes"][()] > 10_000_000
    assert found["reelscore_songs"] == {(): 0.0}
    for name in ("reelscore_quota_left", "reelscore_index_points", "reelscore_jobs", "reelscore_free_bytes"):
        assert name in found, name
    assert 'route="/api/songs/{song_id}",status="404"' in answer.text and "some-secret" not in answer.text


def test_metrics_are_told_of_a_library_that_fails(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Catalog) -> int:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(Catalog, "counts", fail)
    monkeypatch.setattr(Catalog, "song_count", fail)
    found = families(client.get("/metrics").text)
    assert found["reelscore_library_up"] == {(): 0.0} and "reelscore_songs" not in found
    assert client.get("/health").json()["data"]["songs"] is None
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "storage")


def test_an_index_that_cannot_be_used_is_not_counted_as_empty(
    client: TestClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Wiring, space: str) -> VectorIndex:
        raise StorageError("the Qdrant server is away")

    monkeypatch.setattr(Wiring, "index", fail)
    found = families(client.get("/metrics").text)
    assert found["reelscore_index_points"] == {} and len(found["reelscore_index_vectors"]) >= 3
    spaces = client.get("/api/library/health").json()["data"]["index"]["spaces"]
    assert {row["points"] for row in spaces} == {None}


def test_a_database_that_hangs_holds_no_monitor_up(
    client: TestClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    assert client.get("/ready").status_code == 200
    monkeypatch.setattr("reelscore.api.routes.health._LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Catalog, "song_count", lambda _: free.wait(60))
    try:
        assert client.get("/health").json()["data"]["status"] == "ok"
        assert client.get("/ready").status_code == 503
    finally:
        free.set()


def test_runs_of_a_model_are_measured() -> None:
    before = MONITOR.runs.get(("taggers.onnx", "run"))
    count = before.count if before else 0
    Taggers(threads=1).run(made_sound(16_000, 3.0))
    assert MONITOR.runs["taggers.onnx", "run"].count > count
    assert MONITOR.runs["taggers.onnx", "load"].seconds > 0 and "taggers.onnx" in MONITOR.memory


def test_only_the_last_hour_is_kept() -> None:
    moment = [6000.0]
    monitor = Monitor(clock=lambda: moment[0])
    for minute in range(90):
        moment[0] = 6000.0 + 60 * minute
        monitor.answered("GET", "/", 500 if minute == 89 else 200, 0.5)
    minutes = monitor.last_hour()
    assert len(minutes) == 60 and minutes[-1].failed == 1 and minutes[0].began == 6000.0 + 60 * 30
    times = monitor.requests["GET", "/", 200]
    assert times.count == 89 and sum(times.classes) == 89


def test_the_last_hour_is_told(client: TestClient) -> None:
    client.get("/api/songs")
    minutes = client.get("/api/library/last-hour").json()["data"]
    assert minutes[-1]["requests"] >= 1 and minutes[-1]["resident"] > 0


def test_a_line_of_the_log_names_its_request(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    keep, logger = Keep(), logging.getLogger("reelscore.api.guard")
    logger.addHandler(keep)
    caplog.set_level(logging.INFO)
    try:
        answer = client.get("/api/songs?search=secret")
    finally:
        logger.removeHandler(keep)
    line = json.loads(lines[-1])
    assert line["request"] == answer.headers["x-request-id"] and line["level"] == "info"
    assert line["message"].startswith("GET /api/songs: 200 in") and "secret" not in "".join(lines)


def test_a_backup_comes_from_the_page(client: TestClient, wiring: Wiring) -> None:
    _ = wiring.catalog
    answer: httpx.Response = client.post("/api/library/backup")
    assert answer.status_code == 200 and ".zip" in answer.headers["content-disposition"]
    assert set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == {"manifest.json", "library.sqlite3"}
    assert not list(wiring.settings.home.glob(".backup*"))


def test_bench_says_time_and_memory_of_every_step(wiring: Wiring) -> None:
    found = bench(wiring, repeats=1)
    assert [row["name"] for row in found["steps"]] == [
        "measure a sound",
        "embed a sound",
        "embed words (lite-1)",
    ]
    assert all(row["seconds"] > 0 for row in found["steps"]) and found["resident_mb"] > 10
    assert {row["stage"] for row in found["models"]} >= {"run"}
    assert metrics_module.CONTENT_TYPE


def test_a_message_of_several_lines_is_one_line_of_the_log() -> None:
    record = logging.LogRecord("celery", logging.ERROR, "", 0, "no broker.\nTrying again ...\n", None, None)
    assert TextLines("%(levelname)s %(message)s").format(record) == "ERROR no broker. Trying again ..."
