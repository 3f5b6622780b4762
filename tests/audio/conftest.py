from __future__ import annotations

import pytest
from audio_material import LabelledTrack, demo_tracks

from reelscore.records import MusicFeatures
from reelscore.wiring import Wiring


@pytest.fixture(scope="session")
def demo_features(shared_demo_wiring: Wiring) -> list[tuple[LabelledTrack, MusicFeatures]]:
    """What the ingest of the demo measured in its 28 labelled tracks."""
    catalog = shared_demo_wiring.catalog
    ids = {song.uri: song.id for song in catalog.songs_of_source("demo")}
    measured = catalog.features(ids.values())
    return [(track, measured[ids[str(track.path)]]) for track in demo_tracks()]
