"""Whatever the file is: an analysis, or one clear line; and never a word from the libraries below."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.cli.main import run
from reelscore.errors import MediaError, MediaNotFoundError, UnreadableMediaError
from reelscore.payloads import analysis_payload
from reelscore.query.form import Query
from reelscore.records import VideoAnalysis
from reelscore.remote.asking import search_video_there
from reelscore.remote.owner import OwnerClient
from reelscore.video.container_facts import probe_media
from reelscore.video.decode.sequences import checked_film
from reelscore.video.local.analyzer import LocalAnalyzer

RATE = 12
CUT = 24  # the picture changes here


# The encoders take most of the time, and what they give need not be small.
QUICK = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast"},
    "libvpx": {"deadline": "realtime", "cpu_used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu_used": "8"},
}


@cache
def two_shots(*, step: float = 2.0) -> list[NDArray[np.uint8]]:
    return vf.pan(vf.scenery(1), CUT, step=step) + vf.pan(vf.scenery(44), CUT, step=step)


def encode(
    path: Path,
    codec: str,
    pixels: str = "yuv420p",
    *,
    frames: Sequence[NDArray[np.uint8]] | None = None,
    rate: int | Fraction = RATE,
    size: tuple[int, int] | None = None,
    container: str | None = None,
    **options: str,
) -> Path:
    """Write frames (RGB, or RGB and alpha) with any encoder; a test is left out where there is no such."""
    frames = two_shots() if frames is None else frames
    try:
        av.codec.Codec(codec, "w")
    except ValueError:
        pytest.skip(f"this build has no encoder {codec}")
    with av.open(str(path), "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate)
        height, width = frames[0].shape[:2]
        stream.width, stream.height = size or (width, height)
        stream.pix_fmt = pixels
        stream.options = {
            name.replace("_", "-"): value for name, value in (QUICK.get(codec, {}) | options).items()
        }
        for index, image in enumerate(frames):
            kind = "rgba" if image.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=kind)
            frame = frame.reformat(width=stream.width, height=stream.height, format=pixels)
            frame.pts, frame.time_base = index, 1 / Fraction(rate)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def with_alpha() -> list[NDArray[np.uint8]]:
    return [np.dstack([frame, np.full(frame.shape[:2], 100, np.uint8)]) for frame in two_shots()]


def analysed(path: Path, capfd: pytest.CaptureFixture[str]) -> VideoAnalysis:
    """The analysis, checked for what every one of them has; nothing may be printed on the way."""
    capfd.readouterr()
    analysis = LocalAnalyzer().analyze(path)
    assert capfd.readouterr() == ("", "")
    json.dumps(analysis_payload(analysis), allow_nan=False)
    measured = analysis.measurements
    assert measured is not None
    assert measured.duration > 0
    assert measured.frames >= 1
    for level in (measured.motion, measured.brightness, measured.contrast, measured.saturation):
        assert 0.0 <= level <= 1.0
    assert len(measured.energy_curve) == len(measured.motion_curve) == len(measured.brightness_curve)
    assert list(measured.cuts) == sorted(measured.cuts)
    assert all(0.0 < cut < measured.duration for cut in measured.cuts)
    assert 3 <= len(analysis.phrases) <= 5
    assert analysis.sections[0].start == 0.0
    assert analysis.sections[-1].end == pytest.approx(measured.duration)
    return analysis


FORMATS = {
    "h264-10-bit.mp4": ("libx264", "yuv420p10le", {}),
    "h264-444.mp4": ("libx264", "yuv444p", {}),
    "hevc.mp4": ("libx265", "yuv420p", {"x265_params": "log-level=none"}),
    "hevc-10-bit.mkv": ("libx265", "yuv420p10le", {"x265_params": "log-level=none"}),
    "vp8.webm": ("libvpx", "yuv420p", {}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {}),
    "prores.mov": ("prores_ks", "yuv422p10le", {}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", {}),
    "animation.gif": ("gif", "rgb8", {}),
    "png.mov": ("png", "rgb24", {}),
    "ffv1-16-bit.mkv": ("ffv1", "yuv444p16le", {}),
    "grey.mkv": ("ffv1", "gray16le", {}),
    "raw.avi": ("rawvideo", "bgr24", {}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_common_format_is_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    codec, pixels, options = FORMATS[name]
    measured = analysed(encode(tmp_path / name, codec, pixels, **options), capfd).measurements
    assert measured is not None
    assert measured.cuts == pytest.approx([CUT / RATE], abs=1.01 / RATE)
    assert measured.duration == pytest.approx(2 * CUT / RATE, rel=0.06)
    assert (measured.width, measured.height, measured.has_audio) == (160, 90, False)


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("alpha.mov", "prores_ks", "yuva444p10le"),
        ("alpha.webm", "libvpx-vp9", "yuva420p"),
        ("alpha-animation.mov", "qtrle", "argb"),
    ],
)
def test_transparency_is_left_aside(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, codec: str, pixels: str
) -> None:
    path = encode(tmp_path / name, codec, pixels, frames=with_alpha())
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert len(measured.cuts) == 1


@pytest.mark.parametrize("name", ["interlaced.mpg", "interlaced.ts"])
def test_interlaced_video_is_analysed(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    path = encode(tmp_path / name, "mpeg2video", rate=25, flags="+ildct+ilme")
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert measured.cuts == pytest.approx([CUT / 25], abs=1.01 / 25)


@pytest.mark.parametrize(
    ("width", "height"), [(2, 2), (16, 16), (18, 34), (2, 400), (400, 2), (4096, 16), (90, 160)]
)
def test_pictures_of_any_size_are_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], width: int, height: int
) -> None:
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(15)]
    measured = analysed(encode(tmp_path / "odd.mp4", "libx264", frames=frames), capfd).measurements
    assert measured is not None
    assert (measured.width, measured.height) == (width, height)


@pytest.mark.parametrize(("width", "height"), [(17, 33), (1, 1), (3, 1)])
def test_pictures_of_uneven_sizes_are_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], width: int, height: int
) -> None:
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(15)]
    path = encode(tmp_path / "odd.mkv", "ffv1", "yuv444p", frames=frames)
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert (measured.width, measured.height) == (width, height)


def test_a_huge_picture_is_analysed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    frames = [np.tile(frame, (24, 24, 1)) for frame in two_shots()[:6]]
    path = encode(tmp_path / "uhd.mp4", "libx264", frames=frames, rate=25)
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert (measured.width, measured.height, measured.frames) == (3840, 2160, 6)


@pytest.mark.parametrize("rate", [Fraction(1, 10), 1, 5, Fraction(30000, 1001), 120, 240])
def test_any_frame_rate_is_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], rate: int | Fraction
) -> None:
    path = encode(tmp_path / "rate.mp4", "libx264", frames=two_shots(step=0.5), rate=rate)
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert measured.frame_rate == pytest.approx(float(rate))
    assert measured.duration == pytest.approx(2 * CUT / float(rate), rel=0.02)
    if 1 <= rate <= 120:
        assert measured.cuts == pytest.approx([CUT / float(rate)], abs=1.01 / float(rate))


def test_a_changing_frame_rate_is_analysed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    steps = np.random.default_rng(0).integers(20, 120, 2 * CUT)
    times = np.cumsum(steps) - steps[0]
    path = vf.write(tmp_path / "vfr.mp4", two_shots(), times=times.tolist())
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert measured.cuts == pytest.approx([times[CUT] / 1000], abs=0.08)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("name", ["short.mp4", "short.mkv"])
def test_a_moment_of_video_is_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, count: int
) -> None:
    path = encode(tmp_path / name, "libx264", frames=two_shots()[:count], rate=25)
    analysis = analysed(path, capfd)
    assert analysis.measurements is not None
    assert analysis.measurements.frames == count
    assert analysis.measurements.duration == pytest.approx(count / 25, abs=0.01)
    assert analysis.measurements.cuts == ()


@pytest.mark.parametrize("degrees", [90, 180, 270, 45])
def test_a_turned_video_is_analysed_as_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], degrees: int
) -> None:
    path = vf.write(tmp_path / "turned.mp4", two_shots(), rate=RATE, rotation=degrees)
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert (measured.height > measured.width) == (degrees in (90, 270))
    assert len(measured.cuts) == 1


@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_picture_is_analysed(tmp_path: Path, capfd: pytest.CaptureFixture[str], level: int) -> None:
    frames = [np.full((90, 160, 3), level, np.uint8)] * 36
    measured = analysed(encode(tmp_path / "plain.mp4", "libx264", frames=frames), capfd).measurements
    assert measured is not None
    assert measured.cuts == ()
    assert measured.motion == 0.0
    assert measured.brightness == pytest.approx(level / 255, abs=0.02)


@pytest.mark.parametrize("seconds", [0.25, 20.0])
def test_sound_of_another_length_than_the_picture_is_fine(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], seconds: float
) -> None:
    path = vf.write(
        tmp_path / "sound.mp4", two_shots(), rate=RATE, sound=vf.babble(20)[: int(16000 * seconds)]
    )
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert measured.has_audio
    assert measured.duration == pytest.approx(2 * CUT / RATE, abs=0.1)


@pytest.mark.parametrize(
    "name", ["film.mp3", "film", "film.txt", "film.webm", "-film.mp4", "fi\nlm: [x].mp4"]
)
def test_the_name_of_a_file_does_not_matter(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    path = vf.write(tmp_path / "film.mp4", two_shots(), rate=RATE)
    measured = analysed(path.rename(tmp_path / name), capfd).measurements
    assert measured is not None
    assert len(measured.cuts) == 1


@pytest.mark.parametrize("name", ["cut.mkv", "cut.webm", "cut.gif", "cut.ts"])
def test_what_is_there_of_a_file_that_breaks_off_is_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    codecs = {"mkv": "libx264", "webm": "libvpx", "gif": "gif", "ts": "mpeg2video"}
    codec = codecs[name.rpartition(".")[2]]
    rate = 25 if codec == "mpeg2video" else RATE
    path = encode(tmp_path / name, codec, "rgb8" if codec == "gif" else "yuv420p", rate=rate)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert measured.duration < 1.5 * CUT / rate


@pytest.mark.parametrize("name", ["noise.mp4", "noise.webm", "noise.ts", "noise.avi"])
@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_is_an_analysis_or_one_line(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capfd: pytest.CaptureFixture[str],
    name: str,
    seed: int,
) -> None:
    codecs = {"mp4": "libx264", "webm": "libvpx", "ts": "mpeg2video", "avi": "mjpeg"}
    codec = codecs[name.rpartition(".")[2]]
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    whole = tmp_path_factory.getbasetemp() / f"whole {name}"  # encoded once for all seeds
    if not whole.exists():
        encode(whole, codec, pixels, rate=25 if codec == "mpeg2video" else RATE)
    path = tmp_path / name
    data = bytearray(whole.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 40):
        data[place] = int(rng.integers(0, 256))
    path.write_bytes(bytes(data))
    try:
        analysed(path, capfd)
    except MediaError as error:
        assert "\n" not in str(error)
        assert name in str(error)
        assert capfd.readouterr() == ("", "")


def test_an_flv_in_which_damage_makes_up_a_stream_is_analysed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = encode(tmp_path / "damaged.flv", "flv1")
    data = bytearray(path.read_bytes())
    place, tags = 13, []  # behind the header; a tag is its kind, its size, a head of 11 bytes and a tail of 4
    while place + 11 < len(data):
        tags.append(place)
        place += 15 + int.from_bytes(data[place + 1 : place + 4], "big")
    data[tags[-8]] = 8  # sound
    path.write_bytes(bytes(data))
    measured = analysed(path, capfd).measurements
    assert measured is not None
    assert len(measured.cuts) == 1


def test_an_animated_png_is_analysed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    measured = analysed(encode(tmp_path / "film.apng", "apng", "rgb24"), capfd).measurements
    assert measured is not None
    assert measured.cuts == pytest.approx([CUT / RATE], abs=1.01 / RATE)


def test_a_webp_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = encode(tmp_path / "film.webp", "libwebp_anim", container="webp")
    with pytest.raises(UnreadableMediaError, match="is a WebP picture"):
        LocalAnalyzer().analyze(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shot.0012.exr", "is a picture and no film; .*-start_number 12 -i 'shot.%04d.exr'"),
        ("plate_v2_101.DPX", "is a picture and no film; .*-start_number 101 -i 'plate_v2_%03d.DPX'"),
        ("poster.png", "is a picture and no film; choose a video"),
        ("shot.%04d.png", "names pictures and no film; .*-framerate 25 -i 'shot.%04d.png'"),
        ("shot.####.tif", "names pictures and no film; .*-i 'shot.%04d.tif'"),
        ("", "is a folder of pictures and no film; .*-start_number 12 -i 'shot.%04d.exr'"),
    ],
)
def test_a_film_that_lies_there_as_pictures_says_what_to_do(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for there in ("shot.0013.exr", "shot.0012.exr", "plate_v2_101.DPX", "poster.png", "notes.txt"):
        if not name or there == name:
            (folder / there).write_bytes(b"no film")
    if not name:
        (folder / "plate_v2_101.DPX").unlink()
        (folder / "poster.png").unlink()
    owner = OwnerClient(tmp_path, "http://127.0.0.1:1")
    looks: list[Callable[[Path], object]] = [LocalAnalyzer().analyze, probe_media]
    if not (folder / name).is_file():  # a command asks a server with what it opens itself
        looks += [checked_film, lambda path: search_video_there(owner, path, Query())]
    for look in looks:
        with pytest.raises(MediaError, match=said) as told:
            look(folder / name)
        assert "\n" not in str(told.value)


# --- what is no video -----------------------------------------------------------------------------------


def no_video(folder: Path, kind: str) -> Path:
    """A file that is no video, of some kind."""
    path = folder / "film.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "without index":
        vf.write(path, two_shots(), rate=RATE)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif kind == "sound":
        vf.write_sound(folder / "film.m4a", vf.tone(1)).rename(path)
    elif kind == "sound with a cover":
        path = vf.write_sound(folder / "film.mp3", vf.tone(1), cover=vf.pan(vf.scenery(1), 1)[0])
    elif kind != "missing":
        contents = {
            "empty": b"",
            "zeros": b"\0" * 50_000,
            "words": b"these are words " * 1000,
            "noise": np.random.default_rng(0).bytes(50_000),
            "playlist": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
            "list of files": b"ffconcat version 1.0\nfile /etc/passwd\n",
            "subtitles": b"1\n00:00:00,000 --> 00:00:02,000\nhello\n",
        }
        path.write_bytes(contents[kind])
    return path


NO_VIDEO = {
    **dict.fromkeys(("missing", "folder"), MediaNotFoundError),
    **dict.fromkeys(("empty", "zeros", "words", "noise", "without index"), UnreadableMediaError),
    **dict.fromkeys(("playlist", "list of files", "subtitles"), UnreadableMediaError),
    **dict.fromkeys(("sound", "sound with a cover"), MediaError),
}


@pytest.mark.parametrize("kind", NO_VIDEO)
def test_what_is_no_video_is_one_clear_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    path = no_video(tmp_path, kind)
    with pytest.raises(NO_VIDEO[kind]) as caught:
        LocalAnalyzer().analyze(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", NO_VIDEO)
def test_the_command_line_says_it_in_one_line_and_in_json(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = no_video(tmp_path, kind)
    monkeypatch.setattr(sys, "argv", ["reelscore", "analyze", "video", str(path), "--json"])
    with pytest.raises(SystemExit) as leave:
        run()
    assert leave.value.code == 1
    out, err = capfd.readouterr()
    assert json.loads(out)["error"]["code"] == NO_VIDEO[kind].code
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_said_to(tmp_path: Path) -> None:
    path = vf.write(tmp_path / "film.mp4", two_shots(), rate=RATE)
    path.chmod(0)
    with pytest.raises(MediaNotFoundError):
        LocalAnalyzer().analyze(path)
