from __future__ import annotations

import pytest
from audio_material import LabelledTrack, demo_tracks

from reelscore.audio.decode import load
from reelscore.audio.features import measure
from reelscore.records import MusicFeatures


@pytest.fixture(scope="session")
def demo_features() -> list[tuple[LabelledTrack, MusicFeatures]]:
    """What is measured in the 28 labelled tracks of the demo package."""
    return [(track, measure(load(track.path))) for track in demo_tracks()]
