"""Projects in SQL: two who change one at once both count, and what goes with one that is deleted."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from test_catalog_analyses import ANALYSIS

from reelscore.catalog.db.engine import open_engine
from reelscore.catalog.db.upgrade import MIGRATIONS
from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError
from reelscore.records import Candidate, Film, Place, Project

MOMENT = "2026-05-04T12:00:00.000000Z"
PLACES = {"f1": Place(-1.5), "f2": Place(fitted=True)}
PROJECT = Project(
    id="0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d10",
    name="Häfen 中文",
    created_at=MOMENT,
    changed_at=MOMENT,
    films=(Film("f1", "häfen #1.mov", None, 92.4, (1.5, 40.0)), Film("f2", "two.mov")),
    songs=(Candidate("0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11", "Sea", ("Ada", "Bo"), places=PLACES, note="€"),),
)


def test_a_project_comes_back_as_it_was(catalog: Catalog) -> None:
    catalog.add_project(PROJECT)
    catalog.add_project(PROJECT)  # a try that is made again after a lost connection
    assert catalog.project(PROJECT.id) == PROJECT
    other = replace(
        PROJECT, id="0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d11", changed_at="2026-05-05T12:00:00.000000Z"
    )
    catalog.add_project(other)
    assert catalog.projects() == ([other, PROJECT], 2)
    assert catalog.projects(offset=1, limit=1) == ([PROJECT], 2)
    assert len(catalog.projects(limit=1)[0]) == 1
    with pytest.raises(NotFoundError):
        catalog.change_project("0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d12", lambda project: project)


def test_two_who_change_it_at_once_both_count(catalog: Catalog) -> None:
    catalog.add_project(replace(PROJECT, songs=()))

    def keep(number: int) -> None:
        for each in range(10):
            song = Candidate(f"{number}-{each}")
            catalog.change_project(
                PROJECT.id,
                lambda project, song=song: replace(project, songs=(*project.songs, song)),  # type: ignore[misc]
            )

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({song.song_id for song in catalog.project(PROJECT.id).songs}) == 30


def test_an_analysis_goes_with_the_last_project_that_has_it(catalog: Catalog) -> None:
    analysis = catalog.save_analysis(ANALYSIS, content_hash="00" * 32, picture=b"\xff\xd8picture")
    assert catalog.analysis_picture(analysis) == b"\xff\xd8picture"
    one = replace(PROJECT, films=(Film("f1", analysis_id=analysis),))
    other = replace(one, id="0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d11")
    for project in (one, other):
        catalog.add_project(project)
    assert catalog.projects(analysis_id=analysis)[1] == 2
    catalog.remove_project(one.id)
    assert catalog.analysis(analysis) == ANALYSIS
    catalog.remove_project(other.id)
    catalog.remove_project(other.id)
    with pytest.raises(NotFoundError):
        catalog.analysis(analysis)
    assert catalog.analysis_picture(analysis) is None


def test_a_film_that_leaves_takes_an_analysis_along_that_nobody_else_has(catalog: Catalog) -> None:
    kept, left = (catalog.save_analysis(ANALYSIS, content_hash=f"{number}" * 64) for number in (1, 2))
    films = (Film("f1", analysis_id=kept), Film("f2", analysis_id=left))
    catalog.add_project(replace(PROJECT, films=films, songs=()))
    catalog.change_project(PROJECT.id, lambda project: replace(project, films=films[:1]))
    assert catalog.analysis_content(kept) and catalog.analysis_content(left) is None
    assert catalog.projects(analysis_id=left)[1] == 0 and catalog.projects(analysis_id=kept)[1] == 1


def test_a_project_of_an_older_library_keeps_its_film_and_the_places_of_its_songs(fresh_url: str) -> None:
    """Before 0016 a project was one film."""
    catalog = Catalog(fresh_url)
    analysis = catalog.save_analysis(ANALYSIS, content_hash="00" * 32)
    was = replace(PROJECT, films=(replace(PROJECT.films[0], analysis_id=analysis),), songs=())
    catalog.add_project(was)
    catalog.close()
    engine = open_engine(fresh_url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0015")
        body = json.loads(connection.execute(sa.text("SELECT body FROM projects")).scalar_one())
        assert (body["film"], body["duration"], body["hits"]) == ("häfen #1.mov", 92.4, [1.5, 40.0])
        song = {"title": "Sea", "artists": [], "gain": 0.0, "stars": 0, "note": "", "rejected": False}
        lies = [{"offset": 3.5, "fitted": True}, {"offset": None, "fitted": False}]
        body["songs"] = [{"song_id": str(number), **song, **place} for number, place in enumerate(lies)]
        row = {"body": json.dumps(body)}
        connection.execute(sa.text("UPDATE projects SET body = :body"), row)
    engine.dispose()

    catalog = Catalog(fresh_url)
    (film,) = catalog.project(PROJECT.id).films
    assert replace(film, id="f1") == was.films[0]
    assert [song.places for song in catalog.project(PROJECT.id).songs] == [{film.id: Place(3.5, True)}, {}]
    assert catalog.projects(analysis_id=analysis)[1] == 1
    catalog.close()
