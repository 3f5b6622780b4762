"""The demo library answers as it was recorded by `tools/record_answers.py`, on SQLite and on MariaDB."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import RECORDING, REELSCORE, Asker, differences, served, settings_of
from questions import QUESTIONS

TOLERANCE = 1e-5
FILTERS = (
    "genres moods tags not_tags tempo_bpm tempo_tolerance half_double key compatible_keys energy "
    "loudness_lufs vocals unsure_vocals year duration sources artists not_artists"
).split()
OPTIONS = "group_versions artist_cap album_cap adventurous leave_out_versions names".split()

WRITE_SHELF = "from reelscore.wiring import open_wiring; raise SystemExit(not open_wiring().shelf.write())"


def recorded() -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(RECORDING.read_text("utf-8"))
    return recording


def check_all(settings: dict[str, str], folder: Path) -> None:
    expected = recorded()["answers"]
    problems: list[str] = []
    with served(settings, folder) as client:
        asker = Asker(client)
        for name, question in QUESTIONS.items():
            found = asker.ask(question)
            problems += differences(expected[name], found, tolerance=TOLERANCE, where=name)[:4]
    assert not problems, "\n".join([f"{len(problems)} differences", *problems[:60]])


@pytest.mark.slow
@pytest.mark.parametrize("shelved", [False, True], ids=["from SQL", "from files"])
def test_answers_on_sqlite_are_as_recorded(demo_library_home: Path, tmp_path: Path, shelved: bool) -> None:
    settings = settings_of(demo_library_home)
    shelf = demo_library_home / "shelf"
    shutil.rmtree(shelf, ignore_errors=True)
    if shelved:
        made = subprocess.run([sys.executable, "-c", WRITE_SHELF], env=settings, cwd=tmp_path, check=False)
        assert made.returncode == 0
    else:
        shelf.touch()  # so that no server can write the files
    check_all(settings, tmp_path)
    assert shelf.is_dir() == shelved


@pytest.mark.slow
def test_answers_on_mariadb_are_as_recorded(
    mariadb_url: str, demo_library_home: Path, tmp_path: Path
) -> None:
    settings = settings_of(demo_library_home, DATABASE_URL=mariadb_url)
    copied = subprocess.run(
        [*REELSCORE, "db", "copy"], env=settings, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert copied.returncode == 0, copied.stderr
    check_all(settings, tmp_path)


def test_each_question_is_recorded_and_nothing_else() -> None:
    recording = recorded()
    assert list(recording["answers"]) == list(QUESTIONS)
    assert len(QUESTIONS) >= 66 and len(recording["songs"]) == 28


@pytest.mark.parametrize(
    ("part", "names"), [("filters", FILTERS), ("options", OPTIONS)], ids=["filters", "options"]
)
def test_each_filter_and_option_is_in_a_question_that_is_answered(part: str, names: list[str]) -> None:
    answers = recorded()["answers"]
    asked: set[str] = set()
    for name, question in QUESTIONS.items():
        if "status" not in answers[name]:
            asked |= set(question["body"].get(part, {}))
    assert asked == set(names)


def test_recorded_answers_name_songs_of_the_library_best_first() -> None:
    recording = recorded()
    known = set(recording["songs"])
    assert {
        song["id"] for answer in recording["answers"].values() for song in answer.get("songs", [])
    } <= known
    for name, answer in recording["answers"].items():
        scores = [song["score"] for song in answer.get("songs", [])]
        if "adventurous" not in QUESTIONS[name]["body"].get("options", {}):
            assert scores == sorted(scores, reverse=True), name


def test_a_difference_is_found_wherever_it_is() -> None:
    one = {"songs": [{"id": "a", "score": 0.5, "reasons": ["x"], "passage": None}], "notes": []}
    assert differences(one, json.loads(json.dumps(one)), tolerance=TOLERANCE) == []
    for other in (
        {"songs": [{**one["songs"][0], "score": 0.50002}], "notes": []},
        {"songs": [{**one["songs"][0], "reasons": ["y"]}], "notes": []},
        {"songs": [{**one["songs"][0], "passage": {"start": 0.0}}], "notes": []},
        {"songs": [], "notes": []},
        {"songs": one["songs"], "notes": ["a note"]},
        {"songs": one["songs"]},
    ):
        assert len(differences(one, other, tolerance=TOLERANCE)) == 1
    near = {"songs": [{**one["songs"][0], "score": 0.500009}], "notes": []}
    assert differences(one, near, tolerance=TOLERANCE) == []
