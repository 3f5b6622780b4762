"""An empty library to ingest into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.wiring import Wiring


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    """An empty library."""
    wiring = Wiring(Settings(home=tmp_path / "home"))
    yield wiring
    wiring.close()
