"""The camera's work on pictures whose movement is known."""

from __future__ import annotations

import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from reelscore.records import FloatArray
from reelscore.video.measure.camera import CameraMeter, CameraWork, move_between

RATE = 8.0


def seen(picture: NDArray[np.float32], x: float, y: float, scale: float = 1.0) -> FloatArray:
    """What a camera at (x, y) sees, 18 x 32 grey levels; a scale below 1 is closer."""
    rows = (y + (np.arange(90) - 45) * 1.0 * scale).round().astype(int)
    columns = (x + (np.arange(160) - 80) * 1.0 * scale).round().astype(int)
    grey = picture.mean(axis=2)[rows.clip(0, 179)][:, columns.clip(0, 319)]
    small: FloatArray = grey.reshape(18, 5, 32, 5).mean(axis=(1, 3)).astype(np.float32)
    return small


def work_of(path: list[tuple[float, float, float]], *, seed: int = 1) -> CameraWork:
    """What is said of a camera that goes along (x, y, scale), one place for each frame at 25 a second."""
    picture = vf.scenery(seed)
    frames = [seen(picture, *place) for place in path]
    meter = CameraMeter()
    for k in range(3, len(frames), 3):  # about eight pairs a second
        move = move_between(frames[k - 1], frames[k])
        if move is not None:
            meter.add(int(k / 25), 1 / 25, move)
    return meter.summary()


@pytest.mark.parametrize(
    ("name", "speed"),
    [("pan right", (2, 0)), ("pan left", (-2, 0)), ("tilt down", (0, 1)), ("tilt up", (0, -1))],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_direction_of_the_camera_is_told(name: str, speed: tuple[float, float], seed: int) -> None:
    x, y = 160 - 25 * speed[0], 90 - 25 * speed[1]
    work = work_of([(x + k * speed[0], y + k * speed[1], 1.0) for k in range(50)], seed=seed)
    assert work.shares.get(name, 0.0) >= 0.99


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_zoom_is_told_from_a_pan(seed: int) -> None:
    closer = work_of([(160, 90, 1.0 * 0.985**k) for k in range(50)], seed=seed)
    away = work_of([(160, 90, 0.45 / 0.985**k) for k in range(50)], seed=seed)
    assert max(closer.shares, key=lambda name: closer.shares[name]) == "zoom in"
    assert max(away.shares, key=lambda name: away.shares[name]) == "zoom out"


def test_a_camera_on_a_tripod_is_still_and_steady() -> None:
    work = work_of([(160, 90, 1.0)] * 50)
    assert work.shares == {"still": 1.0}
    assert work.steadiness == pytest.approx(1.0)


def test_the_more_a_camera_shakes_the_less_steady_it_is() -> None:
    levels = []
    for shake in (0.0, 1.0, 3.0):
        rng = np.random.default_rng(0)
        path = [(160 + x, 90 + y, 1.0) for x, y in rng.normal(0, shake, (75, 2)).cumsum(axis=0) * 0.5]
        steadiness = work_of(path).steadiness
        assert steadiness is not None
        levels.append(steadiness)
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 0.9
    assert levels[-1] < 0.5


def test_a_smooth_pan_is_steady() -> None:
    work = work_of([(110 + 2 * k, 90, 1.0) for k in range(50)])
    assert work.steadiness is not None
    assert work.steadiness > 0.8


def test_a_fast_pan_is_followed() -> None:
    picture = vf.scenery(2)
    move = move_between(seen(picture, 150, 90), seen(picture, 175, 90))
    assert move is not None
    assert move.right == pytest.approx(25 / 160, abs=0.02)
    assert abs(move.down) < 0.02


def test_light_is_no_move() -> None:
    picture = vf.scenery(3)
    move = move_between(seen(picture, 160, 90), seen(picture, 160, 90) * 0.6 + 20)
    assert move is not None
    assert (move.right, move.down, move.closer) == pytest.approx((0, 0, 0), abs=0.005)


def test_a_cut_is_no_move() -> None:
    assert move_between(seen(vf.scenery(4), 160, 90), seen(vf.scenery(5), 160, 90)) is None


def test_nothing_seen_says_nothing() -> None:
    assert CameraMeter().summary() == CameraWork()
