"""Ask a library the recorded questions through its most lasting door: `reelscore serve` and documented JSON.

Nothing here imports reelscore, so that a recording outlives any rewrite of what is behind that door.
"""

from __future__ import annotations

import io
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

PATIENCE_SECONDS = 300.0

REELSCORE = (sys.executable, "-c", "from reelscore.cli.main import run; run()")
RECORDING = Path(__file__).with_name("recorded.json")
# What the environment of whoever runs this must not decide.
_SETTINGS = (
    "REELSCORE_",
    "DB_",
    "DATABASE_",
    "QDRANT_",
    "CELERY_",
    "GEMINI_",
    "GOOGLE_",
    "CLAP_",
    "YOUTUBE_",
)

Question = Mapping[str, Any]
Answer = dict[str, Any]


def settings_of(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that works on the library of a home, and on nothing else."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    return plain | {"REELSCORE_HOME": str(home), "HF_HUB_OFFLINE": "1", **more}


@contextmanager
def served(settings: Mapping[str, str], folder: Path) -> Iterator[httpx.Client]:
    """A client of a server process, which is stopped whatever happens."""
    port = random.SystemRandom().randrange(20_000, 32_000)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*REELSCORE, "serve", "--port", str(port)],
            env=dict(settings),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
                _wait_for(process, client, folder / "server.log")
                yield client
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], client: httpx.Client, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended: {log.read_text(errors='replace')[-2000:]}"
        try:
            if client.get("/api/songs", params={"limit": 1}).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not answer: {log.read_text(errors='replace')[-2000:]}")


class Asker:
    """Asks questions of one server.

    A string of a question that begins with `@` stands for an id: `@Calm acoustic 1` for that of a song,
    `@bikes.mp4` for that of the analysis of a clip, which a question of the kind `video` made before.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        songs = client.get("/api/songs", params={"limit": 100}).json()["data"]
        self.ids: dict[str, str] = {song["title"]: song["id"] for song in songs}
        self.titles: dict[str, str] = {song["id"]: song["title"] for song in songs}
        assert len(self.ids) == len(songs), "titles of the demo are not unique any more"

    def ask(self, question: Question) -> Answer:
        """What is held of the answer: its songs in order, and what it says of itself."""
        ask = getattr(self, "_ask_" + question["kind"])
        body = self._with_ids(question["body"])
        status, answer, songs = ask(question, body)
        if status >= 400:
            return {"status": status, "code": answer["error"]["code"]}
        return {
            "space": answer.get("space"),
            "degraded": answer.get("degraded"),
            "notes": answer.get("notes", []),
            "songs": [self._song(song) for song in songs],
        }

    # --- the routes: each gives the status, the answer, and the songs of it ---

    def _ask_text(self, _: Question, body: Answer) -> tuple[int, Answer, list[Answer]]:
        return self._posted("/api/recommendations/text-recommendations", json=body)

    def _ask_search(self, _: Question, body: Answer) -> tuple[int, Answer, list[Answer]]:
        return self._posted("/api/recommendations/search", json=body)

    def _ask_song(self, _: Question, body: Answer) -> tuple[int, Answer, list[Answer]]:
        return self._posted("/recommend", json=body)

    def _ask_file(self, question: Question, body: Answer) -> tuple[int, Answer, list[Answer]]:
        name = question["file"]
        sound = made_sound(name) if name.endswith(".wav") else self._sound_of(name)
        return self._posted("/recommend", data=_form(body), files={"song": (name, sound)})

    def _ask_video(self, question: Question, body: Answer) -> tuple[int, Answer, list[Answer]]:
        name = question["file"]
        video = self._client.get(f"/api/demo/videos/{name}").raise_for_status().content
        status, started, _ = self._posted(
            "/api/recommendations/analyze-video", data=_form(body), files={"video": (name, video)}
        )
        if status >= 400:
            return status, started, []
        result = self._result(started["task_id"])
        self.ids[name] = result["analysis_id"]
        return status, result, result["songs"]

    def _posted(self, route: str, **sent: Any) -> tuple[int, Answer, list[Answer]]:
        response = self._client.post(route, **sent)
        answer = response.json()
        songs = answer.get("data")
        return response.status_code, answer, songs if isinstance(songs, list) else []

    # --- how ---

    def _result(self, task_id: str) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            task: Answer = self._client.get(f"/api/tasks/{task_id}").json()["data"]
            if task["state"] in ("succeeded", "failed", "cancelled"):
                assert task["state"] == "succeeded", task["error"]
                return dict(task["result"])
            time.sleep(0.02)
        raise AssertionError(f"task {task_id} did not end")

    def _sound_of(self, title: str) -> bytes:
        return self._client.get(f"/api/songs/{self.ids[title]}/audio").raise_for_status().content

    def _with_ids(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            return self.ids[value[1:]]
        if isinstance(value, Mapping):
            return {name: self._with_ids(item) for name, item in value.items()}
        return [self._with_ids(item) for item in value] if isinstance(value, list) else value

    @staticmethod
    def _song(song: Answer) -> Answer:
        passage = song["passage"] and {name: song["passage"][name] for name in ("start", "end", "why")}
        return {
            "id": song["id"],
            "score": round(song["score"], 6),
            "parts": {name: round(value, 6) for name, value in song["parts"].items()},
            "reasons": song["reasons"],
            "passage": passage,
            "versions": [version["id"] for version in song["versions"]],
        }


def _form(body: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in body.items()
    }


def made_sound(name: str) -> bytes:
    """A WAV file that no library has: eight seconds of soft chords, or of a hard beat."""
    rate, seconds = 22_050, 8
    at = np.arange(rate * seconds) / rate
    if name == "chords.wav":
        roots = np.array([220.0, 174.61, 261.63, 196.0])[(at // 2).astype(int)]
        sound = sum(np.sin(2 * np.pi * roots * step * at) for step in (1.0, 1.25, 1.5)) / 4
        sound = sound * np.exp(-(at % 1.0) * 2)
    else:
        noise = np.random.default_rng(7).standard_normal(at.size)
        beat = at % (60 / 128)
        sound = 0.6 * np.sin(2 * np.pi * 55 * beat) * np.exp(-beat * 12) + 0.2 * noise * np.exp(-beat * 30)
    file = io.BytesIO()
    soundfile.write(file, sound.astype(np.float32), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def differences(expected: Any, found: Any, *, tolerance: float, where: str = "") -> list[str]:
    """What is not the same in two answers, a line each; numbers may differ by the tolerance."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        lines = [f"{where}: only one has {name}" for name in sorted(expected.keys() ^ found.keys())]
        for name in [name for name in expected if name in found]:
            lines += differences(expected[name], found[name], tolerance=tolerance, where=f"{where}.{name}")
        return lines
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{where}: {len(found)} instead of {len(expected)}: {found} instead of {expected}"]
        lines = []
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            lines += differences(one, other, tolerance=tolerance, where=f"{where}[{number}]")
        return lines
    numbers = [type(value) in (int, float) for value in (expected, found)]
    same = math.isclose(expected, found, rel_tol=0, abs_tol=tolerance) if all(numbers) else expected == found
    return [] if same else [f"{where}: {found!r} instead of {expected!r}"]
