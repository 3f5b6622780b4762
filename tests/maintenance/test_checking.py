"""`check` finds what was broken on purpose, and `--repair` mends it, in every database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from library_copies import copy_home
from raw_sql import run_sql
from reelscore.catalog.db import schema
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.library.service import library_stats
from reelscore.maintenance.check import check_library
from reelscore.maintenance.copy import copy_library
from reelscore.records import JobState
from reelscore.wiring import Wiring

SONGS = 5
SPACE = "lite-1"


@pytest.fixture(scope="session")
def _few_songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with some songs of the demo."""
    home = tmp_path_factory.mktemp("few") / "home"
    wiring = Wiring(Settings(home=home))
    assert ingest(wiring, "demo", {"max_videos": SONGS}).added == SONGS
    wiring.close()
    return home


@pytest.fixture(params=["sqlite", "mariadb"])
def wiring(request: pytest.FixtureRequest, _few_songs: Path, tmp_path: Path) -> Iterator[Wiring]:
    home = tmp_path / "home"
    copy_home(_few_songs, home)
    settings = Settings(home=home)
    if request.param == "mariadb":
        url = request.getfixturevalue("mariadb_library_url")
        assert copy_library(settings.sql_url, url)["ok"]
        settings = Settings(home=home, DATABASE_URL=url)
    opened = Wiring(settings)
    # Mended once, so that what is found afterwards is what the test did: another database has no index yet.
    assert check_library(opened, repair=True)["ok"]
    yield opened
    opened.close()


def songs(wiring: Wiring) -> list[str]:
    return sorted(wiring.catalog.track_ids(SPACE))


def state(wiring: Wiring) -> list[Any]:
    """What must be the same again after a repair."""
    ids = songs(wiring)
    vectors = {
        space: [
            (block.tobytes(), wiring.catalog.window_vectors(space, some)[some[0]].windows.tobytes())
            for some, block in wiring.catalog.track_vectors(space)
        ]
        for space in wiring.embedders.spaces
    }
    return [ids, wiring.catalog.songs(ids), wiring.catalog.features(ids), vectors]


def found_and_mended(wiring: Wiring, code: str, words: str) -> None:
    found = check_library(wiring)
    assert not found["ok"]
    assert code in [finding["code"] for finding in found["findings"]], found
    assert any(words in problem for problem in found["problems"]), found["problems"]
    mended = check_library(wiring, repair=True)
    assert mended["ok"], mended["problems"]
    assert any(words in line for line in mended["repaired"]), mended["repaired"]
    assert check_library(wiring)["ok"]


NAN = "0000c07f"  # as little-endian float32

# What is done to the first song -> what is found. What it lacks afterwards is heard again from its file.
DAMAGE: dict[str, tuple[str, str, str]] = {
    "no vectors": ("DELETE FROM vectors WHERE song_id = '{song}'", "no_vectors", "1 song without vectors"),
    "one space": (
        "DELETE FROM vectors WHERE song_id = '{song}' AND space = 'lite-1'",
        "without_vector",
        "1 song without a vector in lite-1",
    ),
    "no features": (
        "DELETE FROM features WHERE song_id = '{song}'",
        "no_features",
        "1 song without measurements",
    ),
    "broken curve": (
        "UPDATE features SET beats = x'0000' WHERE song_id = '{song}'",
        "bad_features",
        "1 song with broken measurements",
    ),
    "wrong dimension": (
        "UPDATE vectors SET data = x'00000000' WHERE song_id = '{song}' AND kind = 'track'",
        "wrong_dimension",
        "differ in length",
    ),
    "all of a wrong dimension": (
        "UPDATE vectors SET data = x'00000000' WHERE space = 'lite-1'",
        "wrong_dimension",
        f"vectors of lite-1 differ in length: those of {SONGS} songs",
    ),
    "windows alone": (
        "DELETE FROM vectors WHERE song_id = '{song}' AND space = 'lite-1' AND kind = 'track'",
        "windows_without_track",
        "windows in lite-1 and no vector of the track",
    ),
}


def test_what_a_song_lacks_is_found_and_heard_again(wiring: Wiring) -> None:
    before = state(wiring)
    for statement, code, words in DAMAGE.values():
        run_sql(wiring.settings.sql_url, statement.format(song=before[0][0]))
        found_and_mended(wiring, code, words)
        assert state(wiring) == before, code


def test_values_that_are_no_numbers_are_found_and_heard_again(wiring: Wiring) -> None:
    before = state(wiring)
    size = 4 * wiring.embedders.space(SPACE).dim
    broken = NAN + "00" * (size - 4)
    run_sql(
        wiring.settings.sql_url,
        f"UPDATE vectors SET data = x'{broken}' WHERE song_id = '{before[0][1]}' AND kind = 'window' "
        f"AND space = '{SPACE}' AND position = 1",
    )
    found_and_mended(wiring, "broken_vectors", f"vectors of {SPACE} are no numbers: those of 1 song")
    assert state(wiring) == before


def test_rows_of_no_song_are_found_and_removed(wiring: Wiring) -> None:
    before = state(wiring)
    stray = "00000000-0000-5000-8000-000000000000"
    for table in ("vectors", "features", "song_tags", "song_terms", "song_waveforms", "song_structures"):
        columns = [
            column.name for column in schema.metadata.tables[table].columns if column.name != "song_id"
        ]
        names = ", ".join(f"`{name}`" for name in columns)
        run_sql(
            wiring.settings.sql_url,
            f"INSERT INTO {table} (song_id, {names}) SELECT '{stray}', {names} FROM {table} "
            f"WHERE song_id = '{before[0][0]}'",
        )
        found_and_mended(wiring, f"orphans:{table}", f"rows of {table} belong to no song")
        assert state(wiring) == before


def test_marks_that_do_not_fit_are_found_and_made_anew(wiring: Wiring) -> None:
    before = state(wiring)
    run_sql(wiring.settings.sql_url, "DELETE FROM index_state WHERE space = 'lite-1'")
    found_and_mended(wiring, "unmarked", f"{SONGS} vectors are not noted")
    run_sql(
        wiring.settings.sql_url,
        "INSERT INTO index_state (space, song_id, state) "
        "VALUES ('lite-1', '00000000-0000-5000-8000-000000000000', 'indexed')",
    )
    found_and_mended(wiring, "mark_without_vector", "1 song noted for the index of lite-1, without a vector")
    assert state(wiring) == before


def lose_points(wiring: Wiring) -> None:
    wiring.index(SPACE).delete(songs(wiring)[:2])


def add_points(wiring: Wiring) -> None:
    (_, block), *_ = wiring.catalog.track_vectors(SPACE)
    strays = [f"00000000-0000-5000-8000-00000000000{number}" for number in range(2)]
    wiring.index(SPACE).upsert(strays, block[:2], [{"version": "1"}] * 2)


def swap_points(wiring: Wiring) -> None:
    lose_points(wiring)
    add_points(wiring)


def lose_facets(wiring: Wiring) -> None:
    for ids, block in wiring.catalog.track_vectors(SPACE, songs(wiring)[:2]):
        wiring.index(SPACE).upsert(ids, block)


INDEX_DAMAGE: list[tuple[Callable[[Wiring], None], str, str]] = [
    (lose_points, "index_lacks", f"the index of {SPACE} lacks 2 songs"),
    (add_points, "index_surplus", f"the index of {SPACE} has 2 songs too many"),
    (swap_points, "index_lacks", f"the index of {SPACE} lacks 2 songs"),
    (lose_facets, "index_outdated", f"the index of {SPACE} cannot filter 2 songs"),
]


def test_an_index_that_differs_from_sql_is_found_and_mended(wiring: Wiring) -> None:
    for damage, code, words in INDEX_DAMAGE:
        damage(wiring)
        found_and_mended(wiring, code, words)
        assert wiring.index(SPACE).ids() == set(songs(wiring))
        assert wiring.index(SPACE).info().filterable == SONGS


def test_nothing_is_changed_without_repair(wiring: Wiring) -> None:
    lose_points(wiring)
    wiring.catalog.mark_all_pending("spectral-1")
    wiring.close()
    opened = Wiring(wiring.settings)
    there = opened.index(SPACE).ids()
    for _ in range(2):
        found = check_library(opened)
        assert not found["ok"] and found["repaired"] == []
        assert found["waiting"] == ["5 songs not yet in the index of spectral-1"]
    assert opened.index(SPACE).ids() == there
    assert len(opened.catalog.pending("spectral-1")) == SONGS
    mended = check_library(opened, repair=True)
    assert mended["ok"]
    assert mended["repaired"] == [f"the index of {SPACE} lacks 2 songs"]
    assert not opened.catalog.pending("spectral-1")
    opened.close()


def test_what_the_next_search_brings_into_an_index_is_no_problem(wiring: Wiring) -> None:
    lose_facets(wiring)
    wiring.catalog.mark_all_pending(SPACE)
    found = check_library(wiring)
    assert found["ok"] and found["waiting"] == [f"5 songs not yet in the index of {SPACE}"], found

    wiring.catalog.set_note("facets_version", "0")  # as an older version left it
    found = check_library(wiring)
    assert found["ok"], found["problems"]
    assert found["waiting"][-1] == "5 songs of an older version cannot be filtered as this one does"
    assert check_library(wiring, repair=True)["ok"]
    assert wiring.index(SPACE).info().filterable == SONGS


def test_an_index_that_cannot_be_made_is_reported_beside_what_was_mended(wiring: Wiring) -> None:
    before = state(wiring)
    wiring.close()
    folder = wiring.settings.index_dir / SPACE
    shutil.rmtree(folder)
    folder.touch()
    run_sql(wiring.settings.sql_url, f"DELETE FROM features WHERE song_id = '{before[0][0]}'")
    opened = Wiring(wiring.settings)
    found = check_library(opened, repair=True)
    assert [item["code"] for item in found["findings"]] == ["pending", "index_unusable"], found
    assert next(row for row in found["spaces"] if row["space"] == SPACE)["points"] is None
    assert found["repaired"] == ["1 song without measurements"]
    opened.close()


def test_jobs_that_hang_are_found_and_wait_again(wiring: Wiring) -> None:
    catalog = wiring.catalog
    hanging, alive, asked = (catalog.create_job("ingest", {}) for _ in range(3))
    for job in (hanging, alive, asked):
        catalog.claim_job(job.id, worker="somebody")
    catalog.request_cancel(asked.id)
    run_sql(
        wiring.settings.sql_url,
        "UPDATE jobs SET heartbeat_at = '2026-01-01T00:00:00.000000Z' "
        f"WHERE id IN ('{hanging.id}', '{asked.id}')",
    )
    found_and_mended(wiring, "hanging_jobs", "2 jobs run, and their workers were not heard of")
    states = [catalog.job(job.id).state for job in (hanging, alive, asked)]
    assert states == [JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED]
    assert catalog.claim_job(hanging.id) is not None


def test_texts_that_cannot_be_read_are_found_and_removed(wiring: Wiring) -> None:
    wiring.catalog.create_job("ingest", {})
    for table, column, jobs in [
        ("songs", "labels", 1),
        ("songs", "artists", 1),
        ("jobs", "result", 1),
        ("jobs", "arguments", 0),
    ]:
        run_sql(wiring.settings.sql_url, f"UPDATE {table} SET {column} = '[\"cut o'")
        words = f"rows of {table} have an unreadable {column!r}"
        found_and_mended(wiring, f"unreadable:{table}:{column}", words)
        assert len(wiring.catalog.songs(songs(wiring))) == SONGS
        assert len(wiring.catalog.jobs()) == jobs


def test_a_song_that_cannot_be_heard_again_is_said_clearly(wiring: Wiring, tmp_path: Path) -> None:
    song = songs(wiring)[0]
    uri = tmp_path / "gone.opus"
    run_sql(
        wiring.settings.sql_url,
        f"UPDATE songs SET uri = '{uri}' WHERE id = '{song}'",
        f"DELETE FROM vectors WHERE song_id = '{song}'",
    )
    found = check_library(wiring, repair=True)
    assert not found["ok"]
    assert {finding["code"] for finding in found["findings"]} == {"no_vectors", "file_gone", "cannot_hear"}
    assert any("cannot be heard again: the file is gone" in problem for problem in found["problems"])
    (told,) = [finding for finding in found["findings"] if finding["code"] == "no_vectors"]
    assert told["examples"] == [song]


def test_songs_that_an_older_version_measured_are_counted_and_measured_again(wiring: Wiring) -> None:
    song = songs(wiring)[0]
    before = state(wiring)
    run_sql(
        wiring.settings.sql_url,
        f"UPDATE features SET version = '1', tempo_bpm = 1 WHERE song_id = '{song}'",
        f"UPDATE songs SET duration = 3 WHERE id = '{song}'",
    )
    assert library_stats(wiring)["old_measurements"] == 1
    found_and_mended(wiring, "old_measurements", "1 song measured by an older version")
    assert state(wiring)[1][0].duration == pytest.approx(before[1][0].duration, abs=0.05)
    assert wiring.catalog.features([song])[song] == before[2][song]
    assert library_stats(wiring)["old_measurements"] == 0


def test_a_check_counts_what_is_there(wiring: Wiring) -> None:
    found = check_library(wiring)
    assert (found["ok"], found["songs"], found["sources"]) == (True, SONGS, {"demo": SONGS})
    assert [row["space"] for row in found["spaces"]] == list(wiring.embedders.spaces)
    for row in found["spaces"]:
        assert (row["songs"], row["without"], row["points"], row["status"]) == (SONGS, 0, SONGS, "green")
        assert row["windows"] > SONGS or row["space"].startswith("spectral")
    assert found["problems"] == found["findings"] == found["repaired"] == []
