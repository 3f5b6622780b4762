"""From labelled songs to answers: train, reindex, search by a word of one's own, and back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from asked import matching
from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.embedding.lite.embedder import LITE
from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.table import Filters
from reelscore.library.heard_tags import tags_of_songs
from reelscore.maintenance.models import delete_model, list_models
from reelscore.maintenance.reembed import ReindexingService
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.search.options import known_choices
from reelscore.training.labels import from_library, lesson_of
from reelscore.training.run import train
from reelscore.wiring import Wiring

CLAP = Path(__file__).parent.parent / "embedding" / "clap" / "fixture"


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
    only = Query(text="music", limit=28, filters=Filters(tags=("krand",)))
    passed = {item.song.id for item in search(wiring, only).songs}
    assert len(passed & acoustic) >= 7 and len(passed - acoustic) <= 2
    assert passed == set(matching(wiring.catalog, only.filters))
    assert "krand" in known_choices(wiring)["tags"]
    shown = tags_of_songs(wiring, {song: np.ones(LITE.dim, np.float32) / 14.2 for song in passed})
    assert all(tags["krand"] >= 0.5 for tags in shown.values())
    assert [row["state"] for row in list_models(wiring.settings.models_dir) if row["name"] == "own"] == [
        "installed"
    ]
    wiring.close()

    assert delete_model(Settings(home=home).models_dir, "own") > 0
    wiring = Wiring(Settings(home=home))
    with pytest.raises(UnknownNameError, match="krand"):
        search(wiring, only)
    answer = search(wiring, Query(text="gentle strings", limit=28))
    heard = wiring.catalog.heard(acoustic, also=["krand"])
    assert heard.keys() == acoustic and not any("krand" in tags for tags, _ in heard.values())
    assert answer.degraded and [song["id"] for song in answer.to_dict()["songs"]] == [
        song["id"] for song in before["songs"]
    ]
    ReindexingService(wiring).reindex_space("lite")
    assert search(wiring, Query(text="gentle strings", limit=28)).to_dict() == before
    wiring.close()


def test_a_label_of_ones_own_is_a_filter_of_the_commands(home: Path, reelscore: Reelscore) -> None:
    taught(home)
    said = reelscore("recommend", "text", "music", "--tag", "krand", "--limit", 28, "--json")
    assert said.code == 0, said.err
    assert 5 <= len(json.loads(said.out)["songs"]) < 28
    assert reelscore("recommend", "text", "music", "--tag", "krandy").code != 0


def test_a_library_teaches_its_genres_and_those_at_random_are_refused_with_figures(
    home: Path, reelscore: Reelscore
) -> None:
    wiring = Wiring(Settings(home=home))
    songs = sorted(wiring.catalog.list_songs(limit=28)[0], key=lambda song: song.id)
    wiring.close()
    own = ["krand" if song.genre == "acoustic" else "zorbic" for song in songs]
    command = ("train", "--from-library", "--out", "own", "--json")

    drawn = np.random.default_rng(2).permutation(own)
    call_genres(home, {song.id: genre for song, genre in zip(songs, drawn, strict=True)})
    refused = reelscore(*command)
    found = json.loads(refused.out)
    assert refused.code == 1 and found["space"] is None and "nothing is gained" in found["refusal"]
    assert found["gain"][1] <= 0 and {row["label"] for row in found["labels"]} >= {"krand", "zorbic"}
    assert not (home / "models" / "tuned" / "own").exists()

    call_genres(home, {song.id: genre for song, genre in zip(songs, own, strict=True)})
    taken = reelscore(*command)
    assert taken.code == 0, taken.err
    assert json.loads(taken.out)["gain"][1] > 0
    assert reelscore("reindex", "--space", "own").code == 0
    answer = json.loads(reelscore("recommend", "text", "krand", "--no-names", "--limit", 8, "--json").out)
    assert answer["space"] == json.loads(taken.out)["space"]
    assert sum(song["genre"] == "krand" for song in answer["songs"]) >= 7


def call_genres(home: Path, genres: dict[str, str]) -> None:
    """Each song is of an album and a genre of its own."""
    with closing(sqlite3.connect(home / "library.sqlite3")) as connection, connection:
        rows = [(genre, song, song) for song, genre in genres.items()]
        connection.executemany("UPDATE songs SET genre = ?, album = ? WHERE id = ?", rows)


def test_it_learns_over_clap_as_over_lite(home: Path) -> None:
    folder = home / "models" / "clap-random" / "fp32"
    folder.mkdir(parents=True)
    for path in CLAP.iterdir():
        if path.name != "golden.npz":
            shutil.copyfile(path, folder / path.name)
    settings = Settings(home=home, CLAP_MODEL_NAME="clap-random")  # type: ignore[call-arg]
    wiring = Wiring(settings)
    assert ReindexingService(wiring).reindex_space("clap", switch=False).embedded == 28
    songs = wiring.catalog.list_songs(limit=28)[0]
    # Random weights hear no styles: what they hear is taught, and found again.
    clap = wiring.clap
    assert clap is not None
    vectors = {
        song: vector
        for ids, block in wiring.catalog.track_vectors(clap.space.name)
        for song, vector in zip(ids, block, strict=True)
    }
    middle = np.mean(list(vectors.values()), axis=0)
    main = np.linalg.svd(np.stack(list(vectors.values())) - middle)[2][0]
    high = set(sorted(vectors, key=lambda song: float(vectors[song] @ main))[14:])
    labels = [{"krand"} if song.id in high else {"zorbic"} for song in songs]
    lesson = lesson_of(wiring, [song.id for song in songs], labels, [song.id for song in songs], base=clap)
    found = train(lesson, settings.models_dir, "house", reader=clap)
    assert found.space is not None, found.refusal
    wiring.close()

    wiring = Wiring(settings)
    assert ReindexingService(wiring).reindex_space("house").embedded == 28
    tuned = wiring.embedders.tuned[0]
    scores = {}
    for ids, block in wiring.catalog.track_vectors(found.space):
        assert block.shape[1] == tuned.space.dim > clap.space.dim
        axis = clap.space.dim + [label.text for label in tuned.tuning.labels].index("krand")
        scores |= dict(zip(ids, block[:, axis], strict=True))
    first = sorted(scores, key=lambda song: -scores[song])[:10]
    assert sum(song in high for song in first) >= 9
    assert search(wiring, Query(text="slow guitar", limit=3)).space == found.space
    wiring.close()


def taught(home: Path) -> None:
    """A library that knows "krand": its acoustic songs."""
    wiring = Wiring(Settings(home=home))
    songs = wiring.catalog.list_songs(limit=28)[0]
    labels = [{"krand"} if song.genre == "acoustic" else {"zorbic"} for song in songs]
    ids = [song.id for song in songs]
    assert train(lesson_of(wiring, ids, labels, ids), wiring.settings.models_dir, "own").space is not None
    wiring.close()
