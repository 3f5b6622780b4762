"""Backups: one moment of a library in use, checked, put back, and refused if anything is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from patience import PATIENCE_SECONDS
from reelscore.accounts.service import Accounts
from reelscore.catalog.store import Catalog
from reelscore.catalog.transfer import row_counts
from reelscore.config import Settings
from reelscore.errors import InvalidInputError, LibraryBusyError, StorageError
from reelscore.index.ownership import claim
from reelscore.library.index_sync import index_status, refresh_indexes
from reelscore.maintenance import backup
from reelscore.maintenance.backup import back_up, check_backup, restore
from reelscore.query.form import Query
from reelscore.records import EventKind, Role, TasteEvent
from reelscore.search.engine import search
from reelscore.wiring import Wiring


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A small library without songs: users and a row of `meta`."""
    found = Settings(home=tmp_path / "home")
    catalog = Catalog(found.sql_url)
    accounts = Accounts(catalog.accounts)
    user = accounts.add("anna", Role.ADMIN, None)
    accounts.open_session(user)
    catalog.close()
    return found


def answers(home: Path) -> list[tuple[str, float]]:
    wiring = Wiring(Settings(home=home))
    found = search(wiring, Query(text="calm acoustic guitar", limit=5))
    wiring.close()
    return [(each.song.id, round(each.score, 9)) for each in found.songs]


def test_a_library_that_was_put_back_answers_alike(demo_library_home: Path, tmp_path: Path) -> None:
    before = answers(demo_library_home)
    catalog = Catalog(Settings(home=demo_library_home).sql_url)
    kept = TasteEvent("ada", "", before[0][0], EventKind.KEPT, "2026-01-01T00:00:00.000000Z", words="wedding")
    catalog.note_events([kept])
    catalog.close()
    archive, there = tmp_path / "library.zip", Settings(home=tmp_path / "there")
    made = back_up(Settings(home=demo_library_home), archive)
    assert made["songs"] == 28 and check_backup(archive)["sha256"] == made["sha256"]
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert restore(there, archive)["songs"] == 28
    assert answers(there.home) == before
    wiring = Wiring(there)
    refresh_indexes(wiring)  # as each is when it is first asked
    assert all(row["points"] == row["vectors"] == 28 for row in index_status(wiring))
    assert wiring.catalog.accounts.users() == []
    assert wiring.catalog.taste_events("ada") == [kept]
    wiring.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_users_come_back_and_sign_in_again(settings: Settings, tmp_path: Path) -> None:
    there = Settings(home=tmp_path / "there")
    back_up(settings, tmp_path / "a.zip")
    restore(there, tmp_path / "a.zip")
    with closing(sqlite3.connect(there.sqlite_path)) as connection:
        assert connection.execute("SELECT name, role FROM users").fetchall() == [("anna", "admin")]
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    assert stat.S_IMODE(there.sqlite_path.stat().st_mode) == 0o600


def test_a_copy_of_a_library_in_use_is_of_one_moment(settings: Settings, tmp_path: Path) -> None:
    path, stopping = settings.sqlite_path, threading.Event()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "INSERT INTO meta VALUES ('left', '1000'); INSERT INTO meta VALUES ('right', '0');"
        )

    def move() -> None:  # the sum stays, at every moment
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            while not stopping.is_set():
                connection.executescript(
                    "BEGIN IMMEDIATE; UPDATE meta SET value = value - 1 WHERE name = 'left';"
                    "UPDATE meta SET value = value + 1 WHERE name = 'right'; COMMIT;"
                )

    thread = threading.Thread(target=move)
    thread.start()
    try:
        for number in range(5):
            back_up(settings, tmp_path / f"{number}.zip")
    finally:
        stopping.set()
        thread.join(PATIENCE_SECONDS)
    for number in range(5):
        there = Settings(home=tmp_path / f"there{number}")
        restore(there, tmp_path / f"{number}.zip")
        with closing(sqlite3.connect(there.sqlite_path)) as connection:
            query = "SELECT sum(value), max(value) FROM meta WHERE name IN ('left', 'right')"
            assert connection.execute(query).fetchone()[0] == 1000


def test_a_library_that_is_there_is_given_up_only_if_one_says_so(settings: Settings, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "a.zip")
    other = Settings(home=tmp_path / "other")
    catalog = Catalog(other.sql_url)
    catalog.accounts.add_user("bert", Role.ADMIN)
    catalog.close()
    with pytest.raises(InvalidInputError, match="--force"):
        restore(other, tmp_path / "a.zip")
    restore(other, tmp_path / "a.zip", force=True)
    catalog = Catalog(other.sql_url)
    assert [user.name for user in catalog.accounts.users()] == ["anna"]
    catalog.close()


def test_a_library_that_a_server_has_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "a.zip")
    with claim(tmp_path / "other"), pytest.raises(LibraryBusyError):
        restore(Settings(home=tmp_path / "other"), tmp_path / "a.zip", force=True)


def damaged(archive: Path, way: str) -> None:
    data = bytearray(archive.read_bytes())
    if way == "cut off":
        archive.write_bytes(data[: len(data) // 2])
    elif way == "a bit":
        data[len(data) // 2] ^= 4
        archive.write_bytes(data)
    elif way == "no archive":
        archive.write_bytes(b"hello")
    elif way == "empty":
        archive.write_bytes(b"")
    else:
        with zipfile.ZipFile(archive) as file:
            manifest, database = json.loads(file.read("manifest.json")), file.read("library.sqlite3")
        if way == "another database":
            database = bytes(len(database))
        elif way == "newer":
            manifest["revision"] = "9999"
        elif way == "not said":
            manifest = {}
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("manifest.json", json.dumps(manifest))
            if way != "without a database":
                file.writestr("library.sqlite3", database)


WAYS = (
    "cut off",
    "a bit",
    "no archive",
    "empty",
    "another database",
    "newer",
    "not said",
    "without a database",
)


@pytest.mark.parametrize("way", WAYS)
def test_an_archive_that_is_not_whole_is_refused_and_changes_nothing(
    settings: Settings, tmp_path: Path, way: str
) -> None:
    archive, there = tmp_path / "a.zip", Settings(home=tmp_path / "there")
    back_up(settings, archive)
    damaged(archive, way)
    with pytest.raises(InvalidInputError):
        check_backup(archive)
    with pytest.raises(InvalidInputError):
        restore(there, archive)
    assert not there.sqlite_path.exists()
    assert [path.name for path in there.home.iterdir() if path.name.startswith(".")] == []


def test_what_is_there_is_not_written_over(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("mine")
    for target, words in ((tmp_path / "a.zip", "already"), (tmp_path / "none" / "a.zip", "no folder")):
        with pytest.raises(InvalidInputError, match=words):
            back_up(settings, target)
    with pytest.raises(InvalidInputError, match="no library"):
        back_up(Settings(home=tmp_path / "empty"), tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_text() == "mine" and not (tmp_path / "b.zip").exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    usage = shutil.disk_usage(place)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageError, match="make room"):
        back_up(settings, place / "a.zip")
    monkeypatch.undo()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        back_up(settings, place / "a.zip")
    assert list(place.iterdir()) == []


def test_killed_at_any_moment_it_leaves_nothing_under_the_name(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(settings.sqlite_path)) as connection, connection:
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", ((f"row{number}", "x" * 1000) for number in range(5000))
        )
    program = (
        "import sys; from pathlib import Path; from reelscore.config import Settings;"
        "from reelscore.maintenance.backup import back_up; print('now', flush=True);"
        "back_up(Settings(home=Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    for number in range(6):
        target = tmp_path / f"{number}.zip"
        command = [sys.executable, "-c", program, str(settings.home), str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
            assert process.stdout is not None and process.stdout.readline()
            time.sleep(0.04 * number)  # somewhere in its work, which takes longer
            process.send_signal(signal.SIGKILL)
        if target.exists():
            check_backup(target)
    catalog = Catalog(settings.sql_url)
    assert row_counts(catalog)["users"] == 1
    catalog.close()
