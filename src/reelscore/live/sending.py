"""Where the events of a live set go: lines of JSON, and addresses that somebody named."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, TextIO

from reelscore.errors import ReelscoreError
from reelscore.net.http import HttpClient, Timeouts
from reelscore.net.retry import RetryPolicy

Event = Mapping[str, Any]

# Events that wait for a slow address; the oldest are dropped.
_MOST_WAITING = 200


def write_line(file: TextIO, event: Event) -> None:
    """One event as a line of JSON, at once in the file."""
    file.write(json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n")
    file.flush()


class Webhook:
    """Sends each event to an address by POST, from a thread of its own: nothing waits for it.

    Parameters
    ----------
    trusted
        Hosts that may be anywhere; any other must be on the public internet.
    on_problem
        Called with a message if events cannot be sent; once for each run of failures.
    """

    def __init__(self, url: str, trusted: Collection[str], on_problem: Callable[[str], object]) -> None:
        self._url = url
        self._on_problem = on_problem
        self._client = HttpClient(
            "the webhook",
            policy=RetryPolicy(attempts=2),
            timeouts=Timeouts(piece_seconds=5.0, answer_seconds=10.0),
            trusted=trusted,
        )
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="live-webhook", daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Send an event as soon as those before it are sent."""
        with self._changed:
            self._waiting.append(dict(event))
            self._changed.notify_all()

    def close(self, seconds: float = 5.0) -> None:
        """Send what waits, for some seconds at most."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _run(self) -> None:
        failing = False
        while True:
            with self._changed:
                while not self._waiting and not self._over:
                    self._changed.wait()
                if not self._waiting:
                    return
                event = self._waiting.popleft()
            try:
                self._client.send_json(self._url, event)
                failing = False
            except ReelscoreError as error:
                if not failing:
                    self._on_problem(f"events are not received: {error}")
                failing = True
