"""The progress of tasks as server-sent events.

Each event is the task as `GET /api/tasks/{id}` shows it: `progress` while it goes on, then one `done`,
after which the stream ends. One watcher reads the rows of all tasks that are followed, a few times a second
and in one statement, so that this works whoever does the work (a thread of this process or a worker
elsewhere), and costs the same for one stream as for hundreds.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool

from reelscore.errors import ReelscoreError

log = logging.getLogger(__name__)

# A line now and then keeps proxies from closing a stream that has nothing to say.
_HEARTBEAT_SECONDS = 15.0
_POLL_SECONDS = 0.2
_FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})

Task = Mapping[str, Any]


def format_event(name: str, data: Mapping[str, Any]) -> bytes:
    """One event as it goes over the wire; JSON has no line break in it."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


@dataclass
class _Watched:
    followers: int = 0
    task: Task | None = None  # as last read; None: not read yet
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False  # nothing more will be read

    def set(self, task: Task | None, *, is_over: bool = False) -> None:
        if task == self.task and not is_over:
            return
        self.task, self.is_over = task, is_over
        self.changed.set()
        self.changed = asyncio.Event()  # for the next change; those who wait hold the one before


class TaskWatcher:
    """Feeds every event stream of one app; belongs to one event loop.

    Parameters
    ----------
    read_tasks
        Called in a thread with the ids of the tasks that are followed; gives those that there are, by id.
    is_stopping
        Whether the server ends; then all streams end too, and browsers connect again later.
    """

    def __init__(
        self,
        read_tasks: Callable[[Collection[str]], Mapping[str, Task]],
        *,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._read = read_tasks
        self._is_stopping = is_stopping
        self._watched: dict[str, _Watched] = {}
        self._users: Counter[str] = Counter()  # streams of each, if it is known who asks
        self._loop: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """How many streams are open."""
        return sum(watched.followers for watched in self._watched.values())

    def followers_of(self, user: str) -> int:
        """How many streams of one user are open."""
        return self._users[user]

    async def follow(self, task_id: str, user: str = "") -> AsyncIterator[bytes]:
        """Follow a task until it is over, is removed, or the server stops."""
        self._users[user] += 1
        watched = self._watched.setdefault(task_id, _Watched())
        watched.followers += 1
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._watch())
        try:
            yield b"retry: 1000\n\n"
            sent: Task | None = None
            while True:
                changed, task = watched.changed, watched.task
                if task is not None and task != sent:
                    sent = task
                    final = task["state"] in _FINAL_STATES
                    yield format_event("done" if final else "progress", task)
                    if final:
                        return
                if watched.is_over:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            watched.followers -= 1
            self._users[user] -= 1
            self._users += Counter()  # forgets who has none any more
            if not watched.followers and self._watched.get(task_id) is watched:
                del self._watched[task_id]

    async def _watch(self) -> None:
        try:
            stopping = False
            while self._watched and not stopping:
                stopping = self._is_stopping()  # first, so that an end that came before it is still sent
                ids = list(self._watched)
                tasks = await run_in_threadpool(self._read, ids)
                for task_id in ids:
                    if task_id in self._watched:
                        task = tasks.get(task_id)
                        self._watched[task_id].set(task, is_over=task is None)
                await asyncio.sleep(_POLL_SECONDS)
        except ReelscoreError as error:
            log.warning("tasks cannot be followed: %s", error)
        finally:
            for watched in self._watched.values():
                watched.set(watched.task, is_over=True)
            self._watched.clear()
