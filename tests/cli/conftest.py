"""Commands are tried alone and beside a server that owns the library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve


@pytest.fixture(params=["alone", "beside a server"])
def served(request: pytest.FixtureRequest, demo_library_home: Path) -> Iterator[None]:
    """The demo's library, which nobody owns or a server does."""
    if request.param == "alone":
        yield
        return
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        yield
    wiring.close()


@pytest.fixture
def song(demo_library_home: Path) -> str:
    """The id of a song of the demo's library."""
    wiring = Wiring(Settings(home=demo_library_home))
    songs, _ = wiring.catalog.list_songs(limit=1)
    wiring.close()
    return songs[0].id
