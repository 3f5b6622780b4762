"""Copies of films that browsers show have the same pictures and sound at the same times."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.stream import Disposition
from av.video.frame import VideoFrame

from reelscore.errors import CancelledError, MediaError
from reelscore.records import Progress
from reelscore.video.proxy import shown_by_browsers, write_proxy

RATE = 25
COUNT = 75
BITS = 8
CLICK = 1.5  # seconds of the film
SOUND_RATE = 48_000


def numbered(number: int, *, width: int = 320, height: int = 184) -> np.ndarray:
    """A picture whose stripes spell its number."""
    image = np.full((height, width, 3), 90, dtype=np.uint8)
    wide = width // BITS
    for bit in range(BITS):
        image[:, bit * wide : (bit + 1) * wide] = 200 if number >> bit & 1 else 40
    return image


def number_of(image: np.ndarray) -> int:
    """The number that a picture spells, whatever its size."""
    height, width = image.shape[:2]
    places = [int((bit + 0.5) * width / BITS) for bit in range(BITS)]
    middle = image[height // 2 - 2 : height // 2 + 2].mean(axis=(0, 2))
    return sum(1 << bit for bit, place in enumerate(places) if middle[place - 1 : place + 2].mean() > 120)


def write_film(
    path: Path,
    codec: str,
    pixels: str,
    *,
    size: tuple[int, int] = (320, 184),
    sound: str | None = "pcm_s16le",
    late: Fraction = Fraction(0),
    options: dict[str, str] | None = None,
    rotation: int = 0,
) -> Path:
    """A film of numbered pictures with a click; `late`: when its pictures set in."""
    with av.open(str(path), "w") as output:
        picture: Any = output.add_stream(codec, rate=RATE, options=options or {})
        picture.width, picture.height = size
        picture.pix_fmt = pixels
        if rotation:
            picture.set_display_rotation(rotation)
        if codec == "mpeg2video":
            picture.codec_context.max_b_frames = 2
        voice: Any = output.add_stream(sound, rate=SOUND_RATE, layout="stereo") if sound else None
        for number in range(COUNT):
            frame = VideoFrame.from_ndarray(numbered(number, width=size[0], height=size[1]), format="rgb24")
            frame = frame.reformat(format=pixels)
            frame.pts = number + round(late * RATE)
            frame.time_base = Fraction(1, RATE)
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
        if voice is not None:
            samples = np.zeros((1, 2 * SOUND_RATE * COUNT // RATE), dtype=np.int16)
            at = round(CLICK * SOUND_RATE) * 2
            samples[0, at : at + 960] = 20_000
            for begin in range(0, samples.shape[1], 2048):
                block = np.ascontiguousarray(samples[:, begin : begin + 2048])
                made = AudioFrame.from_ndarray(block, format="s16", layout="stereo")
                made.sample_rate, made.pts, made.time_base = SOUND_RATE, begin // 2, Fraction(1, SOUND_RATE)
                output.mux(voice.encode(made))
            output.mux(voice.encode(None))
    return path


FILMS: dict[str, Callable[[Path], Path]] = {
    "ProRes": lambda d: write_film(d / "a.mov", "prores_ks", "yuv422p10le"),
    "DNxHR in MXF": lambda d: write_film(
        d / "a.mxf", "dnxhd", "yuv422p", options={"profile": "dnxhr_sq"}, size=(640, 360)
    ),
    "AVI": lambda d: write_film(d / "a.avi", "mjpeg", "yuvj420p"),
    "HEVC 10 bit": lambda d: write_film(
        d / "a.mp4", "libx265", "yuv420p10le", sound="aac", options={"x265-params": "log-level=none"}
    ),
    "H.264 4:2:2": lambda d: write_film(d / "a.mp4", "libx264", "yuv422p", sound="aac"),
    "MPEG-2 in TS": lambda d: write_film(d / "a.ts", "mpeg2video", "yuv420p", sound="mp2"),
    "a late picture": lambda d: write_film(d / "a.mov", "mpeg4", "yuv420p", late=Fraction(1, 2), sound="aac"),
    "HD": lambda d: write_film(d / "a.avi", "mpeg4", "yuv420p", size=(1920, 1080)),
    "no sound": lambda d: write_film(d / "a.mkv", "ffv1", "yuv420p", sound=None),
}


def pictures_of(path: Path) -> list[tuple[float, int]]:
    with av.open(str(path)) as container:
        assert max(container.streams.video[0].width, container.streams.video[0].height) <= 1280
        return [
            (float(frame.pts * frame.time_base), number_of(frame.to_ndarray(format="rgb24")))
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


def click_of(path: Path) -> float:
    with av.open(str(path)) as container:
        frames = [frame for frame in container.decode(audio=0) if frame.pts is not None]
        first = frames[0]
        begin = float(first.pts * first.time_base)  # type: ignore[operator]
        sound = np.concatenate([frame.to_ndarray().astype(np.float32)[0] for frame in frames])
    return begin + int(np.argmax(np.abs(sound) > 0.5 * np.abs(sound).max())) / SOUND_RATE


@pytest.mark.parametrize("kind", FILMS)
def test_pictures_and_sound_are_where_they_were(tmp_path: Path, kind: str) -> None:
    film = FILMS[kind](tmp_path)
    assert not shown_by_browsers(film)
    copy = tmp_path / "copy.mp4"
    steps: list[Progress] = []
    write_proxy(film, copy, progress=steps.append)
    assert shown_by_browsers(copy)
    shown = pictures_of(copy)
    assert len(shown) == COUNT
    late = shown[0][0]  # of a stream the first of sound and picture begins at 0
    assert late == pytest.approx(0.5 if kind == "a late picture" else 0.0, abs=1 / RATE)
    for time in np.random.default_rng(7).uniform(late, late + COUNT / RATE - 0.01, 20):
        number = max((each for each in shown if each[0] <= time + 1e-6), default=shown[0])[1]
        assert number == int((time - late) * RATE + 1e-6)
    if kind != "no sound":
        coder = (
            0.025 if kind == "MPEG-2 in TS" else 0.003
        )  # a delay of its coder that the file does not state
        assert click_of(copy) == pytest.approx(CLICK, abs=coder)
    assert steps and steps[-1].done <= (steps[-1].total or 0)


def test_a_turned_picture_is_upright(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mov", "libx264", "yuv422p", size=(320, 184), rotation=90)
    write_proxy(film, tmp_path / "copy.mp4")
    with av.open(str(tmp_path / "copy.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height, frame.rotation) == (184, 320, 0)


@pytest.mark.parametrize(
    ("space", "levels", "pixels"),  # codes of H.273 and of FFmpeg
    [
        (1, 1, "yuv422p"),
        (6, 1, "yuv422p"),
        (9, 1, "yuv422p"),
        (1, 2, "yuv422p"),
        (1, 2, "yuvj422p"),
        (2, 1, "yuv422p"),
    ],
)
def test_a_copy_has_the_colours_of_its_film(tmp_path: Path, space: int, levels: int, pixels: str) -> None:
    film, copy = tmp_path / "film.mov", tmp_path / "copy.mp4"
    colours = np.array([[250, 10, 10], [20, 240, 30], [20, 40, 230], [250, 250, 250], [8, 8, 8]])
    image = np.repeat(np.repeat(colours[None].astype(np.uint8), 64, axis=1), 180, axis=0)
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, pixels
        stream.options = {"crf": "4"}
        context = stream.codec_context
        context.colorspace, context.color_range = space, levels
        picture = av.VideoFrame.from_ndarray(image, format="rgb24")
        picture = picture.reformat(
            format=pixels, dst_colorspace=None if space == 2 else space, dst_color_range=levels
        )
        for number in range(5):
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    write_proxy(film, copy)
    with av.open(str(copy)) as container:
        shown = next(container.decode(video=0))
        # A browser goes by what the copy states, and guesses where it states nothing.
        assert shown.colorspace == (2 if space == 2 else 1) and shown.color_range != 2
        seen = shown.to_ndarray(format="rgb24")[90, 32::64].astype(int)
    assert np.abs(seen - colours).max() <= 8


def test_what_browsers_show_needs_no_copy(tmp_path: Path) -> None:
    for name, codec, sound in (("a.mp4", "libx264", "aac"), ("a.webm", "libvpx-vp9", "libopus")):
        assert shown_by_browsers(write_film(tmp_path / name, codec, "yuv420p", sound=sound))
    assert not shown_by_browsers(write_film(tmp_path / "a.mov", "libx264", "yuv420p", sound="pcm_s24le"))
    (tmp_path / "b.mp4").write_bytes(b"no film" * 100)
    with pytest.raises(MediaError):
        shown_by_browsers(tmp_path / "b.mp4")


def test_of_several_sounds_the_one_that_is_copied_decides(tmp_path: Path) -> None:
    heard = write_film(tmp_path / "heard.mov", "libx264", "yuv420p", sound="aac")
    unheard = write_film(tmp_path / "unheard.mov", "libx264", "yuv420p", sound="pcm_s24le")
    for files, best, shown in (
        ((heard, unheard), 1, False),  # the page would play one sound, and all else would hear another
        ((heard, unheard), 0, True),
        ((unheard, heard), 1, False),  # browsers would try the first
    ):
        film = tmp_path / "several.mov"
        with (
            av.open(str(files[0])) as first,
            av.open(str(files[1])) as second,
            av.open(str(film), "w") as output,
        ):
            taken = (first.streams.video[0], first.streams.audio[0], second.streams.audio[0])
            made = [output.add_stream_from_template(each) for each in taken]
            for number, stream in enumerate(made[1:]):
                stream.disposition = Disposition.default if number == best else Disposition(0)
            for source, stream in zip(taken, made, strict=True):
                source.container.seek(0)
                for packet in source.container.demux(source):
                    if packet.dts is not None:
                        packet.stream = stream
                        output.mux(packet)
        assert shown_by_browsers(film) == shown


def test_a_cancel_ends_it(tmp_path: Path) -> None:
    film = FILMS["AVI"](tmp_path)

    def stop(_: Progress) -> None:
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        write_proxy(film, tmp_path / "copy.mp4", progress=stop)
