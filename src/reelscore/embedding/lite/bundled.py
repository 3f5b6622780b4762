"""Every bundled space of a track from one look at its sound."""

from __future__ import annotations

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.semantic import TaggerEmbedder
from reelscore.embedding.lite.taggers import load_taggers
from reelscore.embedding.spectral import SpectralEmbedder
from reelscore.records import AudioClip, MusicFeatures, TrackEmbedding


def embed_all(
    clip: AudioClip, features: MusicFeatures, *, threads: int | None = None
) -> tuple[TrackEmbedding, ...]:
    """The vectors of a track in `lite-1`, `taggers-1` and `spectral-1`; the taggers run once.

    The bytes are those that each embedder gives on its own.

    Raises
    ------
    UnusableAudioError
        The clip is empty or digitally silent.
    ModelError
        A bundled file is missing or damaged.
    """
    spectral = SpectralEmbedder().embed_audio(clip, features)
    run = load_taggers(threads).run(clip)
    return LiteEmbedder().embed_run(run, features), TaggerEmbedder().embed_run(run), spectral
