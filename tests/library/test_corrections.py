"""Corrections of a library: checked as they are entered, heard by the index, and shown; licences of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelscore.config import Settings
from reelscore.errors import NotFoundError, ReelscoreError, UnknownNameError
from reelscore.filters.parsing import read_filters
from reelscore.ingest.service import ingest
from reelscore.library.corrections import correct
from reelscore.library.rights import enter_rights
from reelscore.library.service import Library
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.wiring import Wiring
from sound_files import encode, music


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiring, Path]]:
    folder = tmp_path_factory.mktemp("corrected")
    for number, name in enumerate(("moon", "sun")):
        encode(folder / f"music/{name}.flac", music(6.0, seed=number), "flac", tags={"title": name})
    (folder / "music/sun.license").write_text("SPDX-License-Identifier: CC-BY-4.0\n")
    wiring = Wiring(Settings(home=folder / "home"))
    ingest(wiring, "folder", {"paths": [str(folder / "music")]})
    yield wiring, folder / "music"
    wiring.close()


@pytest.fixture
def song(made: tuple[Wiring, Path]) -> str:
    return next(one.id for one in made[0].catalog.list_songs()[0] if one.title == "moon")


def found(wiring: Wiring, **filters: Any) -> set[str]:
    """Titles that a search finds, through the index, and that the list has."""
    asked = Query(text="calm piano", filters=read_filters(filters))
    titles = {one.song.title for one in search(wiring, asked).songs}
    listed = {one["title"] for one in Library(wiring).songs(filters=asked.filters)["songs"]}
    assert titles == listed
    return titles


def test_a_corrected_tempo_is_doubled_found_shown_and_taken_back(
    made: tuple[Wiring, Path], song: str
) -> None:
    wiring, _ = made
    tempo = wiring.catalog.features([song])[song].tempo_bpm
    assert tempo is not None
    told = correct(wiring, song, {"tempo": "x2", "key": "8A", "vocals": False, "moods": ["Calm"]})
    assert told["corrections"] == {
        "tempo": pytest.approx(2 * tempo, abs=0.001),
        "key": "A minor",
        "vocals": False,
        "moods": ["calm"],
    }
    assert found(wiring, tempo_bpm=[2 * tempo - 1, 2 * tempo + 1], moods=["calm"], key="Am") == {"moon"}
    shown = Library(wiring).song(song)
    assert shown["features"]["tempo_confidence"] == 1.0
    assert (shown["tags"]["calm"], shown["tags"]["vocals"], shown["voice"]) == (1.0, 0.0, "instrumental")
    (answered,) = [one for one in search(wiring, Query(text="calm piano")).songs if one.song.id == song]
    assert (answered.tags["calm"], answered.tags["vocals"]) == (1.0, 0.0)
    assert correct(wiring, song, dict.fromkeys(told["corrections"]))["corrections"] == {}
    assert wiring.catalog.features([song])[song].tempo_bpm == tempo


def test_licences_of_tags_sidecars_and_by_hand_are_found(made: tuple[Wiring, Path], song: str) -> None:
    wiring, folder = made
    assert found(wiring, licences=["CC-BY"]) == {"sun"}
    assert found(wiring, licences=["CC-BY-3.0"]) == set()
    enter_rights(wiring, song, {"licence": "https://creativecommons.org/licenses/by/4.0/"})
    assert found(wiring, licences=["CC BY 4.0"]) == {"moon", "sun"}
    enter_rights(wiring, song, {"licence": ""})
    assert found(wiring, licences=["CC-BY"]) == {"sun"}
    # A sidecar that comes, changes or goes is noticed, and nothing is listened to again.
    for text, licences in (("CC0-1.0", {"moon"}), ("MIT", set()), (None, set())):
        beside = folder / "credits.csv"
        if text is None:
            beside.unlink()
        else:
            beside.write_text(f"file,licence\nmoon.flac,{text}\n")
        report = ingest(wiring, "folder", {"paths": [str(folder)]})
        assert (report.added, report.changed) == (0, 0)
        assert found(wiring, licences=["CC0"]) == licences


@pytest.mark.parametrize(
    "values",
    [
        {"tempo": 5},
        {"tempo": "fast"},
        {"tempo": "/0"},
        {"tempo": True},
        {"key": "H sharp"},
        {"moods": ["hapy"]},
        {"moods": "calm"},
        {"vocals": "yes"},
        {"title": 3},
        {"genre": "x" * 1001},
        {"colour": "red"},
    ],
)
def test_what_is_no_value_is_refused(values: dict[str, Any], made: tuple[Wiring, Path], song: str) -> None:
    with pytest.raises(ReelscoreError):
        correct(made[0], song, values)
    assert made[0].catalog.corrections([song]) == {}


def test_unknown_songs_and_fields_are_named(made: tuple[Wiring, Path], song: str) -> None:
    with pytest.raises(NotFoundError):
        correct(made[0], "nothing", {"tempo": 120})
    with pytest.raises(UnknownNameError, match="publisher"):
        correct(made[0], song, {"colour": "red"})
