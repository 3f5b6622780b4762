"""Films and music of the export tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The films of the video tests, and what lies beside this file whichever tests run.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "video")]


@pytest.fixture
def click_song(tmp_path: Path) -> Path:
    """Eight seconds with clicks at 2.0 and 5.5 s."""
    from sounds import clicks

    return clicks(tmp_path / "clicks #1.wav", [2.0, 5.5])
