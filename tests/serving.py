"""A real server for tests of the API and the page: uvicorn on a free port, in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from patience import PATIENCE_SECONDS
from reelscore.api.app import create_app
from reelscore.api.server import Server, open_socket, url_of
from reelscore.wiring import Wiring


@contextmanager
def serve(wiring: Wiring, port: int = 0, **access: bool) -> Iterator[str]:
    """Serve a library; gives the URL, without the slash at its end. `access`: as `create_app` has it."""
    listener = open_socket("127.0.0.1", port)
    listening = threading.Event()
    server = Server(create_app(wiring, **access), on_listening=listening.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert listening.wait(PATIENCE_SECONDS), "the server did not start"
        yield url_of(listener).rstrip("/")
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


def wait_for_task(client: httpx.Client, task_id: str) -> dict[str, Any]:
    """A task once it is over, however it ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        task: dict[str, Any] = client.get(f"/api/tasks/{task_id}").json()["data"]
        if task["state"] in ("succeeded", "failed", "cancelled"):
            return task
        assert time.monotonic() < deadline, f"still {task['state']}: {task['progress']}"
        time.sleep(0.05)
