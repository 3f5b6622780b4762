"""From labelled songs to answers: train, reindex, search by a word of one's own, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.maintenance.models import delete_model, list_models
from reelscore.maintenance.reembed import ReindexingService
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.training.labels import from_library, lesson_of
from reelscore.training.run import train
from reelscore.wiring import Wiring


@pytest.fixture
def home(demo_library_home: Path) -> Iterator[Path]:
    yield demo_library_home


def test_a_library_learns_its_words_and_goes_back(home: Path) -> None:
    wiring = Wiring(Settings(home=home))
    songs = wiring.catalog.list_songs(limit=28)[0]
    with pytest.raises(InvalidInputError, match="nothing to learn in 28 songs"):
        from_library(wiring)  # all of the demo is one album
    acoustic = {song.id for song in songs if song.genre == "acoustic"}
    labels = [{"krand"} if song.id in acoustic else {"zorbic"} for song in songs]
    lesson = lesson_of(wiring, [song.id for song in songs], labels, [song.id for song in songs])
    before = search(wiring, Query(text="gentle strings", limit=28)).to_dict()
    found = train(lesson, wiring.settings.models_dir, "own")
    assert found.space is not None, found.refusal
    wiring.close()

    wiring = Wiring(Settings(home=home))  # a start finds what is new in the model folder
    assert found.space in wiring.embedders.spaces
    report = ReindexingService(wiring).reindex_space("own")
    assert report.switched and report.embedded == 28
    answer = search(wiring, Query(text="krand", limit=8))
    assert answer.space == found.space and answer.degraded is None
    assert sum(item.song.id in acoustic for item in answer.songs) >= 7
    assert [row["state"] for row in list_models(wiring.settings.models_dir) if row["name"] == "own"] == [
        "installed"
    ]
    wiring.close()

    assert delete_model(Settings(home=home).models_dir, "own") > 0
    wiring = Wiring(Settings(home=home))
    answer = search(wiring, Query(text="gentle strings", limit=28))
    assert answer.degraded and [song["id"] for song in answer.to_dict()["songs"]] == [
        song["id"] for song in before["songs"]
    ]
    ReindexingService(wiring).reindex_space("lite")
    assert search(wiring, Query(text="gentle strings", limit=28)).to_dict() == before
    wiring.close()
