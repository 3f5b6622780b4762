"""`reelscore db`: the tables as a file, what is there, and moving a library; no password is printed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from reelscore.catalog.db.schema import REVISIONS
from reelscore.cli.main import run
from reelscore.wiring import close_wirings
from services_running import PASSWORD, USER, MariaDB


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["reelscore", *arguments])
    try:
        run()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        close_wirings()  # as the end of the process does
    return 0


def use_server(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    parsed = sa.make_url(url)
    for name, value in {
        "DB_USER": USER,
        "DB_PASSWORD": PASSWORD,
        "DB_HOST": str(parsed.host),
        "DB_PORT": str(parsed.port),
        "DB_NAME": str(parsed.database),
    }.items():
        monkeypatch.setenv(name, value)


def test_the_tables_are_printed_as_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command(monkeypatch, "db", "schema") == 0
    text = capsys.readouterr().out
    assert "CREATE DATABASE IF NOT EXISTS `music_recommender` CHARACTER SET utf8mb4" in text
    assert "USE `music_recommender`;" in text
    assert "CREATE TABLE songs" in text
    assert command(monkeypatch, "db", "schema", "--database", "") == 0
    assert "CREATE DATABASE" not in capsys.readouterr().out

    assert command(monkeypatch, "db", "schema", "--dialect", "sqlite") == 0
    home = tmp_path / "made"
    home.mkdir()
    with sqlite3.connect(home / "library.sqlite3") as connection:
        connection.executescript(capsys.readouterr().out)
    connection.close()
    monkeypatch.setenv("REELSCORE_HOME", str(home))
    assert command(monkeypatch, "db", "upgrade") == 0
    assert "up to date" in capsys.readouterr().out
    assert command(monkeypatch, "db", "schema", "--dialect", "oracle") == 1
    assert "known: mysql, sqlite" in capsys.readouterr().err


def test_what_is_there_is_told_without_making_anything(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mariadb_server: MariaDB,
    mariadb_url: str,
    tmp_path: Path,
) -> None:
    assert command(monkeypatch, "db", "current", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["dialect"], told["revision"], told["head"]) == ("sqlite", None, REVISIONS[-1])
    assert not (tmp_path / "home" / "library.sqlite3").exists()

    use_server(monkeypatch, mariadb_url)
    assert command(monkeypatch, "db", "upgrade", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["before"], made["revision"], made["dialect"]) == (None, REVISIONS[-1], "mariadb")
    assert command(monkeypatch, "db", "current") == 0
    text = capsys.readouterr().out
    assert f"revision: {REVISIONS[-1]} of {REVISIONS[-1]}" in text
    assert "mariadb 10." in text or "mariadb 11." in text
    mariadb_server.stop()
    assert command(monkeypatch, "db", "current") == 1
    printed = capsys.readouterr()
    assert "check that the server runs" in printed.err
    for words in (text, printed.err, printed.out, json.dumps(made)):
        assert PASSWORD not in words
        assert "s3cret" not in words


def test_a_library_moves_to_a_server_and_back(
    demo_library_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mariadb_url: str,
    tmp_path: Path,
) -> None:
    use_server(monkeypatch, mariadb_url)
    assert command(monkeypatch, "db", "copy", "--json") == 0
    printed = capsys.readouterr()
    moved = json.loads(printed.out)
    assert (moved["ok"], moved["copied"]["songs"]) == (True, 28)
    assert all(rows["source"] == rows["target"] for rows in moved["tables"].values())
    assert all((row["missing"], row["surplus"], row["agreement"]) == (0, 0, 1.0) for row in moved["indexes"])
    assert command(monkeypatch, "check") == 0
    assert command(monkeypatch, "db", "copy") == 1
    assert "--force" in capsys.readouterr().err

    back = tmp_path / "back" / "library.sqlite3"
    assert command(monkeypatch, "db", "copy", "--from", mariadb_url, "--to", f"sqlite:///{back}") == 0
    text = capsys.readouterr().out
    assert f"28 songs copied from mysql+pymysql://{USER}:***@" in text
    with sqlite3.connect(back) as connection:
        assert connection.execute("SELECT COUNT(*) FROM songs").fetchone() == (28,)
    connection.close()
    assert "s3cret" not in text + printed.out + printed.err


def test_where_there_is_one_database_only_the_indexes_are_brought(
    demo_library_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "db", "copy") == 0
    text = capsys.readouterr().out
    assert "its indexes were brought" in text and "songs copied" not in text
    assert "index of lite-1: 28 of 28 vectors" in text


def test_a_database_that_is_refused_or_foreign_is_no_empty_one(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mariadb_server: MariaDB,
    mariadb_url: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "home").mkdir(exist_ok=True)
    with sqlite3.connect(tmp_path / "home" / "library.sqlite3") as connection:
        connection.execute("CREATE TABLE photos (id)")
    connection.close()
    assert command(monkeypatch, "db", "current") == 1
    told = capsys.readouterr()
    assert told.out == "" and "not one of reelscore: it has the table 'photos'" in told.err

    mariadb_server.run("CREATE USER IF NOT EXISTS 'guest'@'127.0.0.1' IDENTIFIED BY 'guest'")
    use_server(monkeypatch, mariadb_url)
    monkeypatch.setenv("DB_USER", "guest")
    monkeypatch.setenv("DB_PASSWORD", "guest")
    assert command(monkeypatch, "db", "current") == 1
    told = capsys.readouterr()
    assert told.out == "" and "it is not there, or the user has no rights on it" in told.err
