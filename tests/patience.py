"""How long tests wait for what must come. A busy machine is no failure: only what hangs takes so long."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300.0


def wait_until(condition: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    """Wait for a condition to hold."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.02)
