from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reelscore.catalog.convert import analysis_json, analysis_record
from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError
from reelscore.records import Phrase, Section, VideoAnalysis, VideoMeasurements

ANALYSIS = VideoAnalysis(
    description="Fast cuts – viel Bewegung",
    music_recommendation="driving electronic music",
    keywords=("fast", "bright"),
    mood="energetic",
    genre_suggestions=("electronic",),
    tempo="Fast",
    energy_level="High",
    analyzer="local",
    phrases=(Phrase("energetic electronic", 0.7), Phrase("bright")),
    tempo_bpm=(120.0, 140.0),
    energy=0.8,
    sections=(Section(0.0, 4.5, 0.9, "energetic"),),
    basis={"tempo": "31 cuts a minute", "mood": "motion 0.7"},
    measurements=VideoMeasurements(
        duration=9.5,
        width=640,
        height=360,
        frame_rate=None,
        rotation=90,
        frames=228,
        cuts=(1.5, 3.25),
        cuts_per_minute=12.6,
        motion=0.7,
        brightness=0.5,
        contrast=0.4,
        saturation=0.3,
        warmth=-0.2,
        has_audio=True,
        motion_curve=(0.1, 0.9),
    ),
    degraded="no key",
    extra={"model": {"name": "x"}},
)


def test_an_analysis_comes_back_as_it_was_stored(catalog: Catalog) -> None:
    stored = catalog.save_analysis(ANALYSIS, content_hash="a" * 64)
    assert catalog.analysis(stored) == ANALYSIS
    bare = replace(ANALYSIS, measurements=None, tempo_bpm=None, sections=(), phrases=(), extra={})
    assert catalog.analysis(catalog.save_analysis(bare, content_hash="b" * 64)) == bare


def test_the_newest_analysis_of_a_video_is_found(catalog: Catalog) -> None:
    catalog.save_analysis(ANALYSIS, content_hash="a" * 64)
    catalog.save_analysis(replace(ANALYSIS, mood="calm"), content_hash="a" * 64)
    catalog.save_analysis(replace(ANALYSIS, analyzer="gemini:x"), content_hash="a" * 64)
    found = catalog.find_analysis("a" * 64, "local")
    assert found is not None
    assert found[0].mood == "calm"
    assert catalog.analysis(found[1]) == found[0]
    assert catalog.find_analysis("b" * 64, "local") is None
    assert catalog.find_analysis("a" * 64, "other") is None
    with pytest.raises(NotFoundError, match="no video analysis"):
        catalog.analysis("unknown")


def test_numbers_of_numpy_are_plain_json() -> None:
    body = analysis_json(replace(ANALYSIS, energy=np.float32(0.5), extra={"curve": np.arange(3)}))  # type: ignore[arg-type]
    assert body["energy"] == 0.5
    assert type(body["energy"]) is float
    assert body["extra"] == {"curve": [0, 1, 2]}


def test_fields_of_a_later_version_are_left_out() -> None:
    body = analysis_json(ANALYSIS) | {"invented": 1}
    body["phrases"][0]["invented"] = 1
    assert analysis_record(body) == ANALYSIS


def test_notes_are_kept(catalog: Catalog) -> None:
    assert catalog.note("quota") is None
    catalog.set_note("quota", "3")
    catalog.set_note("quota", "4")
    assert catalog.note("quota") == "4"
