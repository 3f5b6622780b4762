"""Synthetic clips with known cuts, for `video.py`: real footage and textures, moved, lit and cut.

Everything is drawn with NumPy from one seed, so that a clip is the same on each machine up to its encoder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]  # (height, width, 3), 0..255
WIDTH, HEIGHT = 320, 180  # of what is drawn; the files are larger, as videos are


@dataclass(frozen=True)
class Clip:
    """A clip on disk: its hard cuts (frame numbers), and stretches that are not scored (dissolves, fades)."""

    name: str
    path: Path
    cuts: tuple[int, ...]
    unscored: tuple[tuple[int, int], ...] = ()
    frames: int = 0


@dataclass
class Reel:
    """Frames under construction."""

    frames: list[Image] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    unscored: list[tuple[int, int]] = field(default_factory=list)


def load_segments(
    path: Path, cuts: tuple[int, ...], *, width: int = 480, margin: int = 1
) -> list[list[NDArray[np.uint8]]]:
    """The shots of a real file as lists of small frames, cut at `cuts`."""
    frames = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        height = max(2, round(stream.height * width / stream.width / 2) * 2)
        for frame in container.decode(stream):
            frames.append(frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray())
    edges = [0, *cuts, len(frames)]
    parts = [frames[a + margin : b - margin] for a, b in pairwise(edges)]
    return [part for part in parts if len(part) >= 12]


def texture(rng: np.random.Generator, *, size: int = 640) -> Image:
    """A coloured 1/f picture with a few hard-edged shapes."""
    fx = np.fft.fftfreq(size)[:, None]
    fy = np.fft.rfftfreq(size)[None, :]
    falloff = np.maximum(np.hypot(fx, fy), 1 / size) ** -rng.uniform(1.0, 1.8)
    base = rng.uniform(40, 200, 3)
    picture = np.empty((size, size, 3), np.float32)
    shared = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
    for channel in range(3):
        own = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
        plane = np.fft.irfft2((0.8 * shared + 0.4 * own) * falloff, (size, size))
        picture[..., channel] = base[channel] + plane / plane.std() * rng.uniform(15, 45)
    grid_y, grid_x = np.mgrid[:size, :size]
    for _ in range(rng.integers(0, 14)):
        cx, cy, r = [*rng.uniform(0, size, 2).tolist(), rng.uniform(10, 110)]
        colour = rng.uniform(0, 255, 3)
        if rng.random() < 0.5:
            mask = (grid_x - cx) ** 2 + (grid_y - cy) ** 2 < r * r
        else:
            mask = (abs(grid_x - cx) < r) & (abs(grid_y - cy) < r * rng.uniform(0.2, 1.5))
        picture[mask] = 0.25 * picture[mask] + 0.75 * colour
    return np.clip(picture, 0, 255)


def view(picture: Image, cx: float, cy: float, scale: float, angle: float = 0.0) -> Image:
    """What a camera sees: centre (0..1), scale (share of the picture's width seen), angle in radians."""
    height, width = picture.shape[:2]
    step = scale * width / WIDTH
    ys, xs = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    xs, ys = (xs - WIDTH / 2) * step, (ys - HEIGHT / 2) * step
    c, s = math.cos(angle), math.sin(angle)
    px = np.clip(cx * width + c * xs - s * ys, 0, width - 1.001)
    py = np.clip(cy * height + s * xs + c * ys, 0, height - 1.001)
    ix, iy = px.astype(np.int32), py.astype(np.int32)
    fx, fy = (px - ix)[..., None], (py - iy)[..., None]
    top = picture[iy, ix] * (1 - fx) + picture[iy, ix + 1] * fx
    low = picture[iy + 1, ix] * (1 - fx) + picture[iy + 1, ix + 1] * fx
    return (top * (1 - fy) + low * fy).astype(np.float32)


class Camera:
    """A smooth path over a picture."""

    def __init__(self, rng: np.random.Generator, *, pace: float, scale: tuple[float, float]) -> None:
        self.x, self.y = rng.uniform(0.42, 0.58, 2)
        self.scale = rng.uniform(*scale)
        heading = rng.uniform(0, 2 * math.pi)
        speed = pace * rng.uniform(0.3, 1.0)
        self.vx, self.vy = speed * math.cos(heading), 0.5 * speed * math.sin(heading)
        self.zoom = 1 + rng.choice([-1, 1]) * pace * rng.uniform(0, 0.8)
        self.spin = rng.normal(0, pace * 0.3)
        self.shake = rng.choice([0.0, 0.0, 0.002, 0.006])
        self.angle = 0.0
        self.rng = rng

    def look(self, picture: Image) -> Image:
        jolt = self.rng.normal(0, self.shake, 2) if self.shake else (0.0, 0.0)
        seen = view(picture, self.x + jolt[0], self.y + jolt[1], self.scale, self.angle)
        low, high = 0.5 * self.scale, 1 - 0.5 * self.scale
        self.x += self.vx * self.scale
        self.y += self.vy * self.scale
        if not low <= self.x <= high:
            self.vx = -self.vx
        if not low <= self.y <= high:
            self.vy = -self.vy
        self.scale = min(max(self.scale * self.zoom, 0.15), 0.95)
        self.angle += self.spin
        return seen


Shooter = Callable[[int], list[Image]]


def texture_shot(rng: np.random.Generator, *, pace: float) -> Shooter:
    picture = texture(rng)
    return lambda count: _shoot(Camera(rng, pace=pace, scale=(0.3, 0.6)), [picture] * count)


def real_shot(
    rng: np.random.Generator, segment: list[NDArray[np.uint8]], *, pace: float, rate: float
) -> Shooter:
    """A crop of a real shot, perhaps mirrored, reversed, slowed or graded."""
    mirror, backwards = rng.random() < 0.5, rng.random() < 0.3
    gain = rng.uniform(0.75, 1.2) * rng.uniform(0.9, 1.1, 3)
    camera = Camera(rng, pace=pace, scale=(0.45, 0.95))

    def shoot(count: int) -> list[Image]:
        start = rng.integers(0, max(1, len(segment) - int(count * rate)))
        picked = []
        for k in range(count):
            # A short shot is played to and fro, so that it never jumps.
            position = (start + k * rate) % (2 * (len(segment) - 1))
            index = int(min(position, 2 * (len(segment) - 1) - position))
            image = segment[::-1][index] if backwards else segment[index]
            picked.append((image[:, ::-1] if mirror else image).astype(np.float32) * gain)
        return _shoot(camera, picked)

    return shoot


def _shoot(camera: Camera, pictures: list[Image]) -> list[Image]:
    return [camera.look(picture) for picture in pictures]


def add_flash(reel: Reel, at: int, length: int, strength: float) -> None:
    for index in range(at, min(at + length, len(reel.frames))):
        fade = 1 - 0.5 * (index - at) / max(1, length)
        reel.frames[index] = reel.frames[index] * (1 - strength * fade) + 255 * strength * fade


def add_occluder(rng: np.random.Generator, reel: Reel, at: int, length: int) -> None:
    """Something big and dark or bright that passes close to the lens."""
    picture = texture(rng, size=320)
    width = rng.uniform(0.4, 0.98)
    leftwards = rng.random() < 0.5
    for index in range(at, min(at + length, len(reel.frames))):
        where = (index - at) / length
        left = int((-width + (1 + width) * (1 - where if leftwards else where)) * WIDTH)
        a, b = max(0, left), min(WIDTH, left + int(width * WIDTH))
        if a < b:
            reel.frames[index] = reel.frames[index].copy()
            reel.frames[index][:, a:b] = picture[60 : 60 + HEIGHT, a - left : b - left][:, : b - a]


def add_shot(rng: np.random.Generator, reel: Reel, shot: list[Image], join: str) -> None:
    if not reel.frames:
        reel.frames.extend(shot)
    elif join == "cut":
        reel.cuts.append(len(reel.frames))
        reel.frames.extend(shot)
    elif join == "blend":  # frame-rate conversion leaves one mixed frame at a cut
        reel.cuts.append(len(reel.frames))
        reel.frames.append(0.5 * reel.frames[-1] + 0.5 * shot[0])
        reel.frames.extend(shot[1:])
    elif join == "dissolve":
        span = int(min(rng.integers(12, 30), len(shot) - 2, len(reel.frames) - 2))
        start = len(reel.frames) - span
        for k in range(span):
            mix = (k + 1) / (span + 1)
            reel.frames[start + k] = (1 - mix) * reel.frames[start + k] + mix * shot[k]
        reel.unscored.append((start - 1, start + span + 1))
        reel.frames.extend(shot[span:])
    else:  # through black
        span = int(min(rng.integers(8, 20), len(shot) // 2, len(reel.frames) // 2))
        start = len(reel.frames) - span
        for k in range(span):
            reel.frames[start + k] = reel.frames[start + k] * (1 - (k + 1) / span)
        head = [shot[k] * ((k + 1) / span) for k in range(span)]
        reel.unscored.append((start - 1, len(reel.frames) + span + 1))
        reel.frames.extend(head + shot[span:])


def build_reel(
    kind: str, segments: list[list[NDArray[np.uint8]]], *, fps: float, seed: int, shots: int
) -> Reel:
    """One clip of a kind: see KINDS for what each one is hard about."""
    rng = np.random.default_rng(seed)
    reel = Reel()
    pace = {"fast": 0.035, "still": 0.0}.get(kind, 0.006) * 25 / fps
    rate = 25 / fps * {"fast": 1.6}.get(kind, 1.0)
    one_segment = segments[int(rng.integers(len(segments)))]
    for number in range(shots):
        seconds = rng.uniform(0.35, 1.2) if kind == "quick" else rng.uniform(0.9, 2.6)
        count = max(8, int(seconds * fps))
        segment = one_segment if kind == "similar" else segments[int(rng.integers(len(segments)))]
        if kind == "texture" or (kind != "similar" and rng.random() < 0.25):
            shooter = texture_shot(rng, pace=pace)
        else:
            shooter = real_shot(rng, segment, pace=pace, rate=rate)
        join = "cut"
        if kind == "soft" and number:
            join = str(rng.choice(["cut", "cut", "dissolve", "fade"]))
        if kind == "blend":
            join = "blend" if rng.random() < 0.6 else "cut"
        begin = len(reel.frames)
        add_shot(rng, reel, shooter(count), join)
        length = len(reel.frames) - begin
        if kind == "flash":
            for _ in range(rng.integers(1, 4)):
                at = begin + int(rng.integers(3, max(4, length - 8)))
                add_flash(reel, at, int(rng.integers(1, 5)), rng.uniform(0.4, 1.0))
        if kind == "strobe" and rng.random() < 0.6:
            for at in range(begin + 4, begin + min(length - 4, 30), int(rng.integers(3, 6))):
                add_flash(reel, at, 1, rng.uniform(0.5, 0.95))
        if kind == "close" and length > 20:
            add_occluder(rng, reel, begin + int(rng.integers(3, length - 12)), int(rng.integers(6, 22)))
        if kind == "light":
            ramp = 1 + rng.uniform(0.2, 0.6) * np.sin(np.linspace(0, rng.uniform(2, 9), length))
            for k in range(length):
                reel.frames[begin + k] = reel.frames[begin + k] * ramp[k]
    dark = {"dark": 0.16}.get(kind, 1.0)
    grain = {"grain": 22.0, "dark": 3.0}.get(kind, rng.choice([0.0, 0.0, 4.0]))
    for index, frame in enumerate(reel.frames):
        noise = rng.normal(0, grain, (*frame.shape[:2], 1)).astype(np.float32) if grain else 0
        reel.frames[index] = np.clip(frame * dark + noise, 0, 255)
    return reel


KINDS = {
    "plain": "cuts between all sorts of shots",
    "quick": "shots of 0.35-1.2 s",
    "texture": "textures under a moving camera",
    "still": "a camera that stands still",
    "fast": "fast pans and zooms, shaken",
    "similar": "all shots are crops of one shot",
    "dark": "a sixth of the light, with noise",
    "grain": "heavy film grain",
    "flash": "flashes of 1-4 frames",
    "strobe": "a strobe light",
    "close": "big things pass close to the lens",
    "light": "the light goes up and down",
    "soft": "dissolves and fades among the cuts (not scored)",
    "blend": "cuts with one mixed frame",
}
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60))


@dataclass(frozen=True)
class Encoding:
    """How clips are written."""

    width: int
    height: int
    options: Mapping[str, str]
    codec: str = "libx264"
    pixels: str = "yuv420p"


# With B-frames as x264 writes them, without as phones and screen recorders do, and as editors keep footage.
ENCODINGS = {
    "720p": Encoding(1280, 720, {}),
    "720p without B-frames": Encoding(1280, 720, {"bf": "0", "g": "30"}),
    "360p": Encoding(640, 360, {}),
    "360p without B-frames": Encoding(640, 360, {"bf": "0", "g": "30"}),
    "720p ProRes": Encoding(1280, 720, {"profile": "1"}, "prores_ks", "yuv422p10le"),
}


def write_clip(path: Path, reel: Reel, rate: Fraction, encoding: Encoding, *, quality: int = 23) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoding.codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = encoding.width, encoding.height, encoding.pixels
        x264 = {"crf": str(quality), "preset": "veryfast"} if encoding.codec == "libx264" else {}
        stream.options = {**x264, **encoding.options}
        for image in reel.frames:
            frame = av.VideoFrame.from_ndarray(image.astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(encoding.width, encoding.height, encoding.pixels)))
        container.mux(stream.encode(None))


def make_clips(
    folder: Path,
    segments: list[list[NDArray[np.uint8]]],
    *,
    seed: int,
    rounds: int = 1,
    shots: int = 8,
    encodings: Sequence[str] = ("720p",),
) -> dict[str, list[Clip]]:
    """Write `rounds` clips of every kind, each at one of RATES, in every encoding: encoding -> clips."""
    clips: dict[str, list[Clip]] = {name: [] for name in encodings}
    for round_number in range(rounds):
        for number, kind in enumerate(KINDS):
            own_seed = seed * 10_000 + round_number * 100 + number
            rate = RATES[(number + round_number) % len(RATES)]
            reel = build_reel(kind, segments, fps=float(rate), seed=own_seed, shots=shots)
            for name in encodings:
                path = folder / name.replace(" ", "-") / f"{kind}-{own_seed}.mov"
                path.parent.mkdir(exist_ok=True)
                write_clip(path, reel, rate, ENCODINGS[name], quality=28 if round_number % 2 else 20)
                clips[name].append(
                    Clip(path.stem, path, tuple(reel.cuts), tuple(reel.unscored), len(reel.frames))
                )
    return clips
