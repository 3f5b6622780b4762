"""Projects in SQL: two who change one at once both count, and what goes with one that is deleted."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from test_catalog_analyses import ANALYSIS

from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError
from reelscore.records import Candidate, Project

MOMENT = "2026-05-04T12:00:00.000000Z"
PROJECT = Project(
    id="0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d10",
    name="Häfen 中文",
    created_at=MOMENT,
    changed_at=MOMENT,
    film="häfen #1.mov",
    duration=92.4,
    hits=(1.5, 40.0),
    songs=(Candidate("0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11", "Sea", ("Ada", "Bo"), offset=-1.5, note="€"),),
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
    one = replace(PROJECT, analysis_id=analysis)
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
