"""MLT projects rendered by melt itself: its picture and its sound lie where ours do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from export_cases import HARD_NAME
from films import AS_IT_IS, RATE, onsets, phone_times, sound_of, timeline_of, with_timecode
from sounds import clicks
from video_files import write

from patience import PATIENCE_SECONDS
from reelscore.export.cue import plan_cues, with_cues
from reelscore.export.kdenlive import write_kdenlive
from reelscore.export.mlt import write_mlt
from reelscore.export.render import render_cue, render_mix
from reelscore.records import Timeline

pytestmark = pytest.mark.skipif(shutil.which("melt") is None, reason="melt is not installed (Debian: melt)")


def striped(
    path: Path,
    rate: Fraction,
    *,
    times: list[int] | None = None,
    size: tuple[int, int] = (160, 90),
    code: str = "",
    seconds: int = 4,
) -> Path:
    """A film that is dark but for one bright frame, number 50, with silent sound.

    `times`: of its pictures, in milliseconds. `code`: its start timecode.
    """
    width, height = size
    count = len(times) if times else round(seconds * rate)
    frames = [np.full((height, width, 3), 200 if index == 50 else 20, np.uint8) for index in range(count)]
    silence = np.zeros(16_000 * seconds, np.float32)
    if not code:
        return write(path, frames, rate=rate, times=times, sound=silence)
    return with_timecode(write(path.with_stem("plain"), frames, rate=rate, sound=silence), path, code)


def rendered(timeline: Timeline, folder: Path, write_project: Callable[..., str] = write_mlt) -> Path:
    """The project of a timeline, rendered by melt with lossless sound and pictures."""
    project, target = folder / "project.mlt", folder / "melt.mkv"
    project.write_text(write_project(timeline, split=True), encoding="utf-8")
    command = ["melt", "-silent", str(project), "-consumer", f"avformat:{target}"]
    command += ["vcodec=ffv1", "acodec=pcm_s24le", "ar=48000", "real_time=-1", "f=matroska"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
    assert target.is_file(), done.stderr
    return target


def bright_frames(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [
            number
            for number, frame in enumerate(container.decode(video=0))
            if frame.to_ndarray(format="gray").mean() > 100
        ]


NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
NAME = "film a & #1 中"
LATE = [500 + 40 * index for index in range(88)]
# Rate, file, what else `striped` is asked for, and the second of the film at which the music begins.
FILMS: dict[str, tuple[Fraction, str, dict[str, Any], float]] = {
    "23.976": (NTSC_24, f"{NAME}.mp4", {}, 1.0 / 3),
    "24": (Fraction(24), f"{NAME}.mp4", {}, 0.7003),
    "25": (Fraction(25), f"{NAME}.mp4", {}, 0.5),
    "29.97 drop-frame": (NTSC_30, f"{NAME}.mov", {"code": "01:00:00;00"}, 0.7003),
    "29.97": (NTSC_30, f"{NAME}.mov", {"code": "01:00:00:00"}, 0.7003),
    "30": (Fraction(30), f"{NAME}.mp4", {}, 0.7003),
    "50": (Fraction(50), f"{NAME}.mp4", {}, 0.7003),
    "59.94 drop-frame": (NTSC_60, f"{NAME}.mov", {"code": "10:00:00;00"}, 0.7003),
    "variable rate": (Fraction(30), f"{NAME}.mp4", {"times": phone_times(120)}, 0.7003),
    "18:45:23:23": (Fraction(24), f"{NAME}.mov", {"code": "18:45:23:23"}, 0.7003),
    "portrait": (Fraction(30), f"{NAME}.mp4", {"size": (90, 160)}, 0.7003),
    "late picture": (Fraction(25), f"{NAME}.mkv", {"times": LATE}, 0.5),
    "200 characters": (Fraction(25), f"{HARD_NAME.removesuffix('.mov')}.mp4", {}, 0.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("write_project", [write_mlt, write_kdenlive])
@pytest.mark.parametrize(("rate", "name", "more", "record_in"), FILMS.values(), ids=FILMS.keys())
def test_melt_plays_music_and_picture_where_our_mix_does(
    tmp_path: Path,
    rate: Fraction,
    name: str,
    more: dict[str, Any],
    record_in: float,
    write_project: Callable[..., str],
) -> None:
    source = striped(tmp_path / name, rate, **more)
    song = clicks(tmp_path / "clicks.wav", [1.5, 2.5], seconds=8.0)
    timeline = timeline_of(source, song, record_in=record_in, source_in=1.0)
    # Cut on both sides of the bright frame, and elsewhere: the pieces must follow each other.
    timeline = replace(timeline, name="a & <b> #1", cuts=(13, 50, 51))
    cue = plan_cues(timeline)[0]
    render_cue(timeline, cue, tmp_path / "cue #1 中.wav")
    placed = with_cues(timeline, [cue], [str(tmp_path / "cue #1 中.wav")])
    melted = rendered(placed, tmp_path, write_project)
    render_mix(timeline, tmp_path / "ours.wav", AS_IT_IS)
    begin = timeline.picture.picture_start * RATE if timeline.picture else 0
    ours = [onset - begin for onset in onsets(sound_of(tmp_path / "ours.wav"))]
    theirs = onsets(sound_of(melted))
    assert len(theirs) == len(ours) == 2
    assert theirs == pytest.approx([float(onset) for onset in ours], abs=RATE / 1000)
    with av.open(str(melted)) as container:
        shown = container.streams.video[0]
        # Matroska keeps milliseconds, so of short film the mean rate is only near.
        assert float(shown.average_rate or 0) == pytest.approx(float(timeline.rate), rel=1e-3)
        assert (shown.width, shown.height) == more.get("size", (160, 90))
    bright = bright_frames(melted)
    if timeline.picture and timeline.picture.variable_rate:
        # Conformed to the nominal rate: the picture of that moment, on the frame beside it at most.
        moment = (more["times"][50] - more["times"][0]) / 1000 * float(timeline.rate)
        assert bright and all(abs(frame - moment) <= 1 for frame in bright)
    else:
        assert bright == [50]


@pytest.mark.slow
def test_melt_applies_gain_and_fades(tmp_path: Path, click_song: Path) -> None:
    source = striped(tmp_path / "film.mp4", Fraction(25), seconds=6)
    timeline = timeline_of(source, click_song, record_in=0.0, source_in=0.0)
    event = replace(timeline.music[0], length=6 * RATE, gain_db=-6.0, fade_in=RATE, fade_out=RATE)
    timeline = replace(timeline, music=(event,))
    cue = plan_cues(timeline)[0]
    render_cue(timeline, cue, tmp_path / "cue.wav")
    melted = sound_of(rendered(with_cues(timeline, [cue], [str(tmp_path / "cue.wav")]), tmp_path))
    level = np.abs(melted[3 * RATE : 4 * RATE]).max()
    assert level == pytest.approx(0.02 * 10 ** (-6 / 20), rel=0.1)
    assert np.abs(melted[: RATE // 10]).max() < level / 5
    assert np.abs(melted[-RATE // 10 :]).max() < level / 2


@pytest.mark.parametrize("write_project", [write_mlt, write_kdenlive])
def test_melt_shows_a_picture_of_odd_size_upright(tmp_path: Path, write_project: Callable[..., str]) -> None:
    """NTSC at 16:9 is shown as 853 x 480, whose lines melt let slip."""
    half = np.zeros((90, 160, 3), np.uint8)
    half[:, 80:] = 200
    song = clicks(tmp_path / "song.wav", [1.5])
    timeline = timeline_of(write(tmp_path / "film.mp4", [half] * 10, rate=25), song)
    assert timeline.picture is not None
    odd = replace(timeline, music=(), picture=replace(timeline.picture, width=161, height=91))
    with av.open(str(rendered(odd, tmp_path, write_project))) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="gray")
    edges = (picture[4:-4] > 100).argmax(axis=1)
    assert np.ptp(edges) <= 1
    assert abs(edges[0] - picture.shape[1] / 2) <= 2
