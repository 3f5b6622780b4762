"""MariaDB as the catalogue: how it is reached, what a restart or another writer does, and what goes wrong."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from catalog_tracks import make_track
from test_catalog_projects import PROJECT

from patience import PATIENCE_SECONDS
from raw_sql import run_sql
from reelscore.catalog.db import engine as engine_module
from reelscore.catalog.db import mysql, schema
from reelscore.catalog.db.engine import OUTAGE_SECONDS, open_engine, reading, write
from reelscore.catalog.db.upgrade import MIGRATIONS, schema_script, stored_revision
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, StorageError, TransientStorageError
from reelscore.records import JobState
from services_running import MariaDB


def one(catalog: Catalog, query: str) -> object:
    with reading(catalog._engine) as connection:
        return connection.execute(sa.text(query)).scalar_one()


def test_the_database_is_made_where_there_is_none(mariadb_server: MariaDB) -> None:
    url = mariadb_server.url("a new-library %41")
    catalog = Catalog(url)
    catalog.add([make_track(1, title="naïve 🎬")])
    found = mariadb_server.run(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name LIKE 'a new-library%'"
    )
    assert [tuple(row) for row in found] == [("utf8mb4", "utf8mb4_bin")]
    catalog.close()
    mariadb_server.run("DROP DATABASE `a new-library %41`")


def test_a_user_who_may_not_make_it_is_told_what_to_ask_for(mariadb_server: MariaDB) -> None:
    mariadb_server.run("CREATE USER IF NOT EXISTS 'weak'@'127.0.0.1' IDENTIFIED BY 'pw-of-weak'")
    with pytest.raises(ConfigurationError, match=r"administrator run: CREATE DATABASE .*`nowhere`") as caught:
        Catalog(mariadb_server.url("nowhere", user="weak", password="pw-of-weak"))
    assert "pw-of-weak" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mariadb+pymysql", "mysql+pymysql"])
def test_every_way_to_write_the_address_is_taken(scheme: str, mariadb_url: str) -> None:
    catalog = Catalog(mariadb_url.replace("mysql+pymysql", scheme))
    assert catalog._engine.url.drivername == "mysql+pymysql"
    assert catalog.counts()["songs"] == 0
    catalog.close()


def test_settings_with_odd_characters_reach_the_server(
    mariadb_server: MariaDB, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    password = "p@ss:w/rd %41+ü#?&'"
    quoted = password.replace("'", "''")
    mariadb_server.run(
        f"CREATE OR REPLACE USER 'me@work'@'127.0.0.1' IDENTIFIED BY '{quoted}'",
        "GRANT ALL PRIVILEGES ON music_recommender.* TO 'me@work'@'127.0.0.1'",
    )
    (tmp_path / ".env").write_text(
        f'DB_USER="me@work"\nDB_PASSWORD="{password}"\nDB_PORT={mariadb_server.port}\nDB_HOST=\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    catalog = Catalog(Settings().sql_url)
    assert one(catalog, "SELECT DATABASE()") == "music_recommender"
    catalog.close()
    mariadb_server.run("DROP DATABASE music_recommender")


def test_a_connection_is_set_up_as_the_catalogue_needs_it(mariadb_url: str) -> None:
    catalog = Catalog(mariadb_url)
    names = ("sql_mode", "innodb_lock_wait_timeout", "character_set_client", "tx_isolation")
    mode, wait, charset, isolation = (one(catalog, f"SELECT @@SESSION.{name}") for name in names)
    assert "STRICT_TRANS_TABLES" in str(mode)
    assert (wait, charset, isolation) == (mysql.LOCK_WAIT_SECONDS, "utf8mb4", "READ-COMMITTED")
    catalog.close()


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"password": "wrong"}, StorageError, "check DB_USER and DB_PASSWORD"),
        ({"username": "nobody"}, StorageError, "check DB_USER and DB_PASSWORD"),
        ({"port": 1}, TransientStorageError, "check that the server runs, and DB_HOST and DB_PORT"),
        ({"host": "no-such-host.invalid"}, TransientStorageError, "no-such-host.invalid"),
        ({"database": None}, ConfigurationError, "names no database"),
    ],
)
def test_an_address_that_fails_is_told_at_once_and_in_one_line(
    change: dict[str, object], kind: type[Exception], words: str, mariadb_url: str
) -> None:
    good = sa.make_url(mariadb_url)
    # `set` leaves out what is None, so an address without a database is cut by hand.
    bad = good.set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]
    if "database" in change:
        bad = bad.rpartition("/")[0]
    began = time.monotonic()
    with pytest.raises(kind, match=words) as caught:
        Catalog(bad)
    assert time.monotonic() - began < OUTAGE_SECONDS, "a server that was never reached is not waited for"
    text = str(caught.value)
    assert "\n" not in text
    assert "SELECT" not in text
    assert str(good.password) not in text
    assert "wrong" not in text


def test_the_missing_driver_names_its_extra(tmp_path: Path) -> None:
    (tmp_path / "pymysql.py").write_text("raise ModuleNotFoundError('No module named pymysql')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from reelscore.catalog.store import Catalog\n"
        "try: Catalog('mysql://me:secret@host/name')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("ConfigurationError")
    assert "pip install 'pymysql>=" in told
    assert "secret" not in told


# --- a server that goes away -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_reading_and_writing_go_on_after_a_restart(
    how: str, mariadb_server: MariaDB, mariadb_url: str
) -> None:
    catalog = Catalog(mariadb_url)
    catalog.add([make_track(0)])
    stopped = threading.Event()
    added = 0
    failed: list[StorageError] = []

    def work() -> None:
        nonlocal added
        try:
            while not stopped.is_set():
                ids = catalog.add([make_track(added + 1)])
                assert catalog.known_ids(ids) == set(ids)
                added += 1
        except StorageError as error:
            failed.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(2):
        seen = added
        getattr(mariadb_server, how)()
        time.sleep(0.3)
        mariadb_server.start()
        wait_until(lambda seen=seen: added > seen + 3 or not worker.is_alive())  # type: ignore[misc]
    stopped.set()
    worker.join()
    assert not failed
    assert catalog.counts()["songs"] == added + 1
    assert not [found for found in catalog.findings() if "index of" not in found.message]
    catalog.close()


def test_what_was_read_before_the_server_died_is_kept(mariadb_server: MariaDB, mariadb_url: str) -> None:
    catalog = Catalog(mariadb_url)
    with reading(catalog._engine) as connection:
        answer = connection.execute(sa.text("SELECT 42")).scalar_one()
        mariadb_server.kill()
    mariadb_server.start()
    assert answer == 42
    assert catalog.counts()["songs"] == 0
    assert catalog._engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    catalog.close()


def wait_until(true: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_server_that_stays_away_is_waited_for_once(
    mariadb_server: MariaDB, mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Catalog(mariadb_url).close()
    engine = open_engine(mariadb_url, outage_seconds=1.0)
    write(engine, lambda connection: connection.execute(sa.text("SELECT 1")).scalar_one())
    mariadb_server.stop()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    for waited in (True, False):  # the second caller is told at once
        began = time.monotonic()
        with (
            pytest.raises(TransientStorageError, match="check that the server runs"),
            reading(engine) as found,
        ):
            found.execute(sa.text("SELECT 1"))
        assert bool(waits) is waited
        assert not waited or time.monotonic() - began >= 1.0
        waits.clear()
    mariadb_server.start()
    with reading(engine) as found:
        assert found.execute(sa.text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_a_call_that_is_cut_off_each_time_ends_though_others_succeed(
    mariadb_server: MariaDB, mariadb_url: str
) -> None:
    engine = open_engine(mariadb_url, outage_seconds=1.0)
    stopped = threading.Event()

    def ask_on() -> None:
        while not stopped.wait(0.02):
            with reading(engine) as found:
                found.execute(sa.text("SELECT 1"))

    with reading(engine) as found:  # a server that was never reached is not waited for
        found.execute(sa.text("SELECT 1"))
    others = threading.Thread(target=ask_on)
    others.start()
    began = time.monotonic()
    try:
        with pytest.raises(TransientStorageError):
            write(engine, lambda connection: connection.execute(sa.text("KILL CONNECTION_ID()")))
    finally:
        stopped.set()
        others.join()
    assert time.monotonic() - began >= 1.0
    engine.dispose()


def test_a_write_that_was_cut_off_is_there_once(mariadb_server: MariaDB, mariadb_url: str) -> None:
    catalog = Catalog(mariadb_url)
    tries = 0

    def work(connection: sa.Connection) -> None:
        nonlocal tries
        tries += 1
        connection.execute(sa.insert(schema.meta), {"name": f"try {tries}", "value": "x"})
        if tries == 1:
            number = connection.execute(sa.text("SELECT CONNECTION_ID()")).scalar_one()
            mariadb_server.run(f"KILL CONNECTION {number}")

    write(catalog._engine, work)
    with reading(catalog._engine) as connection:
        assert connection.execute(sa.select(schema.meta.c.name)).scalars().all() == ["try 2"]
    catalog.close()


def test_deadlocks_are_tried_again(mariadb_url: str) -> None:
    catalog = Catalog(mariadb_url)
    for name in ("a", "b"):
        catalog.set_note(name, "0")
    meeting = threading.Barrier(2)
    tries: list[str] = []

    def add_in_order(*names: str) -> None:
        first = True

        def work(connection: sa.Connection) -> None:
            nonlocal first
            tries.append(names[0])
            for name in names:
                connection.execute(
                    sa.text("UPDATE meta SET value = value + 1 WHERE name = :name"), {"name": name}
                )
                if first:
                    first = False
                    meeting.wait(PATIENCE_SECONDS)

        write(catalog._engine, work)

    other = threading.Thread(target=add_in_order, args=("b", "a"))
    other.start()
    add_in_order("a", "b")
    other.join()
    assert len(tries) == 3
    assert (catalog.note("a"), catalog.note("b")) == ("2", "2")
    catalog.close()


def test_the_same_songs_from_several_processes_are_there_once(mariadb_url: str) -> None:
    Catalog(mariadb_url).close()
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from catalog_tracks import make_track\n"
        "from reelscore.catalog.store import Catalog\n"
        "catalog = Catalog(sys.argv[1])\n"
        "for start in range(0, 60, 10): catalog.add([make_track(start + n) for n in range(10)])\n"
        "catalog.close()\n"
    )
    here = str(Path(__file__).parent)
    children = [subprocess.Popen([sys.executable, "-c", code, mariadb_url, here]) for _ in range(3)]
    assert [child.wait(PATIENCE_SECONDS) for child in children] == [0, 0, 0]
    catalog = Catalog(mariadb_url)
    counts = catalog.counts()
    assert (counts["songs"], counts["vectors"]) == (60, {"lite-1": 60, "fingerprint-1": 60})
    assert not [found for found in catalog.findings() if "index of" not in found.message]
    catalog.close()


def test_a_job_is_won_by_one_of_two_processes(mariadb_url: str) -> None:
    mine, other = Catalog(mariadb_url), Catalog(mariadb_url)
    jobs = [mine.create_job("ingest", {}) for _ in range(20)]
    won: dict[str, int] = {"mine": 0, "other": 0}

    def claim(name: str, catalog: Catalog) -> None:
        for job in jobs:
            won[name] += catalog.claim_job(job.id, worker=name) is not None

    threads = [threading.Thread(target=claim, args=pair) for pair in (("mine", mine), ("other", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won["mine"] + won["other"] == 20
    assert all(job.state is JobState.RUNNING for job in mine.jobs())
    mine.close()
    other.close()


# --- migrations --------------------------------------------------------------------------------------------


def test_two_processes_that_open_an_empty_database_do_not_collide(mariadb_server: MariaDB) -> None:
    url = mariadb_server.url("made_by_three")
    code = "import sys; from reelscore.catalog.store import Catalog; Catalog(sys.argv[1]).close()"
    children = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [child.wait(PATIENCE_SECONDS) for child in children] == [0, 0, 0]
    mariadb_server.drop_database(url)


def test_an_upgrade_that_was_cut_off_anywhere_is_finished(mariadb_server: MariaDB, mariadb_url: str) -> None:
    engine = sa.create_engine(mariadb_url, poolclass=sa.pool.NullPool)
    catalog = Catalog(mariadb_url)
    catalog.add_project(PROJECT)
    catalog.close()
    whole = tables(engine)
    # As a killed process leaves it: the revision says less than what is there, and of that a part is missing.
    for revision, begun, missing in [
        ("0015", "0016", "ALTER TABLE projects ADD COLUMN analysis_id CHAR(36)"),  # was dropped last
        ("0015", "0016", "DROP INDEX ix_project_films_analysis_id ON project_films"),
        ("0005", "0006", "DROP TABLE song_waveforms"),
        ("0002", "0003", "DROP INDEX ix_song_terms_kind_term ON song_terms"),
        (None, "0001", "DROP TABLE meta"),
    ]:
        go_back(mariadb_url, begun)
        change = f"UPDATE alembic_version SET version_num = '{revision}'"
        run_sql(mariadb_url, missing, change if revision else "DROP TABLE alembic_version")
        catalog = Catalog(mariadb_url)
        assert catalog.projects()[0] == ([PROJECT] if begun == "0016" else [])
        catalog.close()
        with engine.connect() as connection:
            assert stored_revision(connection) == schema.REVISIONS[-1]
        assert tables(engine) == whole
    engine.dispose()


def go_back(url: str, revision: str) -> None:
    engine = open_engine(url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def test_the_printed_tables_are_those_that_opening_makes(mariadb_server: MariaDB, mariadb_url: str) -> None:
    other = mariadb_server.create_database()
    statements = [part.strip() for part in schema_script("mysql").split(";\n")]
    mariadb_server.run(*filter(None, statements), database=sa.make_url(other).database)
    Catalog(mariadb_url).close()
    mine, printed = (sa.create_engine(url, poolclass=sa.pool.NullPool) for url in (mariadb_url, other))
    assert tables(printed) == tables(mine)
    catalog = Catalog(other)
    catalog.add([make_track(1)])
    catalog.close()
    mariadb_server.drop_database(other)


def tables(engine: sa.Engine) -> dict[str, str]:
    """Name -> the statement that makes the table, as the server says it."""
    with engine.connect() as connection:
        return {
            name: connection.execute(sa.text(f"SHOW CREATE TABLE {name}")).all()[0][1]
            for name in sa.inspect(connection).get_table_names()
        }
