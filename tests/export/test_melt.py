"""MLT projects rendered by melt itself: its picture and its sound lie where ours do."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import AS_IT_IS, RATE, onsets, sound_of, timeline_of
from video_files import write

from patience import PATIENCE_SECONDS
from reelscore.export.cue import plan_cues, with_cues
from reelscore.export.mlt import write_mlt
from reelscore.export.render import render_cue, render_mix
from reelscore.records import Timeline

pytestmark = pytest.mark.skipif(shutil.which("melt") is None, reason="melt is not installed (Debian: melt)")

NTSC_24, NTSC_30 = Fraction(24000, 1001), Fraction(30000, 1001)


def striped(path: Path, rate: Fraction, *, late: int = 0, size: tuple[int, int] = (160, 90)) -> Path:
    """Six seconds that are dark but for one bright frame, number 50, with silent sound."""
    width, height = size
    frames = [
        np.full((height, width, 3), 200 if index == 50 else 20, np.uint8) for index in range(round(6 * rate))
    ]
    times = [late + round(1000 * index / rate) for index in range(len(frames))] if late else None
    return write(path, frames, rate=rate, times=times, sound=np.zeros(16_000 * 6, np.float32))


def rendered(timeline: Timeline, folder: Path) -> Path:
    """The project of a timeline, rendered by melt with lossless sound and pictures."""
    project, target = folder / "project.mlt", folder / "melt.mkv"
    project.write_text(write_mlt(timeline), encoding="utf-8")
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "suffix", "late", "record_in"),
    [
        (Fraction(25), "mp4", 0, 0.5),
        (NTSC_30, "mov", 0, 0.7003),
        (NTSC_24, "mp4", 0, 1.0 / 3),
        (Fraction(25), "mkv", 500, 0.5),
    ],
)
def test_melt_plays_music_and_picture_where_our_mix_does(
    tmp_path: Path, click_song: Path, rate: Fraction, suffix: str, late: int, record_in: float
) -> None:
    source = striped(tmp_path / f"film a & #1 中.{suffix}", rate, late=late)
    timeline = replace(timeline_of(source, click_song, record_in=record_in, source_in=1.0), name="a & <b> #1")
    cue = plan_cues(timeline)[0]
    render_cue(timeline, cue, tmp_path / "cue #1 中.wav")
    melted = rendered(with_cues(timeline, [cue], [str(tmp_path / "cue #1 中.wav")]), tmp_path)
    render_mix(timeline, tmp_path / "ours.wav", AS_IT_IS)
    begin = timeline.picture.picture_start * RATE if timeline.picture else 0
    ours = [onset - begin for onset in onsets(sound_of(tmp_path / "ours.wav"))]
    theirs = onsets(sound_of(melted))
    assert len(theirs) == len(ours) > 0
    assert theirs == pytest.approx([float(onset) for onset in ours], abs=RATE / 1000)
    assert bright_frames(melted) == [50]
    with av.open(str(melted)) as container:
        assert container.streams.video[0].average_rate == rate


@pytest.mark.slow
def test_melt_shows_a_portrait_film_upright(tmp_path: Path, click_song: Path) -> None:
    source = striped(tmp_path / "film.mp4", Fraction(30), size=(90, 160))
    timeline = timeline_of(source, click_song)
    cue = plan_cues(timeline)[0]
    render_cue(timeline, cue, tmp_path / "cue.wav")
    with av.open(
        str(rendered(with_cues(timeline, [cue], [str(tmp_path / "cue.wav")]), tmp_path))
    ) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (90, 160)


@pytest.mark.slow
def test_melt_applies_gain_and_fades(tmp_path: Path, click_song: Path) -> None:
    source = striped(tmp_path / "film.mp4", Fraction(25))
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
