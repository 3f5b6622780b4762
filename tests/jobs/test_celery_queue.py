"""What is Celery's alone: the broker that comes and goes, what travels over it, and which lines there are."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_kinds import HANDLERS, QUICK
from job_stage import ProcessStage, wait_until
from kombu.exceptions import OperationalError

from reelscore.errors import ConfigurationError, UnknownNameError
from reelscore.jobs.celery_app import open_app, queue_names, queue_of
from reelscore.jobs.celery_queue import CeleryJobQueue
from reelscore.records import JobState
from services_running import Redis


@pytest.fixture
def stage(tmp_path: Path, redis_server: Redis) -> Iterator[ProcessStage]:
    stage = ProcessStage(tmp_path, redis_server.url)
    yield stage
    stage.close()


def messages(server: Redis, queue: str) -> list[dict[str, object]]:
    """What waits in a line of the broker, as it came over the wire."""
    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=5.0) as one, one.makefile("rb") as answer:
        one.sendall(f"LRANGE {queue} 0 -1\r\n".encode())
        found = []
        for _ in range(int(answer.readline()[1:])):
            found.append(json.loads(answer.read(int(answer.readline()[1:]))))
            answer.readline()
    return found


def test_message_carries_the_id_and_nothing_else(stage: ProcessStage, redis_server: Redis) -> None:
    job = stage.submit("double", value="a secret of somebody")
    (message,) = messages(redis_server, "reelscore.library")
    arguments, options, _ = json.loads(base64.b64decode(str(message["body"])))
    assert (arguments, options) == ([job.id], {})
    assert "secret" not in json.dumps(message)
    headers = message["headers"]
    assert isinstance(headers, dict) and (headers["task"], headers["id"]) == ("double", job.id)
    assert message["content-type"] == "application/json"


def test_broker_that_is_away_delays_a_job_and_the_row_says_so(
    stage: ProcessStage, redis_server: Redis
) -> None:
    redis_server.stop()
    began = time.monotonic()
    job = stage.submit("double", value=4)
    assert time.monotonic() - began < 60  # not as long as the broker is away
    assert job.state is JobState.QUEUED and "CELERY_BROKER_URL" in job.progress.message
    stage.queue.start()  # as the server does: it looks after the rows
    redis_server.start()
    stage.start()
    done = stage.wait_for(job)
    assert done.result == {"value": 8} and done.progress.message == "half way"


def test_broker_that_refuses_us_delays_a_job_too(tmp_path: Path, redis_server: Redis) -> None:
    redis_server.ask("CONFIG SET requirepass right")
    try:
        stage = ProcessStage(tmp_path, redis_server.url.replace("redis://", "redis://:wrong@"))
        job = stage.submit("double", value=4)
        assert job.state is JobState.QUEUED and "CELERY_BROKER_URL" in job.progress.message
        stage.close()
    finally:
        redis_server.stop()  # and with it the password


def test_a_broker_is_greeted_at_the_start(
    tmp_path: Path, redis_server: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    stage = ProcessStage(tmp_path, redis_server.url)
    stage.queue.greet()
    stage.close()
    assert caplog.messages == []
    stage = ProcessStage(tmp_path, redis_server.url.replace("redis://", "redis://:hunter2@")[:-1] + "99")
    with pytest.raises(
        ConfigurationError, match=r"redis://:\*\*@127.0.0.1:\d+/99 refuses CELERY_BROKER_URL: "
    ):
        stage.queue.greet()
    redis_server.stop()
    stage.queue.greet()  # it may come
    stage.close()
    assert len(caplog.messages) == 1 and "cannot be reached" in caplog.text and "hunter2" not in caplog.text


def test_a_broker_over_tls_shows_a_certificate_that_is_trusted() -> None:
    for url, wanted in (
        ("rediss://:p@h/0", ssl.CERT_REQUIRED),
        ("rediss://h/0?ssl_cert_reqs=none", ssl.CERT_NONE),
    ):
        with open_app(url).connection_for_write() as connection:
            assert connection.ssl["ssl_cert_reqs"] == wanted


def test_a_broker_that_was_away_for_long_is_looked_for_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    waits: list[float] = []
    connection = open_app("redis://127.0.0.1:1/0").connection_for_read()
    # As a worker looks for it; a copy of the connection looks alike.
    for each in (connection, connection.clone()):
        with pytest.raises(OperationalError):
            each.ensure_connection(lambda error, wait: waits.append(wait), 12, callback=lambda: None)
        each.release()
    assert len(waits) >= 20 and max(waits) <= 5.0


def test_message_that_the_broker_lost_is_sent_again(stage: ProcessStage, redis_server: Redis) -> None:
    jobs = [stage.submit("double", value=number) for number in range(3)]
    redis_server.restart()  # it keeps nothing
    assert messages(redis_server, "reelscore.library") == []
    stage.start()
    assert [stage.wait_for(job).result for job in jobs] == [{"value": 0}, {"value": 2}, {"value": 4}]


def test_some_lost_messages_among_others_are_noticed(stage: ProcessStage, redis_server: Redis) -> None:
    lost = stage.submit("double", value=1)
    redis_server.ask("FLUSHALL")
    kept = stage.submit("double", value=2)
    stage.queue.start()
    wait_until(lambda: len(messages(redis_server, "reelscore.library")) >= 2)
    time.sleep(4 * QUICK.heartbeat)  # once is enough: the line is not filled with what is in it
    assert len(messages(redis_server, "reelscore.library")) <= 3
    stage.start()
    assert stage.wait_for(lost).attempts == stage.wait_for(kept).attempts == 1


def test_message_that_comes_twice_runs_its_job_once(stage: ProcessStage, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    job = stage.submit("note", name="once", path=str(path))
    assert isinstance(stage.queue, CeleryJobQueue)
    stage.queue.send(job)
    last = stage.submit("double", value=1)
    stage.start()
    stage.wait_for(last)
    assert path.read_text().split() == ["once"]


def test_broker_that_restarts_stops_neither_a_running_job_nor_those_after_it(
    stage: ProcessStage, redis_server: Redis, tmp_path: Path
) -> None:
    stage.start()
    running = stage.submit("keep_silent", seconds=3, path=str(tmp_path / "once"))
    wait_until((tmp_path / "once").exists)
    waiting = stage.submit("double", value=1)
    redis_server.restart()
    after = stage.submit("double", value=2)
    done = stage.wait_for(running)
    assert done.result == {"value": "said"} and done.attempts == 1
    assert stage.wait_for(waiting).result == {"value": 2}
    assert stage.wait_for(after).result == {"value": 4}


def test_worker_of_one_line_leaves_the_others(stage: ProcessStage) -> None:
    library = stage.submit("double", value=1)
    video = stage.submit("analyze_video_and_recommend", value=2)
    stage.start(queues="videos")
    assert stage.wait_for(video).result == {"value": 4}
    time.sleep(5 * QUICK.heartbeat)
    assert stage.catalog.job(library.id).state is JobState.QUEUED
    stage.stop()
    stage.start(queues="library")
    assert stage.wait_for(library).result == {"value": 2}


def test_lines_are_named() -> None:
    assert queue_of("analyze_video_and_recommend") == "reelscore.videos"
    assert queue_of("initialize_music_database") == queue_of("ingest") == "reelscore.library"
    assert queue_of("copy_film") == "reelscore.films"
    assert queue_names(None) == ["reelscore.library", "reelscore.videos", "reelscore.films"]
    assert queue_names(" videos ") == ["reelscore.videos"]
    with pytest.raises(UnknownNameError, match="library"):
        queue_names("videos,stills")


def test_tasks_have_the_documented_names(stage: ProcessStage) -> None:
    assert isinstance(stage.queue, CeleryJobQueue)
    assert set(HANDLERS) <= set(stage.queue.app.tasks)


def test_only_json_is_taken_and_nothing_is_stored(stage: ProcessStage) -> None:
    assert isinstance(stage.queue, CeleryJobQueue)
    conf = stage.queue.app.conf
    assert conf.accept_content == ["json"] and conf.task_ignore_result and conf.result_backend is None
    assert conf.task_acks_late and conf.task_reject_on_worker_lost and conf.worker_prefetch_multiplier == 1


def test_address_of_no_redis_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigurationError, match="redis://") as caught:
        open_app("amqp://me:hunter2@host")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("module", ["celery", "redis"])
def test_missing_extra_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match="pip install 'celery>="):
        open_app("redis://127.0.0.1/0")
