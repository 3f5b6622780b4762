"""Does a checkpoint work at all? A check that takes a second and needs no other model.

There are published checkpoints whose text tower gives nearly the same vector for every text: searching with
one looks like it works and answers at chance. So before a model is used, unrelated prompts must differ, and
music must differ from noise; of a model that looks at pictures, a made-up landscape must too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.clap.features import WindowSettings
from reelscore.embedding.hub.folder import InstalledModel
from reelscore.embedding.hub.towers import AudioTower, Hears, ImageTower, Reads, Sees, TextTower, normalise
from reelscore.errors import ModelError
from reelscore.records import FloatArray

VERSION = 1  # of the check: a recorded outcome of another version does not count
# Working checkpoints stay well below these; a collapsed tower is above .99.
TEXT_LIMIT = 0.6
NOISE_LIMIT = 0.9
_SIDE = 224  # pixels of the pictures
# All texts of a working CLIP lie in a narrow cone (unrelated ones at about .7), and so do its pictures.
# A joint model gets the same room, since none was measured.
CLIP_LIMIT = 0.95
PROMPTS = (
    "slow acoustic guitar ballad",
    "fast electronic dance music with heavy bass",
    "a dog barking in the street",
    "a woman reading the news",
)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the check measured."""

    text_cosine: float  # mean over the pairs of the prompts
    noise_cosine: float  # music against noise, or a picture against noise; of both the higher one
    sound: bool = True  # whether it hears
    pictures: bool = False  # whether it looks at pictures

    @property
    def limits(self) -> tuple[float, float]:
        """What the two must stay below."""
        return (CLIP_LIMIT, CLIP_LIMIT) if self.pictures else (TEXT_LIMIT, NOISE_LIMIT)

    @property
    def problem(self) -> str | None:
        """Why the model cannot be used, with the figure; None if it can."""
        text_limit, noise_limit = self.limits
        if not self.text_cosine < text_limit:  # also if it is not a number
            return (
                "its text tower does not tell texts apart: the mean cosine of "
                f"{len(PROMPTS)} unrelated prompts is {self.text_cosine:.4f}, and must be below {text_limit}"
            )
        if not self.noise_cosine < noise_limit:
            what = " or ".join(["music"] * self.sound + ["a landscape"] * self.pictures)
            return (
                f"it does not tell {what} from noise: their cosine is "
                f"{self.noise_cosine:.4f}, and must be below {noise_limit}"
            )
        return None

    def require(self, name: str) -> None:
        """Raise ModelError if the model of this name cannot be used."""
        if self.problem is not None:
            raise ModelError(f"the model {name} is refused: {self.problem}; take another checkpoint")

    def figures(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "version": VERSION}


def check_towers(audio: Hears, text: Reads) -> CheckReport:
    """Run the prompts, a chord progression and white noise through the towers."""
    sounds = [music(audio.settings), noise(audio.settings)]
    heard = normalise(np.concatenate([audio.hear(sound, (0,)) for sound in sounds]))
    return CheckReport(_text_cosine(text), noise_cosine=float(heard[0] @ heard[1]))


def check_clip(image: Sees, text: Reads) -> CheckReport:
    """Run the prompts, a made-up landscape and white noise through the towers."""
    return check_pictures(CheckReport(_text_cosine(text), noise_cosine=-1.0, sound=False), image)


def check_pictures(report: CheckReport, image: Sees) -> CheckReport:
    """A report with what a made-up landscape and white noise are to a tower, beside what it has of sound."""
    generator = np.random.default_rng(20260101)
    grain = generator.integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    seen = normalise(np.concatenate([image.look([one]) for one in (landscape(_SIDE), grain)]))
    return replace(report, noise_cosine=max(report.noise_cosine, float(seen[0] @ seen[1])), pictures=True)


def check_installed(installed: InstalledModel) -> CheckReport:
    """Verify every file of a model, and run the check that suits it on the CPU."""
    for part in installed.model.parts:
        installed.verify(part)
    if installed.model.is_checkpoint:
        from reelscore.embedding.joint.checkpoint import open_checkpoint

        whole = open_checkpoint(installed, threads=None, provider="cpu")
        return check_pictures(check_towers(whole, whole), whole)
    text = TextTower(installed, threads=None, provider="cpu")
    if not installed.model.hears:
        return check_clip(ImageTower(installed, threads=None), text)
    report = check_towers(AudioTower(installed, threads=None, provider="cpu"), text)
    return check_pictures(report, ImageTower(installed, threads=None)) if installed.model.pictures else report


def _text_cosine(text: Reads) -> float:
    prompts = normalise(text.run(PROMPTS))
    return float(np.mean([prompts[a] @ prompts[b] for a, b in combinations(range(len(PROMPTS)), 2)]))


def recorded_check(installed: InstalledModel) -> CheckReport | None:
    """The outcome of an earlier check of exactly these files; None if there is none."""
    stored: Mapping[str, Any] | None = installed.read_check()
    if stored is None or stored.get("version") != VERSION:
        return None
    try:
        figures = (float(stored["text_cosine"]), float(stored["noise_cosine"]))
        return CheckReport(*figures, installed.model.hears, installed.model.pictures)
    except (KeyError, TypeError, ValueError):
        return None


def landscape(side: int) -> NDArray[np.uint8]:
    """A made-up picture, uint8 (side, side, 3): a blue sky that pales downwards, a sun, and green hills."""
    down, across = np.mgrid[0:side, 0:side] / side
    picture = np.stack([90 + 120 * down, 150 + 80 * down, 235 - 20 * down], axis=-1)
    picture[(down - 0.25) ** 2 + (across - 0.7) ** 2 < 0.01] = (255, 230, 120)
    picture[down > 0.65 + 0.08 * np.sin(7 * across)] = (60, 130, 50)
    return picture.astype(np.uint8)


def music(settings: WindowSettings) -> FloatArray:
    """One window of plucked chords, C - A minor - F - G, with a bass: a made-up piece of music."""
    rate = settings.sample_rate
    chords = ((48, 60, 64, 67), (45, 60, 64, 69), (41, 60, 65, 69), (43, 59, 62, 67))  # MIDI notes
    samples = np.zeros(settings.window, dtype=np.float64)
    step = rate // 2  # half a second for each pluck
    for number, begin in enumerate(range(0, settings.window, step)):
        time = np.arange(min(2 * step, settings.window - begin)) / rate
        for note in chords[number // 4 % len(chords)]:
            pitch = 440.0 * 2.0 ** ((note - 69) / 12.0)
            for overtone in range(1, 7):
                tone = np.sin(2.0 * np.pi * pitch * overtone * time) * np.exp(-3.0 * overtone**0.5 * time)
                samples[begin : begin + len(time)] += tone / overtone**1.5
    result: FloatArray = (0.5 * samples / np.abs(samples).max()).astype(np.float32)
    return result


def noise(settings: WindowSettings) -> FloatArray:
    """One window of white noise, always the same."""
    generator = np.random.default_rng(20260101)
    return (0.1 * generator.standard_normal(settings.window)).astype(np.float32)
