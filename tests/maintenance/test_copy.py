"""Bringing a library to where the settings say: tables, and vectors between Edge and a Qdrant server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qdrant_server import serve_qdrant
from reelscore.config import Settings
from reelscore.errors import LibraryBusyError
from reelscore.facade import RecommendationService
from reelscore.index.ownership import claim
from reelscore.maintenance.copy import move_library
from reelscore.maintenance.verify import prove_indexes
from reelscore.wiring import close_wirings, open_wiring


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_wirings()


def answers(settings: Settings) -> list[str]:
    service = RecommendationService(open_wiring(settings))
    found = [song["id"] for song in service.recommend_by_text_query("calm piano", limit=28)]
    close_wirings()
    return found


def test_a_library_moves_to_servers_and_the_vectors_back(demo_library_home: Path, mariadb_url: str) -> None:
    embedded = Settings(home=demo_library_home)
    before = answers(embedded)
    with serve_qdrant() as qdrant:
        servers = Settings(home=demo_library_home, DATABASE_URL=mariadb_url, QDRANT_URL=qdrant.url)
        moved = move_library(servers)
        assert moved["ok"], moved["problems"]
        assert moved["copied"]["songs"] == 28
        assert qdrant.asked("PUT /collections/lite-1/points")
        for row in moved["indexes"]:
            assert (row["points"], row["queries"], row["agreement"]) == (28, 20, 1.0)
        close_wirings()
        assert answers(servers) == before

    # Only the vectors: the database stays, and Edge holds what SQL does.
    edge = Settings(home=demo_library_home, DATABASE_URL=mariadb_url)
    back = move_library(edge, source_url=mariadb_url)
    assert (back["ok"], back["tables"], back["copied"]) == (True, {}, {})
    assert [row["points"] for row in back["indexes"]] == [28] * len(back["indexes"])
    close_wirings()
    assert answers(edge) == before


def test_a_library_that_is_open_elsewhere_is_not_copied(demo_library_home: Path, mariadb_url: str) -> None:
    settings = Settings(home=demo_library_home, DATABASE_URL=mariadb_url)
    with claim(demo_library_home, url="http://127.0.0.1:1"), pytest.raises(LibraryBusyError):
        move_library(settings)


def test_an_index_that_finds_other_songs_is_told(demo_library_home: Path) -> None:
    wiring = open_wiring(Settings(home=demo_library_home))
    assert all(row["problem"] is None for row in prove_indexes(wiring))
    ids, vectors = next(iter(wiring.catalog.track_vectors("lite-1")))
    wiring.index("lite-1").upsert(ids, vectors[::-1].copy())
    (problem,) = [row["problem"] for row in prove_indexes(wiring) if row["problem"]]
    assert "lite-1 finds" in problem
    assert "reelscore index rebuild" in problem
