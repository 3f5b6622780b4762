"""Every time of an analysis is on the clock of the player, whatever the container does to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import video_files as vf

from reelscore.payloads import measurements_payload
from reelscore.records import VideoMeasurements
from reelscore.video.decode.frames import open_video
from reelscore.video.measure.video import measure_video, shots_of

RATE = 30
CUTS = (40, 75, 110)  # frames
COUNT = 150


def reel(*, step: float = 1.5) -> list[vf.Picture]:
    edges = (0, *CUTS, COUNT)
    return [
        frame
        for number, (begin, end) in enumerate(pairwise(edges))
        for frame in vf.pan(vf.scenery(20 + number), end - begin, step=step)
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 with B-frames, as most files have it."""
    return vf.write(tmp_path_factory.mktemp("clock") / "plain.mp4", reel(), rate=RATE, preset="medium")


def copied(
    source: Path, target: Path, *, late: Fraction = Fraction(0), options: dict[str, str] | None = None
) -> Path:
    """The packets of a video in another file, `late` seconds later, beside five seconds of sound."""
    with av.open(str(source)) as read, av.open(str(target), "w", options=options or {}) as written:
        pictures = read.streams.video[0]
        stream = written.add_stream_from_template(pictures)
        heard = None
        if target.suffix in (".mp4", ".mkv") and late:
            heard = written.add_stream("aac", rate=16000, layout="mono")
            for begin in range(0, 16000 * 5 - 1023, 1024):
                block = vf.tone(5)[None, begin : begin + 1024]
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = 16000, begin, Fraction(1, 16000)
                written.mux(heard.encode(piece))
            written.mux(heard.encode(None))
        for packet in read.demux(pictures):
            if packet.dts is None:
                continue
            assert packet.pts is not None
            shift = int(late / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = stream
            written.mux(packet)
    return target


def measured(path: Path) -> VideoMeasurements:
    return measure_video(path).measurements


def at(frames: Sequence[int], *, start: float = 0.0) -> list[float]:
    return [start + frame / RATE for frame in frames]


def stated_start(path: Path) -> float:
    """The earliest time stamp of a picture, as FFmpeg reads it."""
    with av.open(str(path)) as container:
        return min(float(frame.pts * frame.time_base) for frame in container.decode(video=0))  # type: ignore[operator]


def test_a_late_picture_is_late(plain: Path, tmp_path: Path) -> None:
    for name, late in (("half.mp4", Fraction(1, 2)), ("five.mp4", Fraction(5)), ("five.mkv", Fraction(5))):
        found = measured(copied(plain, tmp_path / name, late=late))
        assert found.picture_start == pytest.approx(float(late), abs=0.03)
        assert list(found.cuts) == pytest.approx(at(CUTS, start=found.picture_start), abs=1.01 / RATE)
        assert found.duration == pytest.approx(float(late) + COUNT / RATE, abs=0.03)
        assert found.shots[0].start == found.picture_start
        assert found.sound_start == pytest.approx(0.0, abs=0.07)
        # What is empty before it makes the pictures no darker and no calmer.
        assert found.brightness == pytest.approx(measured(plain).brightness, abs=0.02)
        assert found.cuts_per_minute == pytest.approx(measured(plain).cuts_per_minute, rel=0.02)
        assert len(found.energy_curve) == math.ceil(found.duration - 1e-6)


@pytest.mark.parametrize("options", [{"use_editlist": "0"}, {"movflags": "frag_keyframe+empty_moov"}])
def test_without_an_edit_list_the_player_shows_the_delay_of_b_frames(
    plain: Path, tmp_path: Path, options: dict[str, str]
) -> None:
    path = copied(plain, tmp_path / "delayed.mp4", options=options)
    start = stated_start(path)
    assert start > 0.03
    found = measured(path)
    assert found.picture_start == pytest.approx(start)
    assert list(found.cuts) == pytest.approx(at(CUTS, start=start), abs=1.01 / RATE)


def test_a_webm_from_one_second_on(tmp_path: Path) -> None:
    times = [1000 + round(1000 * k / RATE) for k in range(COUNT)]
    path = vf.write(tmp_path / "later.webm", reel(), times=times, codec="libvpx")
    found = measured(path)
    assert found.picture_start == 1.0
    assert list(found.cuts) == pytest.approx(at(CUTS, start=1.0), abs=1.01 / RATE)
    assert found.duration == pytest.approx(1.0 + COUNT / RATE, abs=0.02)


def test_a_transport_stream_counts_from_what_it_begins_with(plain: Path, tmp_path: Path) -> None:
    found = measured(copied(plain, tmp_path / "aired.ts", late=Fraction(30000)))
    assert found.picture_start == pytest.approx(0.0, abs=1e-6)
    assert list(found.cuts) == pytest.approx(at(CUTS), abs=1.01 / RATE)


def test_a_piece_of_a_recording_of_hours_counts_from_its_own_start(tmp_path: Path) -> None:
    times = [9 * 3_600_000 + round(1000 * k / RATE) for k in range(COUNT)]
    found = measured(vf.write(tmp_path / "piece.webm", reel(), times=times, codec="libvpx"))
    assert found.picture_start == 0.0
    assert list(found.cuts) == pytest.approx(at(CUTS), abs=1.01 / RATE)


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "h264"), ("libx265", "hevc")])
def test_bare_streams_without_time_stamps_are_counted(tmp_path: Path, codec: str, suffix: str) -> None:
    path = tmp_path / f"bare.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *vf.SIZE, "yuv420p"
        stream.options = {"bf": "3"} if codec == "libx264" else {"x265-params": "bframes=3:log-level=none"}
        for image in reel():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    found = measured(path)
    assert list(found.cuts) == pytest.approx(at(CUTS), abs=1.01 / RATE)
    assert found.duration == pytest.approx(COUNT / RATE, abs=0.01)
    assert found.frame_rate == RATE


def test_first_pictures_without_stamps_are_those_before_zero(plain: Path, tmp_path: Path) -> None:
    # Matroska knows no time before 0, so what a cut left before it has none.
    path = copied(
        plain, tmp_path / "trimmed.mkv", late=Fraction(-1, 2), options={"avoid_negative_ts": "disabled"}
    )
    with av.open(str(path)) as container:
        assert next(container.demux(video=0)).pts is None
    found = measured(path)
    assert list(found.cuts) == pytest.approx(at(CUTS, start=-0.5), abs=1.6 / RATE)
    assert found.duration == pytest.approx(COUNT / RATE - 0.5, abs=0.05)


def test_an_avi_with_b_frames_keeps_its_pace(tmp_path: Path) -> None:
    path = tmp_path / "old.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *vf.SIZE, "yuv420p"
        stream.codec_context.max_b_frames = 2
        for image in reel():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    found = measured(path)
    assert list(found.cuts) == pytest.approx(at(CUTS), abs=1.01 / RATE)
    assert found.duration == pytest.approx(COUNT / RATE, abs=0.1)


def test_a_slide_show_of_one_frame_an_image_has_its_cuts(tmp_path: Path) -> None:
    slides = [vf.pan(vf.scenery(30 + number), 1)[0] for number in range(5)]
    steady = measured(vf.write(tmp_path / "steady.mp4", slides, rate=Fraction(1, 3)))
    assert list(steady.cuts) == [3.0, 6.0, 9.0, 12.0]
    assert steady.duration == pytest.approx(15.0)
    times = [0, 3000, 6000, 9500, 12000]
    for name, codec in (("slides.mkv", "libx264"), ("slides.webm", "libvpx")):
        found = measured(vf.write(tmp_path / name, slides, times=times, codec=codec))
        assert list(found.cuts) == pytest.approx([3.0, 6.0, 9.5, 12.0], abs=0.01)


def test_a_slide_show_of_one_image_again_and_again_has_none(tmp_path: Path) -> None:
    slide = vf.pan(vf.scenery(30), 1)[0]
    found = measured(vf.write(tmp_path / "same.mkv", [slide] * 5, times=[0, 3000, 6000, 9000, 12000]))
    assert found.cuts == ()


def test_times_keep_their_digits(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    path = vf.write(tmp_path / "ntsc.mp4", reel(), rate=rate, preset="medium")
    payload = measurements_payload(measured(path))
    assert payload["rate"] == "30000/1001"
    assert not payload["variable_rate"]
    for cut, frame in zip(payload["cuts"], CUTS, strict=True):
        near = round(cut * rate)
        assert abs(near - frame) <= 1
        assert cut == pytest.approx(float(near / rate), abs=1e-9)
    assert payload["shots"][1]["start"] == payload["cuts"][0]


def test_a_start_timecode_and_a_variable_rate_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "camera.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *vf.SIZE, "yuv420p"
        stream.metadata["timecode"] = "01:00:00:00"
        for image in reel()[:40]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    found = measured(path)
    assert (found.rate, found.start_frame, found.drop_frame) == ("25", 25 * 3600, False)
    times = np.cumsum(np.random.default_rng(0).integers(20, 120, 48)).tolist()
    assert measured(vf.write(tmp_path / "phone.mkv", reel()[:48], times=times)).variable_rate


def test_pixels_that_are_not_square_are_shown_as_a_player_does(tmp_path: Path) -> None:
    frames = [np.ascontiguousarray(frame[:, ::2]) for frame in reel()]
    path = tmp_path / "dvd.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 80, 90, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    with open_video(path) as video:
        assert (video.facts.width, video.facts.height) == (160, 90)
        assert next(iter(video.frames())).image.shape == (36, 64, 3)
    found = measured(path)
    assert list(found.cuts) == pytest.approx(at(CUTS), abs=1.01 / RATE)
    assert found.dissolves == ()


def test_shots_begin_with_the_first_picture() -> None:
    assert [shot.start for shot in shots_of([7.0], (), 12.0, start=5.0)] == [5.0, 7.0]
