"""The copy that is sent: small, upright, with its sound, and of long videos only pieces."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import video_files as vf
from gemini_helpers import write_video

from reelscore.errors import (
    AnalysisError,
    CancelledError,
    InvalidInputError,
    MediaError,
    MediaNotFoundError,
    UnreadableMediaError,
)
from reelscore.records import Progress, Section
from reelscore.video.asking.reporting import Reporter
from reelscore.video.gemini.options import SampleOptions
from reelscore.video.gemini.pieces import Piece, Timeline, plan_pieces
from reelscore.video.gemini.sampling import Sample, make_sample
from reelscore.video.measure.video import measure_video


def copied(path: Path, tmp_path: Path, **options: Any) -> Sample:
    return make_sample(path, tmp_path / "copy.mp4", SampleOptions(**options), Reporter(lambda _: None))


def levels(path: Path) -> list[tuple[float, float]]:
    """Time and mean grey level of each frame."""
    with av.open(str(path)) as container:
        return [
            (frame.time or 0.0, float(frame.to_ndarray(format="gray").mean()))
            for frame in container.decode(video=0)
        ]


def loudness(path: Path) -> float:
    """Root mean square of the sound."""
    with av.open(str(path)) as container:
        samples = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def test_the_copy_has_fewer_pixels_fewer_frames_and_the_sound(tmp_path: Path) -> None:
    path = write_video(tmp_path / "in.mp4", seconds=3.0, rate=25, size=(640, 360))
    sample = copied(path, tmp_path, short_side=120, frame_rate=2.0)
    assert sample.has_audio
    assert sample.seconds == pytest.approx(3.0, abs=0.1)
    assert sample.bytes == sample.path.stat().st_size < path.stat().st_size
    with av.open(str(sample.path)) as container:
        picture = container.streams.video[0]
        assert (picture.width, picture.height) == (214, 120)
        assert picture.codec_context.name == "h264"
        assert picture.frames == 6
        assert container.streams.audio[0].codec_context.name == "aac"
        assert container.streams.audio[0].codec_context.layout.name == "mono"
    times, greys = zip(*levels(sample.path), strict=True)
    assert times == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.01)
    assert list(greys) == sorted(greys)
    assert loudness(sample.path) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    sample = copied(write_video(tmp_path / "in.mp4", seconds=1.0, size=(160, 120)), tmp_path)
    with av.open(str(sample.path)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (160, 120)


def test_a_video_without_sound_gives_a_copy_without_sound(tmp_path: Path) -> None:
    sample = copied(write_video(tmp_path / "in.mp4", seconds=1.0, sound=False), tmp_path)
    assert not sample.has_audio
    with av.open(str(sample.path)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("container", ["matroska", "avi"])
def test_other_containers_are_read_too(tmp_path: Path, container: str) -> None:
    path = write_video(tmp_path / "in.bin", seconds=1.0, container=container, sound=container != "avi")
    assert copied(path, tmp_path).seconds == pytest.approx(1.0, abs=0.2)


def turned(path: Path, matrix: tuple[int, ...]) -> Path:
    """Write a display matrix into the header of an MP4, as phones do."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # after version, times, ids, layer and volume
    one, fine = 1 << 16, 1 << 30
    a, b, c, d, x, y = matrix
    data[at : at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, x * one, y * one, fine)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("matrix", "dark"),
    [((0, 1, -1, 0, 120, 0), "top"), ((0, -1, 1, 0, 0, 160), "bottom"), ((-1, 0, 0, -1, 160, 120), "right")],
    ids=["clockwise", "counter-clockwise", "upside down"],
)
def test_a_turned_picture_is_sent_upright(tmp_path: Path, matrix: tuple[int, ...], dark: str) -> None:
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as target:
        stream: Any = target.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        pixels = np.full((120, 160, 3), 230, np.uint8)
        pixels[:, :80] = 20  # the left half is dark
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    sample = copied(turned(path, matrix), tmp_path)
    with av.open(str(sample.path)) as container:
        grey = next(container.decode(video=0)).to_ndarray(format="gray").astype(float)
    height, width = grey.shape
    assert (width, height) == ((160, 120) if dark == "right" else (120, 160))
    halves = {
        "top": grey[: height // 2],
        "bottom": grey[height // 2 :],
        "left": grey[:, : width // 2],
        "right": grey[:, width // 2 :],
    }
    assert min(halves, key=lambda name: halves[name].mean()) == dark


def test_of_a_long_video_evenly_spaced_pieces_are_copied(tmp_path: Path) -> None:
    path = write_video(tmp_path / "in.mp4", seconds=20.0, rate=5, size=(64, 48))
    sample = copied(path, tmp_path, max_seconds=4.0, piece_seconds=1.0, frame_rate=2.0)
    assert sample.seconds == pytest.approx(4.0, abs=0.25)
    starts = [piece.start for piece in sample.timeline.pieces]
    assert starts == pytest.approx([0.0, 6.33, 12.67, 19.0], abs=0.02)
    # The level rises from 0 to 255 over the whole video, so it tells where a frame is from.
    found = [(time, grey / 255 * 20) for time, grey in levels(sample.path)]
    assert len(found) == 8
    for time, source in found:
        assert source == pytest.approx(starts[int(time)] + time % 1.0, abs=0.6)
    with av.open(str(sample.path)) as container:
        assert container.duration / 1e6 == pytest.approx(4.0, abs=0.3)
    assert loudness(sample.path) == pytest.approx(0.3 / np.sqrt(2), rel=0.15)


def test_the_size_of_the_copy_is_bounded_whatever_is_in_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    random = np.random.default_rng(5)
    with av.open(str(path), "w") as target:
        stream: Any = target.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 480, "yuv420p", 8_000_000
        for number in range(100):
            noise = random.integers(0, 256, (480, 640, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
            frame.pts = number
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    sample = copied(path, tmp_path, video_bits=100_000)
    assert path.stat().st_size > 3_000_000
    assert sample.bytes < 3 * 100_000 / 8 * 10  # the encoder needs some seconds to get there


def test_a_truncated_video_is_copied_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "in.mkv", seconds=6.0, container="matroska")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert 1.0 < copied(path, tmp_path).seconds < 5.9


@pytest.mark.parametrize("measured", [None, 3.0])
def test_sound_that_is_longer_than_the_picture_does_not_make_the_video_longer(
    tmp_path: Path, measured: float | None
) -> None:
    frames = vf.pan(vf.scenery(1), 36)
    path = vf.write(tmp_path / "in.mp4", frames, rate=12, sound=vf.tone(9))
    sample = make_sample(
        path, tmp_path / "copy.mp4", SampleOptions(), Reporter(lambda _: None), seconds=measured
    )
    assert sample.seconds == pytest.approx(3.0, abs=0.1)
    assert sample.timeline.seconds == pytest.approx(3.0, abs=0.1)
    assert sample.timeline.in_video(1.5) == pytest.approx(1.5, abs=0.1)


def test_a_measured_length_counts_more_than_a_stated_one(tmp_path: Path) -> None:
    path = vf.write(tmp_path / "in.mkv", vf.pan(vf.scenery(1), 72, step=1), rate=12)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    measured = measure_video(path).measurements.duration
    assert measured < 4.5
    sample = make_sample(
        path, tmp_path / "copy.mp4", SampleOptions(), Reporter(lambda _: None), seconds=measured
    )
    assert sample.timeline.seconds == pytest.approx(measured)


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError):
        copied(tmp_path / "none.mp4", tmp_path)
    sound = tmp_path / "sound.wav"
    with av.open(str(sound), "w") as target:
        stream: Any = target.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        target.mux(stream.encode(frame))
    with pytest.raises(MediaError, match="sound but no picture"):
        copied(sound, tmp_path)


def test_a_playlist_that_would_open_other_files_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "secret.mp4", seconds=0.5)
    listing = tmp_path / "list.mp4"
    listing.write_text(f"ffconcat version 1.0\nfile '{tmp_path / 'secret.mp4'}'\n")
    with pytest.raises(UnreadableMediaError):
        copied(listing, tmp_path)


def test_a_copy_that_cannot_be_written_is_an_error_of_the_analysis(tmp_path: Path, blink: Path) -> None:
    with pytest.raises(AnalysisError, match="could not be written"):
        make_sample(blink, tmp_path / "no folder" / "copy.mp4", SampleOptions(), Reporter(lambda _: None))


def test_copying_reports_and_can_be_cancelled(tmp_path: Path, clip: Path) -> None:
    seen: list[float] = []

    def progress(step: Progress) -> None:
        seen.append(step.done)
        if step.done > 0.3:
            raise CancelledError("the user stopped the work")

    with pytest.raises(CancelledError):
        make_sample(clip, tmp_path / "copy.mp4", SampleOptions(), Reporter(progress))
    assert seen[-1] < 1.0


# --- pieces and times ---


def test_a_short_video_is_one_piece() -> None:
    options = SampleOptions(max_seconds=60, piece_seconds=10)
    assert plan_pieces(59.0, options) == (Piece(0.0, 59.0),)
    assert plan_pieces(None, options) == (Piece(0.0, 60),)


@pytest.mark.parametrize("seconds", [60.5, 61.0, 600.0, 36_000.0])
def test_pieces_span_the_whole_video_and_stay_in_the_bound(seconds: float) -> None:
    pieces = plan_pieces(seconds, SampleOptions(max_seconds=60, piece_seconds=10))
    assert sum(piece.seconds for piece in pieces) == pytest.approx(60)
    assert pieces[0].start == 0
    assert pieces[-1].end == pytest.approx(seconds)
    for one, following in pairwise(pieces):
        assert one.end <= following.start + 1e-9


def test_times_of_the_copy_cover_the_video_without_gaps() -> None:
    timeline = Timeline((Piece(0, 10), Piece(50, 60), Piece(90, 100)), 100)
    assert [timeline.in_video(t) for t in (0, 5, 10, 15, 20, 30, 99)] == [0, 25, 50, 70, 90, 100, 100]
    sections = timeline.sections_in_video([Section(0, 10, 0.1, "a"), Section(10, 30, 0.9, "b")])
    assert [(s.start, s.end) for s in sections] == [(0, 50), (50, 100)]


def test_times_of_a_whole_copy_are_those_of_the_video() -> None:
    assert Timeline((Piece(0, 12.5),), 12.5).in_video(7.25) == pytest.approx(7.25)


@pytest.mark.parametrize(
    "wrong", [{"short_side": 0}, {"max_seconds": -1}, {"piece_seconds": 5000}, {"frame_rate": 0}]
)
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        SampleOptions(**wrong)
