"""Listen to one file: decode it once, measure it, and embed it into every space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
from reelscore.audio.features import check_usable, measure
from reelscore.embedding.suite import EmbedderSuite
from reelscore.records import MusicFeatures, TrackEmbedding
from reelscore.services.payloads import features_payload
from reelscore.wiring import Wiring


def listen(path: Path, embedders: EmbedderSuite) -> tuple[MusicFeatures, tuple[TrackEmbedding, ...]]:
    """Everything that one decode gives.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    clip = load(path, sample_rate=embedders.sample_rate, duration=MAX_ANALYSED_SECONDS)
    check_usable(clip)
    features = measure(clip)
    return features, embedders.embed(clip, features)


def describe_sound(wiring: Wiring, path: Path) -> dict[str, Any]:
    """Measurements and tags of an audio file as JSON, without a library: nothing is stored."""
    features, embeddings = listen(path, wiring.embedders)
    lite = wiring.lite
    vector = next(item.track for item in embeddings if item.space == lite.space.name)
    return {
        "features": features_payload(features, curves=True),
        "tags": {tag: round(probability, 3) for tag, probability in lite.tags(vector).items()},
        "space": lite.space.name,
    }
