"""Answers learn from what somebody kept, and from nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reelscore.catalog.convert import now
from reelscore.config import Settings
from reelscore.filters.table import RankingOptions
from reelscore.library.taste import forget_taste
from reelscore.query.form import Query
from reelscore.records import Candidate, EventKind, Project, TasteEvent
from reelscore.search.engine import search
from reelscore.wiring import Wiring

ALL = Query(text="gentle music", limit=28, options=RankingOptions(taste=1.0))


@pytest.fixture
def wiring(demo_wiring: Wiring) -> Iterator[Wiring]:
    yield demo_wiring


def note(wiring: Wiring, person: str, songs: Sequence[str], kind: EventKind, project: str = "") -> None:
    wiring.catalog.note_events([TasteEvent(person, project, song, kind, now()) for song in songs])


def by_title(wiring: Wiring) -> dict[str, list[str]]:
    songs, _ = wiring.catalog.list_songs(limit=28)
    kinds: dict[str, list[str]] = {}
    for song in songs:
        kinds.setdefault("electronic" if "lectronic" in song.title else "acoustic", []).append(song.id)
    return kinds


def places(wiring: Wiring, query: Query, person: str) -> dict[str, int]:
    return {item.song.id: at for at, item in enumerate(search(wiring, query, person=person).songs)}


def test_who_keeps_acoustic_music_hears_more_of_it_and_nobody_else_does(wiring: Wiring) -> None:
    untouched = search(wiring, ALL).to_dict()
    kinds = by_title(wiring)
    liked, others = kinds["acoustic"], kinds["electronic"]
    note(wiring, "ada", liked[:6], EventKind.KEPT)
    note(wiring, "ada", others[:6], EventKind.REJECTED)
    note(wiring, "bob", others[:6], EventKind.KEPT)
    note(wiring, "bob", liked[:6], EventKind.REJECTED)
    assert search(wiring, ALL).to_dict() == untouched  # bit for bit, for whom nothing is known of
    ada, bob = places(wiring, ALL, "ada"), places(wiring, ALL, "bob")
    unseen = liked[6:]
    assert sum(ada[song] for song in unseen) < sum(bob[song] for song in unseen)

    before = search(wiring, ALL, person="ada").to_dict()
    job = wiring.catalog.create_job(
        "analyze_video_and_recommend", {"video_path": "film.mp4", "person": "bob"}
    )
    forget_taste(wiring, "bob", kind="more")
    assert wiring.catalog.job(job.id).arguments["person"] == "bob"
    forget_taste(wiring, "bob")
    assert "person" not in wiring.catalog.job(job.id).arguments
    assert search(wiring, ALL, person="ada").to_dict() == before
    assert search(wiring, ALL, person="bob").to_dict() == untouched
    assert places(wiring, replace(ALL, options=RankingOptions(taste=0.0)), "ada") == places(
        wiring, replace(ALL, options=RankingOptions(taste=0.0)), ""
    )


def test_the_share_adds_up_and_the_reasons_are_so(wiring: Wiring) -> None:
    kinds = by_title(wiring)
    kept = kinds["acoustic"][:6]
    note(wiring, "ada", kept, EventKind.KEPT)
    note(wiring, "ada", kinds["electronic"][:4], EventKind.REJECTED)
    answer = search(wiring, ALL, person="ada")
    for item in answer.songs:
        assert item.score == pytest.approx(sum(item.parts.values()))
        assert ("you kept it before" in item.reasons) == (item.song.id in kept)
        said = [reason for reason in item.reasons if reason.startswith("you kept") and "before" not in reason]
        assert not said or item.parts["taste"] > 0
    assert any("like this" in reason for item in answer.songs for reason in item.reasons)


def test_a_song_that_is_named_stays_above_all_others(wiring: Wiring) -> None:
    song = wiring.catalog.list_songs(limit=28)[0][0]
    query = Query(text=song.title, limit=28, options=RankingOptions(taste=1.0))
    named = search(wiring, query).songs[0].song.id
    note(wiring, "ada", [named], EventKind.REJECTED)
    others = [one.id for one in wiring.catalog.list_songs(limit=28)[0] if one.id != named]
    note(wiring, "ada", others[:8], EventKind.KEPT)
    assert search(wiring, query, person="ada").songs[0].song.id == named


def test_what_was_kept_for_unlike_films_counts_little(wiring: Wiring) -> None:
    kinds = by_title(wiring)
    wedding, trailer = ("6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b1" + end for end in "12")
    for project, words in ((wedding, "tender piano wedding love"), (trailer, "epic brass battle drums")):
        wiring.catalog.add_project(Project(project, project, now(), now()))
        ones = kinds["acoustic" if project == wedding else "electronic"][:6]
        events = [TasteEvent("ada", project, song, EventKind.KEPT, now(), words=words) for song in ones]
        wiring.catalog.note_events(events)
    shares = {
        project: search(wiring, replace(ALL, project=project), person="ada").songs
        for project in (wedding, trailer)
    }

    def mean(project: str) -> float:
        unseen = set(kinds["acoustic"][6:])
        parts = [item.parts["taste"] for item in shares[project] if item.song.id in unseen]
        return sum(parts) / len(parts)

    assert mean(wedding) > mean(trailer)


def test_three_projects_lift_what_they_used_together(wiring: Wiring) -> None:
    one, other = (song.id for song in wiring.catalog.list_songs(limit=2)[0])
    own = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b10"
    wiring.catalog.add_project(Project(own, "own", now(), now(), songs=(Candidate(one),)))
    query = replace(ALL, project=own)
    for number in range(3):
        assert all("team" not in item.parts for item in search(wiring, query).songs)
        project = Project(
            f"{own[:-1]}{number + 1}", "f", now(), now(), songs=(Candidate(one), Candidate(other))
        )
        wiring.catalog.add_project(project)
    lifted = {item.song.id: item for item in search(wiring, query).songs if "team" in item.parts}
    assert list(lifted) == [other] and lifted[other].parts["team"] > 0
    assert "used in 3 projects with songs of this one" in lifted[other].reasons


def test_switched_off_nothing_counts(demo_library_home: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home, taste=False))
    try:
        untouched = search(wiring, ALL).to_dict()
        note(wiring, "", by_title(wiring)["acoustic"][:6], EventKind.KEPT)
        assert search(wiring, ALL).to_dict() == untouched
    finally:
        wiring.close()


def test_what_was_learnt_is_kept_for_one_version_of_the_events_and_forgotten_with_them(
    wiring: Wiring,
) -> None:
    kinds = by_title(wiring)
    note(wiring, "ada", kinds["acoustic"][:6], EventKind.KEPT)
    first = places(wiring, ALL, "ada")
    known = wiring.tastes["ada"]
    search(wiring, replace(ALL, text="loud music"), person="ada")
    assert wiring.tastes["ada"] is known  # another question learns nothing anew
    note(wiring, "ada", kinds["electronic"][:6], EventKind.KEPT)
    note(wiring, "ada", kinds["acoustic"][:6], EventKind.REJECTED)
    assert places(wiring, ALL, "ada") != first and list(wiring.tastes) == ["ada"]
    forget_taste(wiring, "ada")
    assert not wiring.tastes


def test_a_person_forgotten_by_another_process_is_not_kept_in_mind(wiring: Wiring) -> None:
    note(wiring, "ada", by_title(wiring)["acoustic"][:6], EventKind.KEPT)
    search(wiring, ALL, person="ada")
    wiring.catalog.forget_taste("ada")
    search(wiring, ALL, person="ada")
    assert not wiring.tastes
