"""The progress of one task as server-sent events.

Each event is the task as `GET /api/tasks/{id}` shows it: `progress` while it goes on, then one `done`,
after which the stream ends. The row in SQL is read a few times a second, so that this works whoever
does the work: a thread of this process or a worker elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

# A line now and then keeps proxies from closing a stream that has nothing to say.
_HEARTBEAT_SECONDS = 15.0
_POLL_SECONDS = 0.2
_FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})


def format_event(name: str, data: Mapping[str, Any]) -> bytes:
    """One event as it goes over the wire; JSON has no line break in it."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def task_events(
    read_task: Callable[[], Mapping[str, Any]], *, is_stopping: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Follow a task to its end, or until the server stops (the browser then connects again)."""
    yield b"retry: 1000\n\n"
    last: Mapping[str, Any] | None = None
    last_sent = time.monotonic()
    while not is_stopping():
        task = await run_in_threadpool(read_task)
        final = task["state"] in _FINAL_STATES
        if task != last:
            yield format_event("done" if final else "progress", task)
            last, last_sent = task, time.monotonic()
        elif time.monotonic() - last_sent > _HEARTBEAT_SECONDS:
            yield b": still here\n\n"
            last_sent = time.monotonic()
        if final:
            return
        await asyncio.sleep(_POLL_SECONDS)
