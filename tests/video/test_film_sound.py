"""The waveform of a film's sound: the same however it is read, and where the player has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from video_files import pan, scenery, tone, write

from reelscore.records import AudioClip, Progress, ignore_progress
from reelscore.video.measure import sound
from reelscore.video.measure.sound import measure_sound
from reelscore.video.measure.video import measure_video


@pytest.mark.parametrize("in_stretches", [False, True], ids=["heard whole", "heard in stretches"])
def test_waveform_is_loud_where_the_film_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_stretches: bool
) -> None:
    if in_stretches:
        monkeypatch.setattr(sound, "_STRETCHES", 2)
        monkeypatch.setattr(sound, "_STRETCH_SECONDS", 3.0)
        monkeypatch.setattr(sound, "_BLOCK_SECONDS", 4.0)
    samples = np.zeros(16_000 * 20, np.float32)
    samples[16_000 * 5 : 16_000 * 10] = tone(5, level=0.4)
    samples[16_000 * 15 : 16_000 * 16] = tone(1, level=0.2)
    path = write(tmp_path / "film.mp4", pan(scenery(1), 20), rate=1, sound=samples)
    curve = np.array(measure_sound(path, 20.0).curve)
    assert len(curve) == 800 and curve.max() == 1.0
    assert curve[210:390].min() > 0.8 and curve[:190].max() < 0.02
    assert curve[610:630] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("framed", [False, True], ids=["looked at once", "looked at twice"])
@pytest.mark.parametrize("stretches", [None, 10, 2], ids=["mute", "heard whole", "heard in stretches"])
def test_progress_never_falls_and_is_not_whole_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framed: bool, stretches: int | None
) -> None:
    monkeypatch.setattr(sound, "_STRETCHES", stretches or 2)
    monkeypatch.setattr(sound, "_STRETCH_SECONDS", 3.0)
    monkeypatch.setattr(sound, "_BLOCK_SECONDS", 4.0)
    frames = [frame for seed in range(5) for frame in pan(scenery(50 + seed), 40, step=0.5)]
    if framed:
        desktop, small = pan(scenery(7), 1)[0], [frame[:88:2, ::2] for frame in frames]
        frames = [desktop.copy() for _ in small]
        for whole, frame in zip(frames, small, strict=True):
            whole[30:74, 12:92] = frame
    path = write(tmp_path / "film.mp4", frames, rate=10, sound=tone(20) if stretches else None)
    steps: list[Progress] = []
    measure_video(path, progress=steps.append)
    shares = [step.done / step.total for step in steps if step.total]
    assert len(shares) == len(steps) and shares == sorted(shares)
    assert shares[-1] < 1.0  # what is heard last is still to be measured
    assert [step.total for step in steps] == pytest.approx([20.0] * len(steps), abs=0.1)
    heard = [step for step in steps if step.message == "listening"]
    assert len(heard) >= 2 if stretches else not heard
    assert sum(step.message == "watching" for step in steps) == (40 if framed else 20)


def test_silence_has_no_waveform(tmp_path: Path) -> None:
    path = write(tmp_path / "film.mp4", pan(scenery(1), 3), rate=1, sound=np.zeros(48_000, np.float32))
    assert measure_sound(path, 3.0).curve == ()


def test_sound_behind_days_of_nothing_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # As PyAV reads an FLV film of which the times of all sound are damaged.
    clip = AudioClip(tone(3), sound.SAMPLE_RATE, start=200_000.0)
    read = []

    def load(_: Path, *, offset: float, **_options: object) -> AudioClip:
        read.append(offset)
        return clip

    monkeypatch.setattr(sound, "load", load)
    assert list(sound._blocks(Path("film.flv"), 200_002.5, ignore_progress)) == [clip]
    assert read == [0.0]
