from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from audio_material import LabelledTrack, demo_tracks

from reelscore.audio.decode import load
from reelscore.audio.features import measure
from reelscore.records import MusicFeatures


@pytest.fixture(scope="session")
def demo_features(
    built_once: Callable[[str, Callable[[Path], None]], Path],
) -> list[tuple[LabelledTrack, MusicFeatures]]:
    """What is measured in the 28 labelled tracks of the demo package."""
    tracks = demo_tracks()

    def listen(folder: Path) -> None:
        (folder / "features").write_bytes(pickle.dumps([measure(load(track.path)) for track in tracks]))

    measured = pickle.loads((built_once("measured", listen) / "features").read_bytes())
    return list(zip(tracks, measured, strict=True))
