"""Bars, borders and what stands still around a picture hide no cuts and darken nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.records import VideoMeasurements
from reelscore.video.decode.frames import SmallFrame
from reelscore.video.measure.active import ActivePicture, Box, barred, cut_to, live_box
from reelscore.video.measure.video import measure_video

RATE = 25
CUTS = (40, 75, 110, 150)
COUNT = 190
WIDE = (0, 0, 160, 90)
Picture = NDArray[np.uint8]


def reel(seed: int = 50, *, step: float = 0.5, light: float = 1.0) -> list[Picture]:
    edges = (0, *CUTS, COUNT)
    return [
        frame
        for number, (begin, end) in enumerate(pairwise(edges))
        for frame in vf.pan(vf.scenery(seed + number), end - begin, step=step, light=light)
    ]


def pasted(frames: Iterable[Picture], background: Picture, left: int, top: int) -> list[Picture]:
    result = []
    for frame in frames:
        height, width = frame.shape[:2]
        whole = background.copy()
        whole[top : top + height, left : left + width] = frame
        result.append(whole)
    return result


def plain(width: int, height: int, colour: Sequence[int] = (0, 0, 0)) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def portrait() -> list[Picture]:
    return [frame[:, 56:106] for frame in reel()]


def smaller() -> list[Picture]:
    return [frame[:88:2, ::2] for frame in reel()]


LAYOUTS: dict[str, tuple[Callable[[], list[Picture]], Callable[[list[Picture]], list[Picture]]]] = {
    "portrait in landscape": (portrait, lambda x: pasted(x, plain(160, 90), 55, 0)),
    "landscape in portrait": (reel, lambda x: pasted(x, plain(160, 284), 0, 97)),
    "white bars": (portrait, lambda x: pasted(x, plain(160, 90, (255, 255, 255)), 55, 0)),
    "small on all sides": (smaller, lambda x: pasted(x, plain(160, 90), 40, 22)),
    "a coloured border": (smaller, lambda x: pasted(x, plain(160, 90, (90, 120, 200)), 30, 12)),
    "a window on a desktop": (smaller, lambda x: pasted(x, vf.pan(vf.scenery(7), 1)[0], 12, 30)),
}


def measured(path: Path, frames: Iterable[Picture]) -> VideoMeasurements:
    return measure_video(vf.write(path, frames, rate=RATE, preset="veryfast")).measurements


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_around_a_picture_is_not_measured(tmp_path: Path, name: str) -> None:
    make, place = LAYOUTS[name]
    content = [np.ascontiguousarray(frame) for frame in make()]
    alone = measured(tmp_path / "alone.mp4", content)
    found = measured(tmp_path / "placed.mp4", place(content))
    assert list(found.cuts) == pytest.approx([cut / RATE for cut in CUTS], abs=1.01 / RATE)
    assert list(alone.cuts) == pytest.approx(list(found.cuts), abs=1.01 / RATE)
    for level in ("brightness", "contrast", "saturation", "warmth"):
        assert getattr(found, level) == pytest.approx(getattr(alone, level), abs=0.06), level
    assert alone.active_picture is None
    assert found.active_picture is not None
    left, top, right, bottom = found.active_picture
    frame, picture = place(content[:1])[0].shape, content[0].shape
    assert (right - left) * (bottom - top) == pytest.approx(
        picture[0] * picture[1] / (frame[0] * frame[1]), abs=0.06
    )


def test_fades_and_dark_pictures_between_bars_change_nothing(tmp_path: Path) -> None:
    frames = [frame[:, 56:106] for frame in reel(light=0.3)]
    for number in range(25):
        frames[number] = (frames[number] * (number / 25)).astype(np.uint8)
        frames[-1 - number] = (frames[-1 - number] * (number / 25)).astype(np.uint8)
    alone = measured(tmp_path / "alone.mp4", [np.ascontiguousarray(frame) for frame in frames])
    found = measured(tmp_path / "dark.mp4", pasted(frames, plain(160, 90), 55, 0))
    assert list(found.cuts) == pytest.approx(list(alone.cuts), abs=1.01 / RATE)
    assert len(found.cuts) >= 3
    assert len(found.dissolves) == len(alone.dissolves) == 2  # the last cut lies in the fade
    assert found.brightness == pytest.approx(alone.brightness, abs=0.01)
    assert found.active_picture == pytest.approx((0.35, 0.0, 0.66, 1.0), abs=0.04)


def test_bars_may_come_and_go_at_cuts(tmp_path: Path) -> None:
    frames = reel()
    barred_part = pasted([frame[:, 56:106] for frame in frames[75:150]], plain(160, 90), 55, 0)
    found = measured(tmp_path / "mixed.mp4", [*frames[:75], *barred_part, *frames[150:]])
    assert list(found.cuts) == pytest.approx([cut / RATE for cut in CUTS], abs=1.01 / RATE)


@pytest.mark.parametrize("light", [1.0, 0.12])
def test_a_picture_without_bars_is_left_alone(tmp_path: Path, light: float) -> None:
    found = measured(tmp_path / "whole.mp4", reel(light=light))
    assert found.active_picture is None


def test_somebody_who_moves_before_a_wall_is_not_all_there_is(tmp_path: Path) -> None:
    wall = vf.pan(vf.scenery(8), 1)[0]
    frames = []
    for number in range(100):
        frame = wall.copy()
        left = 60 + round(10 * np.sin(number / 8))
        frame[30:90, left : left + 25] = (200, 150, 120)
        frames.append(frame)
    assert measured(tmp_path / "talk.mp4", frames).active_picture is None


def test_a_spotlight_on_a_dark_stage_has_no_bars(tmp_path: Path) -> None:
    down, across = np.mgrid[:90, :160]
    spot = (np.hypot(down - 45, across - 80) < 30)[..., None]
    frames = [(frame * spot).astype(np.uint8) for frame in reel()]
    assert measured(tmp_path / "stage.mp4", frames).active_picture is None


# --- the parts ------------------------------------------------------------------------------------------


def small(left: int = 0, top: int = 0, right: int = 64, bottom: int = 36, *, seed: int = 1) -> Picture:
    image = np.zeros((36, 64, 3), np.uint8)
    noise = np.random.default_rng(seed).integers(60, 255, (bottom - top, right - left, 3), dtype=np.uint8)
    image[top:bottom, left:right] = noise
    return image


def test_the_box_of_a_picture_is_found() -> None:
    assert live_box(small(20, 0, 44, 36)) == Box(20, 0, 44, 36)
    assert live_box(small(10, 6, 54, 30)) == Box(10, 6, 54, 30)
    assert live_box(np.zeros((36, 64, 3), np.uint8)) is None


def test_subtitles_in_a_bar_are_no_picture() -> None:
    image = small(0, 5, 64, 31)
    image[33, 24:40] = 255
    assert live_box(image) == Box(0, 5, 64, 31)


def test_bars_stand_symmetrically() -> None:
    assert barred(Box(20, 0, 44, 36), (36, 64, 3)) == Box(20, 0, 44, 36)
    assert barred(Box(20, 0, 64, 36), (36, 64, 3)) is None
    assert barred(Box(31, 0, 33, 36), (36, 64, 3)) is None


def test_a_part_is_stretched_to_the_size_of_a_small_frame() -> None:
    image = small(20, 0, 44, 36)
    image[:, 20:44] = np.arange(24)[None, :, None] * 10
    wide = cut_to(image, Box(20, 0, 44, 36), aspect=4.0)
    tall = cut_to(image, Box(20, 0, 44, 36), aspect=16 / 9)
    assert (wide.shape, tall.shape) == ((36, 64, 3), (64, 36, 3))
    assert (np.diff(wide[0, :, 0].astype(int)) >= 0).all()
    assert tall.mean() == pytest.approx(image[:, 20:44].mean(), abs=6)


def test_every_frame_is_given_out_in_order() -> None:
    images = [small(20, 0, 44, 36, seed=k) if k % 40 < 20 else small(seed=k) for k in range(100)]
    active = ActivePicture(16 / 9)
    frames = [SmallFrame(k, k / 25, image) for k, image in enumerate(images)]
    given = list(active.of(frames))
    assert [frame.index for frame in given] == list(range(100))
    assert {frame.image.shape for frame in given[:20]} == {(64, 36, 3)}
    assert {frame.image.shape for frame in given[20:40]} == {(36, 64, 3)}
    assert {frame.image.shape for frame in given[40:60]} == {(64, 36, 3)}
    assert sum(active.seen.values()) == 100
