"""A server on the loopback interface that speaks OpenAI's chat completions in the dialects of many servers.

What it answers is scripted: each behaviour is used up from the front of `script`, and then everything works.
The shapes follow what Ollama, llama.cpp, LM Studio and vLLM document.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from typing import Any

from fake_gemini import GOOD, Behaviour, Call, body_of
from fake_gemini import Handler as _Handler

VISION_KEY = "sk-TEST_key-that/must+never=be.seen"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1350}


def said(answer: Any = GOOD, *, finish: str = "stop", usage: Any = USAGE, **message: Any) -> Behaviour:
    """A chat completion with a text, or with what is sent as JSON text."""
    text = answer if isinstance(answer, str) or answer is None else json.dumps(answer)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": finish,
    }
    body = {"id": "chatcmpl-1", "object": "chat.completion", "model": "eyes-001", "choices": [choice]}
    return body_of({**body, **({"usage": usage} if usage else {})})


def refused(status: int, error: Any = "it failed", headers: Mapping[str, str] | None = None) -> Behaviour:
    """A refusal; a careless server quotes the key in it."""
    if isinstance(error, str):
        error = {"message": f"{error}, key {VISION_KEY}", "type": "invalid_request_error"}
    return body_of({"error": error}, status, headers)


class FakeVision:
    """The server and its script."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.script: list[Behaviour] = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": self}))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(_Handler):
    fake: FakeVision  # type: ignore[assignment]

    def _take(self, method: str) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.fake.lock:
            self.fake.calls.append(Call(method, self.path, headers, self.body, 0.0))
            behaviour = self.fake.script.pop(0) if self.fake.script else said()
        behaviour(self)
