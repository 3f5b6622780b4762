"""What editors are told about a file: exact rates, timecode, and when its streams set in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from test_clock import copied
from video_files import pan, scenery, tone, write, write_sound

from reelscore.errors import MediaNotFoundError, UnreadableMediaError
from reelscore.video.container_facts import probe_media, read_timecode, said_of_timecode, standard_rate
from reelscore.video.measure.video import measure_video

NTSC = Fraction(30000, 1001)
FRAMES = pan(scenery(1), 50, step=2)
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(50), 2 * NTSC]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts"])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_rate_is_exact_in_every_container(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    facts = probe_media(write(tmp_path / f"film.{suffix}", FRAMES, rate=rate))
    assert facts.rate == rate
    assert not facts.variable_rate
    assert facts.duration == 50 / rate


def test_a_jittery_phone_clip_is_variable_with_a_nominal_rate(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    times = np.cumsum([0, *rng.choice([25, 33, 34, 50], 49, p=[0.15, 0.35, 0.35, 0.15])])
    facts = probe_media(write(tmp_path / "phone.mp4", FRAMES, rate=30, times=[int(t) for t in times]))
    assert facts.variable_rate
    assert facts.rate in (30, NTSC)  # milliseconds cannot tell
    assert abs(facts.duration - Fraction(int(times[-1]), 1000)) < Fraction(1, 10)


def test_a_film_that_lost_frames_has_the_rate_that_it_was_taken_at(tmp_path: Path) -> None:
    """The mean of what is left is no rate of any camera, and timecode was read at it."""
    times = [40 * index for index in range(50) if index % 7 != 3]
    facts = probe_media(write(tmp_path / "lost.mp4", FRAMES[: len(times)], rate=25, times=times))
    assert (facts.rate, facts.variable_rate) == (25, True)


def test_a_long_film_with_pictures_out_of_order_is_no_variable_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the packets that are looked at, the last ones lack what is shown between them."""
    for preset, packets in (("medium", 20), ("medium", 21), ("medium", 22), ("medium", 23)):
        monkeypatch.setattr("reelscore.video.container_facts._FIRST_PACKETS", packets)
        facts = probe_media(write(tmp_path / "long.mkv", FRAMES, rate=NTSC, preset=preset))
        assert (facts.rate, facts.variable_rate, facts.duration) == (NTSC, False, 50 / NTSC)


def test_a_cut_by_an_edit_list_makes_no_variable_rate(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mp4", FRAMES, rate=NTSC, preset="medium")
    facts = probe_media(copied(whole, tmp_path / "cut.mov", late=-15 / NTSC))
    assert (facts.rate, facts.variable_rate, facts.duration) == (NTSC, False, 35 / NTSC)


def test_millisecond_stamps_are_no_variable_rate(tmp_path: Path) -> None:
    times = [round(index * 1001 / 30) for index in range(50)]
    facts = probe_media(write(tmp_path / "film.mkv", FRAMES, rate=NTSC, times=times))
    assert (facts.rate, facts.variable_rate) == (NTSC, False)


def test_a_late_picture_and_the_sound_stand_on_one_clock(tmp_path: Path) -> None:
    path = write(
        tmp_path / "film.mkv", FRAMES, rate=25, times=[500 + 40 * i for i in range(50)], sound=tone(2)
    )
    facts = probe_media(path)
    assert facts.picture_start - facts.sound_start == pytest.approx(0.5, abs=0.07)  # less the AAC priming
    assert (facts.duration, facts.sample_rate, facts.channels) == (2, 16000, 1)


@pytest.mark.parametrize(
    ("text", "rate", "frame", "drop"),
    [
        ("18:45:23:23", Fraction(24), ((18 * 60 + 45) * 60 + 23) * 24 + 23, False),
        ("01:00:00;00", NTSC, 107892, True),
        ("01:00:00:00", NTSC, 108000, False),
        ("10:00:00;00", 2 * NTSC, 2157840, True),
    ],
)
def test_the_start_timecode_is_read(
    tmp_path: Path, text: str, rate: Fraction, frame: int, drop: bool
) -> None:
    assert read_timecode(text, rate) == (frame, drop)
    path = write(tmp_path / "film.mov", FRAMES[:5], rate=rate)
    with av.open(str(path)) as source, av.open(str(tmp_path / "coded.mov"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.metadata["timecode"] = text
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    facts = probe_media(tmp_path / "coded.mov")
    assert (facts.start_frame, facts.drop_frame) == (frame, drop)


def test_pal_drops_nothing_whatever_the_sign() -> None:
    assert read_timecode("01:00:00;00", Fraction(25)) == (90000, False)


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        ("01:00:00;00", Fraction(24000, 1001), "at 23.976 frames a second it is counted as non-drop"),
        ("01:00:00;00", Fraction(25), "at 25 frames a second it is counted as non-drop"),
        ("01:00:00:00", Fraction(24000, 1001), None),
        ("01:00:00;00", NTSC, None),
        ("half; past one", Fraction(25), None),
    ],
)
def test_drop_frame_at_a_rate_that_has_none_is_said(
    tmp_path: Path, text: str, rate: Fraction, said: str | None
) -> None:
    path = tmp_path / "film.mkv"
    write(tmp_path / "plain.mkv", FRAMES[:30], rate=rate)
    with av.open(str(tmp_path / "plain.mkv")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        target.metadata["timecode"] = text
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert (said or "") in (said_of_timecode(probe_media(path)) or "")
    notes = "; ".join(measure_video(path).notes)
    assert (said in notes) if said else ("timecode" not in notes)


@pytest.mark.parametrize("text", ["", "1:2:3:4", "00:61:00:00", "00:00:00:30", "half past one"])
def test_what_is_no_timecode_is_none(text: str) -> None:
    assert read_timecode(text, NTSC) is None


def test_the_size_is_as_shown(tmp_path: Path) -> None:
    facts = probe_media(write(tmp_path / "portrait.mp4", FRAMES[:5], rotation=90))
    assert (facts.width, facts.height) == (90, 160)


def test_a_stream_without_stamps_is_counted(tmp_path: Path) -> None:
    facts = probe_media(write(tmp_path / "bare.h264", FRAMES, rate=NTSC))
    assert (facts.rate, facts.duration) == (NTSC, 50 / NTSC)  # FFmpeg's mean is 25, whatever the stream says


def test_a_song_has_no_rate(tmp_path: Path) -> None:
    facts = probe_media(write_sound(tmp_path / "song.mp3", tone(2)))
    assert facts.rate is None
    assert facts.sample_rate == 16000
    assert float(facts.duration) == pytest.approx(2.0, abs=0.15)


def test_rates_near_a_standard_one_are_that_one_and_others_stay() -> None:
    assert standard_rate(Fraction("29.97")) == NTSC
    assert standard_rate(Fraction("23.98")) == Fraction(24000, 1001)
    assert standard_rate(Fraction(18)) == 18


def test_what_is_no_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("hello")
    with pytest.raises(UnreadableMediaError):
        probe_media(tmp_path / "note.mp4")
    with pytest.raises(MediaNotFoundError):
        probe_media(tmp_path / "gone.mp4")
