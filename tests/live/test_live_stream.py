"""A set over a stream that somebody sends, by the clock: how soon a change of its picture is heard."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from drawn_stream import CALM, DARK, HECTIC, Scene, drawn
from set_songs import song_values, track_of

from patience import PATIENCE_SECONDS
from reelscore.live.feeding import Feed
from reelscore.live.inputs import read_source
from reelscore.live.running import Run
from reelscore.live.session import LiveSet

HERE = frozenset({"127.0.0.1"})
SONGS = [
    song_values(number, bpm=bpm, energy=energy, seconds=120.0)
    for number, (bpm, energy) in enumerate([(90, 0.2), (92, 0.25), (140, 0.9), (142, 0.85), (91, 0.3)])
]


def write_stream(path: Path, scenes: Sequence[Scene]) -> Path:
    with av.open(str(path), "w", format="mpegts") as container:
        video = container.add_stream("libx264", rate=25, width=128, height=72, pix_fmt="yuv420p")
        video.options = {"preset": "ultrafast", "g": "25", "tune": "zerolatency"}
        for index, (_, image) in enumerate(drawn(scenes)):
            frame = av.VideoFrame.from_ndarray(image.repeat(2, 0).repeat(2, 1), format="rgb24")
            frame.pts = index
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def follow(film: Path, *, speed: int) -> list[dict[str, Any]]:
    """The events of a set over a stream sent over TCP, with the second of the stream at which each came."""
    port = free_port()
    feed = Feed(read_source(f"tcp://127.0.0.1:{port}?listen=1", HERE), HERE, wait=600.0)
    events: list[dict[str, Any]] = []

    def tell(event: Any) -> None:
        events.append({**event, "came": feed.elapsed})

    def send() -> None:
        command = ["ffmpeg", "-v", "error", "-readrate", str(speed), "-i", str(film), "-c", "copy"]
        for _ in range(50):  # until somebody listens
            done = subprocess.run(
                [*command, "-f", "mpegts", f"tcp://127.0.0.1:{port}"], stdin=subprocess.DEVNULL, check=False
            )
            if done.returncode == 0:
                break
            time.sleep(0.1)
        while feed._pieces:
            time.sleep(0.1)
        time.sleep(1.0)
        feed.stop()

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    Run(
        LiveSet(ask=lambda query: {"songs": SONGS}, load=lambda song: track_of(dict(song)), emit=tell), feed
    ).go()
    sender.join()
    return events


@pytest.mark.slow
def test_a_change_in_a_stream_is_told_and_heard_soon(tmp_path: Path) -> None:
    lengths = [14.0, 16.0, 16.0, 14.0]
    scenes = [
        Scene(length, **each) for length, each in zip(lengths, (CALM, HECTIC, DARK, HECTIC), strict=True)
    ]
    events = follow(write_stream(tmp_path / "film.ts", scenes), speed=1)
    moods = [event for event in events if event["event"] == "mood"]
    late = []
    for begin, end in itertools.pairwise(np.cumsum(lengths)):
        late += [event["came"] - begin for event in moods if begin <= event["time"] < end][:1]
    assert len(late) == 3
    assert np.median(late) <= 2.5, late
    changes = [event for event in events if event["event"] == "song" and event["why"] == "mood"]
    assert len(changes) == 3
    for event in changes:
        before = next(song for song in SONGS if song["id"] == event["before"]["song_id"])
        bar = 4 * 60.0 / before["features"]["tempo_bpm"]
        assert 0.0 <= event["at"] - event["decided"] <= bar + 0.1


def test_a_stream_that_flickers_keeps_its_song(tmp_path: Path) -> None:
    scenes = [Scene(1.0, **(CALM if number % 2 else DARK)) for number in range(70)]
    events = follow(write_stream(tmp_path / "film.ts", scenes), speed=8)
    changes = [event["time"] for event in events if event["event"] == "song" and event["why"] == "mood"]
    assert [event["event"] for event in events].count("song") >= 1
    assert all(after - before >= 60.0 for before, after in itertools.pairwise(changes))
    assert len(changes) <= 1


def _knows_srt() -> bool:
    try:
        found = subprocess.run(
            ["ffmpeg", "-v", "error", "-protocols"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return "srt" in found.stdout.split()


@pytest.mark.skipif(not _knows_srt(), reason="this FFmpeg knows no SRT")
def test_an_srt_stream_comes_through_a_pipe(tmp_path: Path) -> None:
    film = write_stream(tmp_path / "film.ts", [Scene(2.0, **DARK), Scene(2.0, **CALM)])
    address = f"srt://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    code = (
        "from reelscore.live.inputs import *\n"
        "none = frozenset()\n"
        "print(sum(isinstance(one, Picture) for one in pieces_of(read_source('-', none), none)))"
    )
    quiet = ["ffmpeg", "-v", "error"]
    taken = [*quiet, "-i", f"{address}?mode=listener", "-c", "copy", "-f", "mpegts", "-"]
    sent = [*quiet, "-re", "-i", str(film), "-c", "copy", "-f", "mpegts", f"{address}?mode=caller"]
    with subprocess.Popen(taken, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as listener:
        reader = subprocess.Popen([sys.executable, "-c", code], stdin=listener.stdout, stdout=subprocess.PIPE)
        for _ in range(50):
            if subprocess.run(sent, stdin=subprocess.DEVNULL, check=False).returncode == 0:
                break
            time.sleep(0.1)
        out, _ = reader.communicate(timeout=PATIENCE_SECONDS)
    assert int(out) == pytest.approx(100, abs=8)
