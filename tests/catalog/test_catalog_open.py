"""Opening: migrations, damaged and foreign databases, settings of the connection, what a crash leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex, CreateTable

from raw_sql import run_sql
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import open_engine, storage_error
from reelscore.catalog.db.upgrade import MIGRATIONS, database_state
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, StorageError
from reelscore.records import EventKind, TasteEvent
from reelscore.wiring import Wiring


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def database(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_migrations_make_the_tables_of_the_schema(catalog: Catalog, url: str) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_every_migration_is_in_the_list_of_revisions() -> None:
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == schema.REVISIONS


def test_migrations_can_be_undone(fresh_url: str) -> None:
    Catalog(fresh_url).close()
    engine = open_engine(fresh_url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        made = config()
        made.attributes["connection"] = connection
        command.downgrade(made, "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    Catalog(fresh_url).close()


def test_what_taste_is_learnt_from_survives_the_migrations_after_it(fresh_url: str) -> None:
    kept = TasteEvent(
        "Ádá", "", "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11", EventKind.KEPT, "2026-01-01", words="sea"
    )
    engine = open_engine(fresh_url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, "0012")
    with engine.execution_options(reelscore_write=True).begin() as connection:
        connection.execute(sa.insert(schema.taste_events), {**asdict(kept), "kind": "kept"})
    engine.dispose()
    catalog = Catalog(fresh_url)
    assert catalog.taste_events("Ádá") == [kept]
    catalog.close()


def test_the_tables_can_be_written_for_mysql() -> None:
    dialect = mysql.dialect()  # type: ignore[no-untyped-call]
    text = "".join(
        str(CreateTable(table).compile(dialect=dialect))
        + "".join(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
        for table in schema.metadata.sorted_tables
    )
    assert "LONGBLOB" in text
    assert "LONGTEXT" in text
    assert re.search(r"id CHAR\(36\) CHARACTER SET ascii COLLATE ascii_bin", text)
    assert "uri(191)" in text
    assert text.count("utf8mb4_bin") == len(schema.metadata.tables)


def test_the_migrations_can_be_written_for_mysql(capsys: pytest.CaptureFixture[str]) -> None:
    made = config()
    made.set_main_option("dialect", "mysql")
    command.upgrade(made, "head", sql=True)
    text = capsys.readouterr().out
    assert text.count("CREATE TABLE") == len(schema.metadata.tables) + 1
    assert "LONGBLOB" in text


def test_opening_a_current_library_needs_no_alembic(fresh_url: str) -> None:
    Catalog(fresh_url).close()
    code = (
        "import sys; from reelscore.catalog.store import Catalog\n"
        f"Catalog({fresh_url!r}).counts()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'mako')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_newer_library_is_refused(fresh_url: str) -> None:
    Catalog(fresh_url).close()
    run_sql(fresh_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="upgrade reelscore"):
        Catalog(fresh_url)


def test_the_next_process_may_look_once_the_last_step_is_committed(mariadb_url: str) -> None:
    seen: list[str] = []

    def note_statement(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    def note_commit(_: Any) -> None:
        seen.append("COMMIT")

    sa.event.listen(sa.Engine, "before_cursor_execute", note_statement)
    sa.event.listen(sa.Engine, "commit", note_commit)
    try:
        Catalog(mariadb_url).close()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note_statement)
        sa.event.remove(sa.Engine, "commit", note_commit)
    last = max(at for at, one in enumerate(seen) if one.startswith("UPDATE alembic_version"))
    rest = seen[last:]
    assert rest.index("COMMIT") < next(at for at, one in enumerate(rest) if "RELEASE_LOCK" in one)


def test_several_may_make_the_tables_at_once(fresh_url: str) -> None:
    def start(_: int) -> None:
        Catalog(fresh_url).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def test_a_sqlite_library_is_opened_safely(sqlite_url: str) -> None:
    catalog = Catalog(sqlite_url)
    with catalog._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15000, "synchronous": 1}
    catalog.close()


@pytest.mark.parametrize("content", [b"this is text, not a database" * 100, os.urandom(8192)])
def test_a_file_that_is_no_database_is_told_in_one_line(content: bytes, sqlite_url: str) -> None:
    database(sqlite_url).parent.mkdir()
    database(sqlite_url).write_bytes(content)
    with pytest.raises(StorageError, match="not a database") as caught:
        Catalog(sqlite_url)
    assert "\n" not in str(caught.value)
    assert "SELECT" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot make the folder"):
        Catalog(f"sqlite:///{tmp_path / 'file' / 'library.sqlite3'}")
    with pytest.raises(StorageError, match="unable to open"):
        Catalog(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "no database address"),
        ("oracle9://user:secret@host/db", "SQLite, MySQL or MariaDB"),
        ("sqlite://", "needs a SQLite file"),
        ("sqlite:///:memory:", "needs a SQLite file"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_configuration_error(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        Catalog(url)
    assert "secret" not in str(caught.value)


def test_messages_hold_no_password_and_no_statement() -> None:
    # An engine whose driver is not needed: its address and the name of its dialect are all that is read.
    engine = SimpleNamespace(url=sa.make_url("mysql://me:s3cret@host/db"), dialect=mysql.dialect())  # type: ignore[no-untyped-call]
    error = sa.exc.OperationalError(
        "SELECT * FROM songs WHERE title = 'x'", {}, Exception("no access with s3cret\nSELECT more")
    )
    text = str(storage_error(engine, error))  # type: ignore[arg-type]
    assert text == "the catalogue at mysql://me:***@host/db failed: no access with ***"


def test_a_missing_table_is_a_storage_error_of_one_line(fresh_url: str) -> None:
    catalog = Catalog(fresh_url)
    run_sql(fresh_url, "DROP TABLE jobs")
    with pytest.raises(StorageError, match=r"no such table|jobs' doesn't exist; run") as caught:
        catalog.jobs()
    catalog.close()
    assert "\n" not in str(caught.value)
    assert "SELECT" not in str(caught.value)


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from catalog_tracks import make_track
from reelscore.catalog.store import Catalog
catalog = Catalog(sys.argv[1])
number = 0
while True:
    catalog.add([make_track(number + place) for place in range(5)])
    number += 5
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_batches(url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(8)][-1]
    child.send_signal(signal.SIGKILL)
    child.communicate()
    catalog = Catalog(url)
    songs = catalog.counts()["songs"]
    assert songs >= told
    assert songs % 5 == 0
    assert len(catalog.pending("lite-1")) == songs
    assert not [found for found in catalog.findings() if "index of" not in found.message]
    catalog.close()


def test_what_is_written_is_for_its_user_alone(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert not wiring.catalog.unfinished_jobs()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "home").iterdir()}
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    for name in ("library.sqlite3", "library.sqlite3-wal", "library.sqlite3-shm"):
        assert modes.get(name, 0o600) == 0o600
    wiring.close()


@pytest.mark.parametrize("is_there", [True, False])
def test_lost_database_beside_an_index_is_told_and_the_index_stays(tmp_path: Path, is_there: bool) -> None:
    kept = tmp_path / "index" / "lite-1" / "vectors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"vectors")
    if is_there:
        (tmp_path / "library.sqlite3").touch()
    with (
        closing(Wiring(Settings(home=tmp_path))) as wiring,
        pytest.raises(StorageError, match="put the database back"),
    ):
        _ = wiring.catalog
    assert kept.read_bytes() == b"vectors"


def test_database_of_another_program_is_told_and_stays_as_it_is(fresh_url: str) -> None:
    open_engine(fresh_url).dispose()  # which makes the folder of a file
    run_sql(fresh_url, "CREATE TABLE photos (id INTEGER)")
    for look in (Catalog, database_state):
        with pytest.raises(StorageError, match="not one of reelscore: it has the table 'photos'; name"):
            look(fresh_url)
    run_sql(fresh_url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    run_sql(fresh_url, "INSERT INTO alembic_version VALUES ('1975ea83b712')")
    with pytest.raises(StorageError, match="not one of reelscore: it has the revision '1975ea83b712'"):
        Catalog(fresh_url)
    engine = open_engine(fresh_url)
    assert sorted(sa.inspect(engine).get_table_names()) == ["alembic_version", "photos"]
    engine.dispose()


def test_what_is_written_after_another_process_has_looked_is_there(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute('SELECT n FROM kept'))"

    def seen_by_another() -> str:
        return subprocess.check_output([sys.executable, "-c", f"{look}; c.close()", path], text=True).strip()

    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as first:
        first.exec_driver_sql("CREATE TABLE kept (n INTEGER)")
        first.commit()
        engine.connect().close()  # opening a second connection must not end the locks of the first
        assert seen_by_another() == ""
        first.exec_driver_sql("INSERT INTO kept VALUES (7)")
        first.commit()
        assert seen_by_another() == "(7,)"
    engine.dispose()
