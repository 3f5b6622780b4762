"""The whole product with Gemini: answers and spending through every fault, and the key nowhere."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fake_gemini import (
    GOOD,
    KEY,
    Behaviour,
    FakeGemini,
    body_of,
    failing,
    hanging,
    resetting,
    retry_info,
    saying,
)
from gemini_helpers import write_video
from pydantic import SecretStr

from asked import Asking
from patience import PATIENCE_SECONDS
from reelscore.cli.main import run
from reelscore.config import Settings
from reelscore.wiring import Wiring, close_wirings
from serving import serve, wait_for_task

# Fault -> what the server does, calls that are made, and why the local analyser answered, if it did.
FAULTS: dict[str, tuple[list[Behaviour], int, str | None]] = {
    "none": ([], 1, None),
    "empty once": ([saying("")], 2, None),
    "empty twice": ([saying("")] * 2, 2, "it is empty"),
    "blocked": ([saying("", finish="SAFETY")], 1, "refuses to answer"),
    "cut off once": ([saying('{"desc', finish="MAX_TOKENS")], 2, None),
    "cut off twice": ([saying('{"desc', finish="MAX_TOKENS")] * 2, 2, "cut off"),
    "wrong schema once": ([saying({"a": 1})], 2, None),
    "wrong schema twice": ([saying({**GOOD, "phrases": []})] * 2, 2, "phrases has 0 usable items"),
    "429 with a short delay": ([failing(429, details=[retry_info("0.05s")])], 2, None),
    "429 with a long delay": ([failing(429, details=[retry_info("60s")])], 1, "trying again in 60 s"),
    "500 once": ([failing(500)], 2, None),
    "500 for good": ([failing(500)] * 9, 2, "given up after 2 attempts"),
    "no answer": ([hanging] * 9, 2, "did not answer in time"),
    "reset once": ([resetting], 2, None),
    "reset for good": ([resetting] * 9, 2, "broke off"),
    "refused key": ([failing(401)], 1, "check GEMINI_API_KEY"),
    "refused request": ([failing(400)], 1, "refused the request"),
    "unknown model": ([failing(404)], 1, "REELSCORE_GEMINI_MODEL"),
    "no JSON": ([body_of(b"<html>")], 1, "cannot be read"),
}


@pytest.fixture
def settings(fake: FakeGemini, demo_library_home: Path) -> dict[str, Any]:
    return {
        "home": demo_library_home,
        "GEMINI_API_KEY": SecretStr(KEY),
        "gemini_base_url": fake.url,
        "gemini_model": "fake-flash",
        "gemini_request_seconds": 20.0,  # a busy machine is no fault of the service
        "gemini_deadline_seconds": 50.0,
        "gemini_requests_per_minute": 1000,
        "gemini_attempts": 2,
    }


def clip(folder: Path, number: int = 0) -> Path:
    """A video of its own for each number, so that no stored analysis answers."""
    path = folder / f"clip{number}.mp4"
    return write_video(path, seconds=0.5 + 0.1 * number, size=(64, 48), sound=False)


def spent(home: Path) -> tuple[int, int]:
    """Requests and tokens of the day, as another process reads them."""
    with sqlite3.connect(home / "library.sqlite3") as database:
        rows = database.execute(
            "SELECT requests, tokens FROM service_usage WHERE service = 'gemini'"
        ).fetchall()
    return (sum(row[0] for row in rows), sum(row[1] for row in rows))


def assert_key_is_nowhere(home: Path, *texts: str) -> None:
    secrets = (KEY, quote(KEY, safe=""), KEY[:20])
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
    for path in home.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_songs_and_no_call_is_uncounted(
    fake: FakeGemini, settings: dict[str, Any], tmp_path: Path, logs: list[str], fault: str
) -> None:
    behaviours, calls, reason = FAULTS[fault]
    fake.generates = list(behaviours)
    if fault == "no answer":
        settings["gemini_request_seconds"] = 0.5
    wiring = Wiring(Settings(**settings))
    answer = Asking(wiring).recommend_video(clip(tmp_path), limit=3).to_dict()
    wiring.close()
    assert len(answer["songs"]) == 3
    assert answer["analyzer"] == ("gemini:fake-flash" if reason is None else "local")
    if reason is None:
        assert answer["degraded"] is None
        assert answer["analysis"]["extra"]["usage"]["total_tokens"] >= 1350
    else:
        assert reason in answer["degraded"]
        assert answer["analysis"]["degraded"] == answer["degraded"]
    assert len(fake.asked("generate")) == calls
    assert spent(settings["home"])[0] == calls
    assert_key_is_nowhere(settings["home"], json.dumps(answer), "\n".join(logs), repr(wiring.settings))


def test_the_same_video_is_paid_for_once_and_another_model_asked_anew(
    fake: FakeGemini, settings: dict[str, Any], tmp_path: Path
) -> None:
    video = clip(tmp_path)
    copy = tmp_path / "the same under another name.mp4"
    copy.write_bytes(video.read_bytes())
    for model, path, calls in (("fake-flash", video, 1), ("fake-flash", copy, 1), ("fake-pro", video, 2)):
        wiring = Wiring(Settings(**{**settings, "gemini_model": model}))
        answer = Asking(wiring).recommend_video(path, limit=1)
        wiring.close()
        assert answer.analysis is not None
        assert answer.analysis.analyzer == f"gemini:{model}"
        assert len(fake.asked("generate")) == calls
    assert spent(settings["home"]) == (2, 2700)


def test_a_failed_gemini_is_asked_again_the_next_time(
    fake: FakeGemini, settings: dict[str, Any], tmp_path: Path
) -> None:
    fake.generates = [failing(400)]
    wiring = Wiring(Settings(**settings))
    service, video = Asking(wiring), clip(tmp_path)
    analyzers = [service.recommend_video(video, limit=1).to_dict()["analyzer"] for _ in range(2)]
    wiring.close()
    assert analyzers == ["local", "gemini:fake-flash"]


def test_the_daily_quota_holds_over_restarts(
    fake: FakeGemini, settings: dict[str, Any], tmp_path: Path
) -> None:
    answers = []
    for number in range(3):
        wiring = Wiring(Settings(**{**settings, "gemini_requests_per_day": 2}))
        service = Asking(wiring)
        answers.append(service.recommend_video(clip(tmp_path, number), limit=1).to_dict())
        wiring.close()
    assert [answer["analyzer"] for answer in answers] == ["gemini:fake-flash"] * 2 + ["local"]
    assert "daily quota of 2 Gemini requests" in answers[2]["degraded"]
    assert len(fake.calls) == 2
    assert spent(settings["home"])[0] == 2


def test_the_key_is_in_no_answer_and_no_row_of_the_api(
    fake: FakeGemini, settings: dict[str, Any], tmp_path: Path, logs: list[str]
) -> None:
    wiring = Wiring(Settings(**{**settings, "analyzer": "gemini"}))  # without the local analyser behind it
    seen = []
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        for number, behaviour in enumerate((failing(401), failing(400), failing(500), body_of(b"<html>"))):
            fake.generates = [behaviour] * 2
            with clip(tmp_path, number).open("rb") as file:
                started = client.post("/api/recommendations/analyze-video", files={"video": ("a.mp4", file)})
            task = wait_for_task(client, started.json()["task_id"])
            assert task["state"] == "failed"
            assert task["error"]["code"] in ("analysis", "configuration")
            assert "\n" not in task["error"]["message"]
            seen.append(json.dumps(task))
        for address in ("/api/tasks", "/health", "/api/library/state", "/openapi.json"):
            seen.append(client.get(address).text)
    wiring.close()
    assert_key_is_nowhere(settings["home"], *seen, "\n".join(logs))


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    yield
    close_wirings()
    logging.getLogger("reelscore").setLevel(logging.NOTSET)


@pytest.mark.usefixtures("quiet_logging")
@pytest.mark.parametrize("analyzer", ["auto", "gemini"])
def test_the_key_is_in_nothing_that_the_command_line_prints(
    fake: FakeGemini,
    settings: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    analyzer: str,
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    for name in ("gemini_base_url", "gemini_model", "gemini_request_seconds", "gemini_attempts", "home"):
        monkeypatch.setenv(f"REELSCORE_{name.upper()}", str(settings[name]))
    monkeypatch.setenv("REELSCORE_ANALYZER", analyzer)
    fake.generates = [failing(401)]
    command = ["reelscore", "--verbose", "recommend", "video", str(clip(tmp_path)), "--json", "-n", "1"]
    monkeypatch.setattr(sys, "argv", command)
    code = 0
    try:
        run()
    except SystemExit as leave:
        code = int(leave.code or 0)
    out, err = capfd.readouterr()
    answer = json.loads(out)
    if analyzer == "auto":
        assert code == 0
        assert "check GEMINI_API_KEY" in answer["degraded"]
    else:
        assert code == 1
        assert answer["error"]["code"] == "configuration"
    assert_key_is_nowhere(settings["home"], out, err)
