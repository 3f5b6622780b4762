"""WAV cues: exact in length and place, read by libsndfile and FFmpeg."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from export_cases import CASES, NTSC_30, make_timeline

from reelscore.export.cue import cue_form, plan_cues, with_cues
from reelscore.export.frame_grid import frame_after, frame_before, lay_out, sample_of_frame
from reelscore.export.wav import Label, WavForm, pcm24, wav_head, wav_tail
from reelscore.records import Timeline


def wav_file(form: WavForm, samples: np.ndarray) -> bytes:
    return wav_head(form) + pcm24(samples) + wav_tail(form)


def chunks(data: bytes) -> dict[bytes, bytes]:
    found, at = {}, 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def test_libsndfile_reads_every_sample(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, (2, 4801)).astype(np.float32)
    form = WavForm(samples=4801, labels=(Label(10, "a"), Label(4000, "中文")))
    read, rate = soundfile.read(io.BytesIO(wav_file(form, sound)), always_2d=True)
    assert rate == 48_000
    assert np.abs(read.T - sound).max() < 2**-22
    assert soundfile.info(io.BytesIO(wav_file(form, sound))).subtype == "PCM_24"


def test_odd_lengths_are_padded() -> None:
    form = WavForm(samples=3, channels=1)
    data = wav_file(form, np.zeros((1, 3)))
    assert len(data) % 2 == 0
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8


def test_ffmpeg_reads_the_labels_as_chapters_and_the_time_reference(tmp_path: Path) -> None:
    form = WavForm(
        samples=96_000, time_reference=2**33 + 5, labels=(Label(24_000, "hit"), Label(72_000, "end"))
    )
    path = tmp_path / "cue.wav"
    path.write_bytes(wav_file(form, np.zeros((2, 96_000))))
    with av.open(str(path)) as container:
        assert container.metadata["time_reference"] == str(2**33 + 5)
        assert container.metadata["encoded_by"] == "reelscore"
        chapters = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in container.chapters()]
    assert chapters == [(Fraction(1, 2), "hit"), (Fraction(3, 2), "end")]


def test_above_four_gigabytes_the_head_is_rf64_of_the_same_length() -> None:
    small, large = WavForm(samples=10), WavForm(samples=10**9)
    head = wav_head(large)
    assert len(head) == len(wav_head(small))
    assert head[:4] == b"RF64"
    whole, size, samples, _ = struct.unpack_from("<QQQI", head, 20)
    assert (size, samples) == (6 * 10**9, 10**9)
    assert whole == len(head) + size - 8


@pytest.mark.parametrize("timeline", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("shift", [0, 1, 777, 1600])
def test_a_cue_begins_on_a_frame_and_holds_all_of_its_music(timeline: Timeline, shift: int) -> None:
    music = tuple(replace(event, record_in=event.record_in + shift) for event in timeline.music)
    timeline = replace(timeline, music=music)
    cues = plan_cues(timeline)
    assert len(cues) == 2
    for cue, event in zip(cues, timeline.music, strict=True):
        assert cue.start == sample_of_frame(cue.start_frame, timeline)
        assert 0 <= event.record_in - cue.start <= timeline.sample_rate / timeline.rate + 1
        assert cue.start + cue.samples >= min(event.record_in + event.length, sample_of_frame(300, timeline))
        reference = cue_form(timeline, cue).time_reference
        assert reference * timeline.rate / 48_000 == pytest.approx(
            timeline.start_frame + cue.start_frame, abs=0.01
        )
    placed = with_cues(timeline, cues, ["/a.wav", "/b.wav"])
    for clip, cue in zip(lay_out(placed).music, cues, strict=True):
        assert (clip.start, clip.frames, clip.source_start(timeline.rate)) == (cue.start_frame, cue.frames, 0)


def test_pieces_that_touch_are_one_cue_with_all_in_its_sound() -> None:
    timeline = make_timeline(Fraction(25))
    first = timeline.music[0]
    second = replace(first, record_in=first.record_in + first.length - 1_440, gain_db=-3.0)
    cues = plan_cues(replace(timeline, music=(first, second)))
    assert len(cues) == 1
    assert cues[0].baked
    assert len(cues[0].events) == 2
    placed = with_cues(timeline, cues, ["/a.wav"]).music[0]
    assert (placed.gain_db, placed.fade_in, placed.fade_out) == (0.0, 0, 0)


def test_frames_around_a_sample_are_found_at_1001_rates() -> None:
    timeline = make_timeline(NTSC_30)
    for frame in range(0, 2000, 7):
        sample = sample_of_frame(frame, timeline)
        assert frame_before(sample, timeline) == frame_after(sample, timeline) == frame
        assert (frame_before(sample + 1, timeline), frame_after(sample + 1, timeline)) == (frame, frame + 1)
        assert frame_before(sample - 1, timeline) == frame - 1


def test_labels_of_a_cue_count_from_its_first_sample() -> None:
    timeline = CASES["25"]
    cue = plan_cues(timeline)[0]
    form = cue_form(timeline, cue)
    first = (cue.start_frame, cue.start)
    assert first == (12, 12 * 1920)
    assert [(label.sample, label.name) for label in form.labels[:2]] == [
        ((50 - 12) * 1920, "cut"),
        ((60 - 12) * 1920, "hit | one"),
    ]
    listed = chunks(wav_head(form) + pcm24(np.zeros((2, form.samples))))
    count = struct.unpack_from("<I", listed[b"cue "])[0]
    assert count == sum(0 <= label.sample < form.samples for label in form.labels)
    assert listed[b"bext"][256:265] == b"reelscore"
