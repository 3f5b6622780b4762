"""What the page is drawn from without Matplotlib: PNG files, spectrograms, the layout of the map."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest

from reelscore.errors import CancelledError, InvalidInputError
from reelscore.library import map_projection
from reelscore.library.map_projection import lay_out, main_directions
from reelscore.library.spectrogram_image import draw_spectrogram, encode_png
from reelscore.records import AudioClip, FloatArray, Progress

RATE = 22_050


def decode(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and palette of a PNG as we write it; every checksum is checked."""
    stream = io.BytesIO(data)
    assert stream.read(8) == b"\x89PNG\r\n\x1a\n"
    parts: dict[bytes, bytes] = {}
    while head := stream.read(8):
        length, kind = struct.unpack(">I4s", head)
        body = stream.read(length)
        assert struct.unpack(">I", stream.read(4))[0] == zlib.crc32(kind + body)
        parts[kind] = body
    assert list(parts) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, colour) == (8, 3)
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert (rows[:, 0] == 1).all()
    return np.cumsum(rows[:, 1:], axis=1, dtype=np.uint8), np.frombuffer(parts[b"PLTE"], np.uint8).reshape(
        -1, 3
    )


def test_png_holds_the_pixels_and_the_palette() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 5, (7, 11), dtype=np.uint8)
    palette = rng.integers(0, 256, (5, 3), dtype=np.uint8)
    found, colours = decode(encode_png(pixels, palette))
    assert np.array_equal(found, pixels) and np.array_equal(colours, palette)


def test_picture_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        encode_png(np.zeros((0, 3), np.uint8), np.zeros((2, 3), np.uint8))
    with pytest.raises(InvalidInputError):
        encode_png(np.zeros((2, 3), np.uint8), np.zeros((300, 3), np.uint8))


def tone(hz: float, seconds: float) -> FloatArray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_spectrogram_shows_pitch_upwards_and_time_to_the_right() -> None:
    clip = AudioClip(np.concatenate([tone(200.0, 5.0), tone(4000.0, 5.0)]), RATE)
    pixels, palette = decode(draw_spectrogram(clip))
    assert pixels.shape[0] == 160 and pixels.shape[1] <= 1200
    brightest = pixels.argmax(axis=0)
    quarter = pixels.shape[1] // 4
    assert brightest[quarter] > 120 > 60 > brightest[3 * quarter]  # rows are counted from the top
    lightness = palette.astype(int).sum(axis=1)
    assert (np.diff(lightness) >= -1).all() and lightness[-1] > 4 * lightness[0]


def test_long_sound_is_no_wider_and_silence_is_dark() -> None:
    pixels, _ = decode(draw_spectrogram(AudioClip(tone(440.0, 60.0), RATE)))
    assert pixels.shape == (160, 1200)
    silent, _ = decode(draw_spectrogram(AudioClip(np.zeros(RATE, np.float32), RATE)))
    assert silent.max() == 0


def clusters(count: int, groups: int, dim: int = 32) -> tuple[FloatArray, np.ndarray]:
    rng = np.random.default_rng(4)
    centres = rng.standard_normal((groups, dim))
    members = rng.integers(groups, size=count)
    vectors = centres[members] + 0.25 * rng.standard_normal((count, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), members


def same_group(points: FloatArray, members: np.ndarray, sample: int = 300) -> float:
    """How often the nearest point is of the same group."""
    some = np.random.default_rng(5).permutation(len(points))[:sample]
    far = np.square(points[some][:, None] - points[None]).sum(axis=2)
    far[np.arange(len(some)), some] = np.inf
    return float((members[far.argmin(axis=1)] == members[some]).mean())


@pytest.mark.parametrize("landmarks", [map_projection.LANDMARKS, 300])
def test_songs_that_are_alike_lie_together(landmarks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 500
    monkeypatch.setattr(map_projection, "LANDMARKS", landmarks)  # the others are placed between them
    vectors, members = clusters(count, 12)
    points = lay_out([vectors])
    assert points.shape == (count, 2) and points.dtype == np.float32
    assert points.min() >= 0.0 and points.max() <= 1.0
    assert same_group(points, members) > 0.9
    assert same_group(points, members) > same_group(main_directions(vectors, 2)(vectors), members)


def test_same_vectors_give_the_same_map() -> None:
    vectors, _ = clusters(150, 5)
    assert np.array_equal(lay_out([vectors]), lay_out([vectors.copy()]))
    assert np.array_equal(lay_out([vectors]), lay_out([vectors[:60], vectors[60:]]))


def test_directions_of_the_first_vectors_serve_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, members = clusters(500, 12)
    monkeypatch.setattr(map_projection, "_SAMPLE", 200)
    points = lay_out(vectors[start : start + 64] for start in range(0, 500, 64))
    assert points.shape == (500, 2)
    assert same_group(points, members) > 0.9


@pytest.mark.parametrize("count", [0, 1, 2, 3, 28, 61])
def test_few_songs_have_places_of_their_own(count: int) -> None:
    vectors, _ = clusters(max(count, 1), 3)
    points = lay_out([vectors[:count]])
    assert points.shape == (count, 2) and np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == count
    assert points.size == 0 or (points.min() >= 0.0 and points.max() <= 1.0)


def test_songs_that_sound_the_same_break_nothing() -> None:
    points = lay_out([np.repeat(np.eye(1, 8, dtype=np.float32), 100, axis=0)])
    assert np.isfinite(points).all()


def test_layout_can_be_stopped() -> None:
    def stop(progress: Progress) -> None:
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        lay_out([clusters(100, 3)[0]], progress=stop)
