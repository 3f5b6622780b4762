"""Packets in MP4: the sound is the same, and second 0 is that of the analysis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelscore.audio.decode import load, probe
from reelscore.audio.remux import remux
from reelscore.errors import UnusableAudioError
from sound_files import RATE, encode, music

_MOST_SHIFT = 50  # samples: 1 ms, which the packet that begins next may be late
VBR = {"global_quality": "236", "flags": "+qscale"}
SOUND = music(6.0, seed=3)
KINDS: dict[str, Callable[[Path], Path]] = {
    "MP3": lambda d: encode(d / "a.mp3", SOUND, "libmp3lame"),
    "VBR MP3 without header": lambda d: encode(
        d / "a.mp3", SOUND, "libmp3lame", stream_options=VBR, options={"write_xing": "0"}
    ),
    "raw AAC": lambda d: encode(d / "a.aac", SOUND, "aac", form="adts"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_sound_and_second_zero_stay(kind: str, tmp_path: Path) -> None:
    path, target = KINDS[kind](tmp_path), tmp_path / "a.m4a"
    remux(path, target)
    before, after = (load(file, sample_rate=RATE) for file in (path, target))
    assert probe(target).container.startswith("mov")
    assert after.duration == pytest.approx(before.duration, abs=0.03)
    # Behind the first packets, before which a decoder lacks what the next ones build on.
    piece = before.samples[RATE : 2 * RATE]
    shifts = range(-_MOST_SHIFT, _MOST_SHIFT + 1)
    near = min(float(np.abs(after.samples[RATE + at : 2 * RATE + at] - piece).max()) for at in shifts)
    assert near < 2e-3


def test_a_file_that_changes_its_rate_is_refused(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.mp3", SOUND, "libmp3lame", options={"id3v2_version": "0"})
    second = encode(tmp_path / "b.mp3", SOUND, "libmp3lame", out_rate=22_050, options={"id3v2_version": "0"})
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(UnusableAudioError, match="changes the form"):
        remux(joined, tmp_path / "x.m4a")
