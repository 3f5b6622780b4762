"""The same questions to the same songs in every database and every index: ids and scores are the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asked import Asking
from qdrant_server import local_qdrant_wiring
from reelscore.config import Settings
from reelscore.library.service import database_stats
from reelscore.maintenance.check import check_library
from reelscore.maintenance.copy import copy_library
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring


def in_sqlite(home: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    return {}


def in_mariadb(home: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    url = request.getfixturevalue("mariadb_url")
    assert copy_library(Settings(home=home).sql_url, url)["ok"]
    return {"DATABASE_URL": url}


# Gives the settings of a library whose songs were put into that database.
DATABASES: dict[str, Callable[[Path, pytest.FixtureRequest], dict[str, Any]]] = {
    "sqlite": in_sqlite,
    "mariadb": in_mariadb,
}


def on_edge(home: Path, **settings: Any) -> Wiring:
    shutil.rmtree(home / "index")  # to be filled from that database
    return Wiring(Settings(home=home, **settings))


INDEXES: dict[str, Callable[..., Wiring]] = {"edge": on_edge, "qdrant": local_qdrant_wiring}


@pytest.fixture(
    params=[
        pytest.param((database, index), id=f"{database} and {index}")
        for database in DATABASES
        for index in INDEXES
        if (database, index) != ("sqlite", "edge")  # what the others are compared with
    ]
)
def other(request: pytest.FixtureRequest, demo_library_home: Path) -> Iterator[Wiring]:
    database, index = request.param
    settings = DATABASES[database](demo_library_home, request)
    wiring = INDEXES[index](demo_library_home, **settings)
    yield wiring
    wiring.close()


FILTERS: list[dict[str, Any]] = [
    {"genres": ["electronic"]},
    {"tempo_bpm": [90, 130], "half_double": True},
    {"energy": [0.2, 0.9], "not_tags": ["rock"]},
    {"key": "A minor", "compatible_keys": True},
    {"vocals": False},
    {"sources": ["nowhere"]},
]


def ask_everything(wiring: Wiring) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    service = Asking(wiring)
    songs = sorted(wiring.catalog.track_ids("lite-1"))
    for text in ("calm acoustic guitar", "fast electronic dance music", "a sad piano, no drums", "piano"):
        yield text, service.recommend_by_text_query(text, limit=10)
        for values in FILTERS:
            answer = service.read(text=text, limit=28, filters=values)
            yield f"{text} {values}", answer.to_dict()["songs"]
    for song in songs[:4]:
        yield song, service.recommend_by_song(song, limit=27)
        mixed = service.recommend_text("happy", song=song, limit=5)
        yield f"{song} and words", mixed.to_dict()["songs"]
    video = service.recommend_video(demo_videos()[0], limit=5)
    yield "video", video.to_dict()["songs"]


def test_answers_are_the_same_in_every_database_and_index(other: Wiring, shared_demo_wiring: Wiring) -> None:
    mine, theirs = dict(ask_everything(shared_demo_wiring)), dict(ask_everything(other))
    assert mine.keys() == theirs.keys()
    assert sum(map(len, mine.values())) > 200
    for question, answer in mine.items():
        assert [song["id"] for song in theirs[question]] == [song["id"] for song in answer], question
        for one, two in zip(theirs[question], answer, strict=True):
            assert one["score"] == pytest.approx(two["score"], abs=1e-6), question
    assert check_library(other)["ok"]
    stats = database_stats(other)
    assert (stats["vectors_count"], stats["points_count"], stats["status"]) == (28, 28, "green")
