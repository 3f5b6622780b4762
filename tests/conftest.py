"""Fixtures for all rooms. Each test lives in a temporary folder; the demo library is built once a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.services import IngestionService
from reelscore.wiring import Wiring


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of whoever runs it, or writes into their library."""
    ours = ("REELSCORE_", "GEMINI_", "GOOGLE_", "YOUTUBE_", "QDRANT_", "DB_", "CLAP_", "HF_")
    for name in list(os.environ):
        if name.startswith(ours) or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("REELSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(scope="session")
def _demo_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo") / "home"
    wiring = Wiring(Settings(home=home))
    report = IngestionService(wiring).ingest("demo")
    wiring.close()
    assert report.added == 28
    return home


@pytest.fixture
def demo_library_home(_demo_library: Path, tmp_path: Path) -> Path:
    """A home with the 28 tracks of the demo, which the test may change."""
    home = tmp_path / "home"
    shutil.copytree(_demo_library, home)
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
    shutil.copytree(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    yield wiring
    wiring.close()


@pytest.fixture(scope="session")
def server_url(_demo_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server over a demo library of its own; tests may add jobs to it, but no songs."""
    from serving import serve

    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    with serve(wiring) as url:
        yield url
    wiring.close()
