"""What one decode of a file gives, made in the child process that opens it: only what is small goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
from reelscore.audio.features import check_usable, measure_all
from reelscore.audio.length import sound_length
from reelscore.audio.waveform import draw_waveform
from reelscore.children import at_start, in_child
from reelscore.embedding.lite.bundled import embed_all
from reelscore.limits import SOUND
from reelscore.records import AudioClip, FloatArray, MusicFeatures, SongStructure, TrackEmbedding, Waveform

Analysis: TypeAlias = tuple[MusicFeatures, tuple[TrackEmbedding, ...], SongStructure]


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of a file that is a song; the times of the song count from its beginning."""

    begin: float = 0.0  # seconds
    seconds: float | None = None  # None: up to the end of the file


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that one decode of a file gave."""

    clip: AudioClip | None  # the sound itself, if somebody wants it
    features: MusicFeatures
    embeddings: tuple[TrackEmbedding, ...]
    waveform: Waveform
    structure: SongStructure
    length: float = 0.0  # seconds of sound in the whole song, which may be more than was analysed

    def vector(self, space: str) -> FloatArray:
        """The track vector of one space."""
        return next(item.track for item in self.embeddings if item.space == space)

    def windows(self, space: str) -> FloatArray:
        """The vectors of the windows in one space."""
        return next(item.windows for item in self.embeddings if item.space == space)


def load_part(path: Path, part: Part, *, sample_rate: int, metered: bool = False) -> AudioClip:
    """Decode a song, up to as much of it as is analysed; raises as `load` does."""
    seconds = MAX_ANALYSED_SECONDS if part.seconds is None else min(part.seconds, MAX_ANALYSED_SECONDS)
    clip = load(path, sample_rate=sample_rate, offset=part.begin, duration=seconds, metered=metered)
    return clip if part is WHOLE else replace(clip, start=clip.start - part.begin)


@in_child(SOUND)
def hear_bundled(
    path: Path,
    part: Part,
    *,
    sample_rate: int,
    threads: int | None,
    known: Callable[[AudioClip], Analysis | None] | None,
    keep: bool,
) -> tuple[Heard, bool]:
    """What a file gives without models that the user added; and whether its analysis was known.

    Parameters
    ----------
    known
        The analysis of a sound that somebody else made, if there is one.
    keep
        Whether the sound is wanted, which is large.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    clip = load_part(path, part, sample_rate=sample_rate, metered=True)
    check_usable(clip)
    length = clip.start + clip.duration
    if length > MAX_ANALYSED_SECONDS - 1.0 and part.seconds is None:
        length = max(length, sound_length(path) - part.begin)
    elif part.seconds is not None and length > part.seconds - 1.0:
        length = part.seconds
    kept = clip if keep else None
    found = None if known is None else known(clip)
    if found is not None:
        return Heard(kept, found[0], found[1], draw_waveform(clip), found[2], length), True
    measured = measure_all(clip)
    embeddings = embed_all(clip, measured.features, threads=threads)
    heard = Heard(kept, measured.features, embeddings, draw_waveform(clip), measured.structure, length)
    return heard, False


@at_start
def _load_models() -> None:
    """Children share what was loaded before they began: models, filters, networks of beats."""
    rate = 22_050
    noise = np.random.default_rng(1).standard_normal(4 * rate).astype(np.float32)
    clip = AudioClip(0.1 * noise, rate)
    embed_all(clip, measure_all(clip).features, threads=1)
