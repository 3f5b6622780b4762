"""`reelscore live` over a film, with the demo library."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli_commands import Reelscore
from patience import PATIENCE_SECONDS
from picture_models import GREEN, film, install_clip
from reelscore.embedding.clip.reader import find_reader
from reelscore.records import TIMELINE_RATE
from reelscore.sources.demo import demo_videos


@pytest.fixture(scope="module")
def video_file() -> Path:
    """Five seconds of film."""
    return next(path for path in demo_videos() if path.name == "bigbuckbunny.mp4")


def test_a_film_gets_a_set(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path, video_file: Path
) -> None:
    files = [tmp_path / name for name in ("set.wav", "log.jsonl", "set.otio")]
    done = reelscore(
        *("live", video_file, "--speed", 0, "--no-vocals"),
        *("--out", files[0], "--log", files[1], "--timeline", files[2]),
    )
    assert done.code == 0, done.err
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [json.loads(line) for line in files[1].read_text().splitlines()] == events
    assert [event["event"] for event in events if event["event"] != "cut"][:3] == ["source", "mood", "song"]
    assert events[-1]["event"] == "stopped"
    sound, rate = soundfile.read(files[0])
    assert rate == TIMELINE_RATE
    assert len(sound) / rate == pytest.approx(events[-1]["time"], abs=0.1)
    assert np.abs(sound).max() > 0.05
    tracks = json.loads(files[2].read_text())["tracks"]["children"]
    song = next(event for event in events if event["event"] == "song")["song"]
    assert Path(song["uri"]).name in json.dumps(tracks)


def test_events_alone_need_no_library(reelscore: Reelscore, tmp_path: Path, video_file: Path) -> None:
    done = reelscore("live", video_file, "--speed", 0, "--no-music")
    assert done.code == 0, done.err
    assert {json.loads(line)["event"] for line in done.out.splitlines()} >= {"source", "mood", "stopped"}
    assert list((tmp_path / "home" / "live").glob("*.jsonl"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rtsp://camera.local/1"], "REELSCORE_LIVE_HOSTS"),
        (["nothing.mp4"], "does not exist"),
        (["-", "--timeline", "set.txt"], "cannot write set.txt"),
    ],
)
def test_mistakes_are_told(reelscore: Reelscore, arguments: list[str], message: str) -> None:
    done = reelscore("live", *arguments)
    assert done.code == 1
    assert message in done.err


def test_what_is_seen_is_told_and_a_model_that_is_missing(
    reelscore: Reelscore, tmp_path: Path, green_film: Path
) -> None:
    reader = find_reader(tmp_path / "home" / "models")
    assert reader is not None
    reader.read([np.zeros((224, 398, 3), np.uint8)])  # what is made at the first use is there
    done = reelscore("live", green_film, "--speed", 8, "--no-music", "--ask-model", 5)
    assert done.code == 0, done.err
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["message"] for event in events if event["event"] == "problem"] == [
        "no model is asked: set GEMINI_API_KEY, or REELSCORE_VISION_URL"
    ]
    (seen,) = [event for event in events if event["event"] == "seen"]
    assert "forest" in [each["word"] for each in seen["words"]]


@pytest.fixture
def green_film(tmp_path: Path) -> Path:
    """Half a minute of green, and the small model that has a word for it."""
    install_clip(tmp_path / "home" / "models")
    return film(tmp_path / "green.mp4", GREEN, seconds=30)


def test_an_empty_library_is_told_before_anything_runs(reelscore: Reelscore, video_file: Path) -> None:
    done = reelscore("live", video_file, "--speed", 0)
    assert done.code == 1
    assert "the library is empty" in done.err


def test_a_stop_ends_everything_and_leaves_a_log_and_a_timeline(tmp_path: Path) -> None:
    film = next(path for path in demo_videos() if path.name == "bikes.mp4")
    log, timeline = tmp_path / "log.jsonl", tmp_path / "set.otio"
    code = "from reelscore.cli.main import run; run()"
    asked = ["live", str(film), "--no-music", "--log", str(log), "--timeline", str(timeline)]
    command = [sys.executable, "-c", code, *asked]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    events = [json.loads(process.stdout.readline()) for _ in range(2)]  # it runs: a first mood or cut
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err
    events += [json.loads(line) for line in out.splitlines()]
    stopped = next(event for event in events if event["event"] == "stopped")
    assert stopped["why"] == "stopped by hand"
    assert stopped["time"] < 10.0  # of a film of ten
    assert [json.loads(line) for line in log.read_text().splitlines()] == events
    assert json.loads(timeline.read_text())["OTIO_SCHEMA"].startswith("Timeline")
