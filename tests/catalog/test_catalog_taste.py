"""The events that taste is learnt from, on both databases."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from reelscore.catalog.db import schema
from reelscore.catalog.store import Catalog
from reelscore.records import EventKind, Project, TasteEvent

SONG = "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11"
KEPT = TasteEvent("ada", "", SONG, EventKind.KEPT, "2026-01-01T00:00:00.000000Z", words="höfisch")


def test_an_event_that_comes_again_is_one_event_later(catalog: Catalog) -> None:
    heard = replace(KEPT, kind=EventKind.AUDITIONED, amount=12.5)
    later = replace(heard, at="2026-01-02T00:00:00.000000Z")
    catalog.note_events([KEPT])
    catalog.note_events([heard], adds_up=True)
    catalog.note_events([later], adds_up=True)
    assert catalog.taste_events("ada") == [replace(later, times=2, amount=25.0), KEPT]
    assert catalog.taste_events("ada", limit=1, offset=1) == [KEPT]
    assert (catalog.count_taste_events("ada"), catalog.count_taste_events("Ada")) == (2, 0)


def test_forgetting_leaves_no_trace(catalog: Catalog) -> None:
    kept = replace(KEPT, person="ursula")  # what no id can hold by chance
    catalog.note_events([kept, replace(kept, kind=EventKind.MORE), replace(KEPT, person="bob")])
    assert catalog.forget_taste("ursula", kinds=[EventKind.MORE]) == 1
    assert catalog.forget_taste("ursula", song_id="another") == 0
    assert catalog.forget_taste("ursula") == 1
    asked = {"video_path": "film.mp4", "person": "ursula"}
    jobs = [catalog.create_job("analyze_video_and_recommend", asked | who) for who in ({}, {"person": "bob"})]
    catalog.forget_asker("ursula")
    assert [catalog.job(job.id).arguments for job in jobs] == [
        {"video_path": "film.mp4"},
        asked | {"person": "bob"},
    ]
    with catalog._engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            rows = connection.execute(sa.select(table)).all()
            assert not any("ursula" in str(value) for row in rows for value in row), table.name
    assert catalog.count_taste_events("bob") == 1


def test_a_project_takes_along_what_was_learnt_in_it(catalog: Catalog) -> None:
    project = Project("6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11", "Film", KEPT.at, KEPT.at)
    catalog.add_project(project)
    catalog.note_events([KEPT, replace(KEPT, project_id=project.id)])
    catalog.remove_project(project.id)
    assert catalog.taste_events("ada") == [KEPT]


def test_every_change_of_the_latest_events_is_seen(catalog: Catalog) -> None:
    heard = replace(KEPT, kind=EventKind.AUDITIONED, at="2026-01-02T00:00:00.000000Z", amount=12.5)
    seen = [catalog.taste_stamp("ada", 2)]
    for change in (
        lambda: catalog.note_events([KEPT]),
        lambda: catalog.note_events([KEPT]),  # once more, at the same moment
        lambda: catalog.note_events([heard], adds_up=True),
        lambda: catalog.note_events([replace(heard, amount=-2.5)], adds_up=True),
        lambda: catalog.forget_taste("ada", kinds=[EventKind.KEPT]),
    ):
        change()
        seen.append(catalog.taste_stamp("ada", 2))
    assert len(set(seen)) == len(seen)
    assert [stamp[0] for stamp in seen] == [0, 1, 1, 2, 2, 1]
    assert catalog.taste_stamp("ada", 2) == seen[-1]
