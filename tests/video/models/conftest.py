"""A fake Gemini, small videos, and the guard that no key is ever logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from fake_gemini import KEY, FakeGemini
from fake_vision import FakeVision
from gemini_helpers import MakeAnalyzer, write_video

from reelscore.net.http import close_connections
from reelscore.video.gemini.analyzer import GeminiAnalyzer
from reelscore.video.gemini.options import GeminiOptions


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and sound."""
    return write_video(tmp_path_factory.mktemp("clip") / "secret holiday in Kiel.mp4")


@pytest.fixture(scope="session")
def blink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second without sound, for tests that look at something else."""
    return write_video(
        tmp_path_factory.mktemp("blink") / "blink.mp4", seconds=0.5, size=(64, 48), sound=False
    )


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a single certificate: each client of the SDK reads the bundle twice, and it is long."""
    end = "-----END CERTIFICATE-----\n"
    path = tmp_path_factory.mktemp("tls") / "one.pem"
    path.write_text(Path(certifi.where()).read_text("utf-8").split(end)[0] + end, "utf-8")
    return path


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, one_certificate: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def fake() -> Iterator[FakeGemini]:
    server = FakeGemini()
    yield server
    server.close()


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[str]]:
    """Everything that any library logs, at any level; the key must not be in it."""
    root, listener = logging.getLogger(), _Listener()
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield listener.lines
    root.removeHandler(listener)
    root.setLevel(before)
    assert not [line for line in listener.lines if KEY in line]


@pytest.fixture
def make_analyzer(fake: FakeGemini) -> MakeAnalyzer:
    """An analyser that talks to the fake, quickly."""

    def make(*, key: str | None = KEY, ledger: Any = None, **options: Any) -> GeminiAnalyzer:
        quick = {
            "base_url": fake.url,
            "model": "fake-flash",
            "backoff_seconds": 0.01,
            "poll_seconds": 0.02,
            "request_seconds": 5.0,
            "deadline_seconds": 20.0,
            "attempts": 3,
        }
        return GeminiAnalyzer(key, options=GeminiOptions(**(quick | options)), ledger=ledger)

    return make


@pytest.fixture
def vision() -> Iterator[FakeVision]:
    server = FakeVision()
    yield server
    server.close()
    close_connections()
