"""Makes the tables of a database, and brings them up to date when it is opened."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from reelscore.catalog.db.engine import open_engine, translated
from reelscore.catalog.db.mysql import (
    NO_DATABASE,
    UNKNOWN_DATABASE,
    create_database,
    database_statement,
    error_code,
    quoted,
)
from reelscore.catalog.db.schema import REVISIONS, metadata
from reelscore.errors import StorageError, TransientStorageError, UnknownNameError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
DIALECTS = ("sqlite", "mysql")

_LOCK_SECONDS = 60


def ensure_current(engine: Engine) -> None:
    """Make or upgrade the tables if they are not those of this code, and on a server the database too.

    Raises
    ------
    ConfigurationError
        There is no such database, and the user may not make it.
    StorageError
        A newer version of reelscore wrote the database, or another program did.
    """
    current = _first_look(engine)
    if current == REVISIONS[-1]:
        return
    _refuse_foreign(engine, current)
    _refuse_newer(current)
    with _alone(engine), engine.execution_options(reelscore_write=True).begin() as connection:
        # Another process may have upgraded while this one waited.
        current = stored_revision(connection)
        _refuse_newer(current)
        if current != REVISIONS[-1]:
            _run_migrations(connection)


def _refuse_foreign(engine: Engine, revision: str | None) -> None:
    """StorageError if the tables, which are at this revision, are those of another program."""
    found = None
    if revision is None:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        if engine.dialect.name != "sqlite":
            # There each CREATE is committed by itself: tables of ours may be what a broken upgrade left.
            tables -= set(metadata.tables)
        found = f"the table {min(tables)!r}" if tables else None
    elif not (revision.isdecimal() and len(revision) == len(REVISIONS[-1])):
        found = f"the revision {revision!r}"  # of a program that uses Alembic, too
    if found:
        other = "file" if engine.dialect.name == "sqlite" else "database (DB_NAME, or in DATABASE_URL)"
        raise StorageError(
            f"the database {engine.url.database} is not one of reelscore: it has {found}; "
            f"name another {other}"
        )


def stored_revision(connection: Connection) -> str | None:
    """The revision of the tables in a database; None if there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def schema_script(dialect: str, database: str | None = None) -> str:
    """The statements that make all tables, as a file that the client of the database can read.

    Parameters
    ----------
    dialect
        "sqlite", or "mysql", which is for MariaDB too.
    database
        The MySQL database to make and to use; not given: the tables come into the one that is open.

    Raises
    ------
    UnknownNameError
        There is no such dialect.
    """
    if dialect not in DIALECTS:
        raise UnknownNameError("dialect", dialect, DIALECTS)
    from alembic import command

    made = io.StringIO()
    config = _config(output_buffer=made)
    config.set_main_option("dialect", dialect)
    command.upgrade(config, "head", sql=True)
    head = f"{database_statement(database)};\n\nUSE {quoted(database)};\n\n" if database else ""
    return f"-- The tables of reelscore, revision {REVISIONS[-1]}.\n\n{head}{made.getvalue().strip()}\n"


class DatabaseState(NamedTuple):
    """What is in a database, found without changing it."""

    dialect: str  # "sqlite", "mysql" or "mariadb"
    version: str | None  # of the server; None if there is no database
    revision: str | None  # of the tables; None if there are none


def database_state(url: str) -> DatabaseState:
    """Look into a database; nothing is made or upgraded.

    Raises as `open_engine` does, and StorageError if the server cannot be reached, refuses the user the
    database, or it is that of another program.
    """
    engine = open_engine(url)
    dialect = engine.dialect.name
    try:
        if dialect == "sqlite" and not Path(str(engine.url.database)).exists():
            return DatabaseState(dialect, None, None)
        with translated(engine):
            try:
                with engine.connect() as connection:
                    name = "mariadb" if getattr(engine.dialect, "is_mariadb", False) else dialect
                    version = ".".join(map(str, engine.dialect.server_version_info or ()))
                    if dialect == "sqlite":
                        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
                    revision = stored_revision(connection)
                _refuse_foreign(engine, revision)
                return DatabaseState(name, version, revision)
            except OperationalError as error:
                if error_code(error) != NO_DATABASE:
                    raise
                return DatabaseState(dialect, None, None)
    finally:
        engine.dispose()


def _first_look(engine: Engine) -> str | None:
    for last in (False, True):
        try:
            with engine.connect() as connection:
                found = stored_revision(connection)
        except OperationalError as error:
            if last or error_code(error) not in UNKNOWN_DATABASE:
                raise
            create_database(engine.url)
        else:
            engine.get_execution_options()["reelscore_outage"].is_over()
            return found
    raise AssertionError("unreachable")


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StorageError(
            f"a newer version of reelscore wrote this library (revision {revision}, known up to "
            f"{REVISIONS[-1]}); upgrade reelscore"
        )


def _run_migrations(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(**options: Any) -> Config:
    # Imported here and above: Alembic takes half a second, and a library is up to date nearly always.
    from alembic.config import Config

    config = Config(**options)
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Keep other processes from upgrading: SQLite's writer has that, MySQL commits at every CREATE.

    By a connection of its own, so that the last step is committed before the next process looks.
    """
    if engine.dialect.name not in ("mysql", "mariadb"):
        yield
        return
    # The names of locks belong to the server, not to the database, and have 64 characters at most.
    database = hashlib.sha256(str(engine.url.database).encode()).hexdigest()[:16]
    name = {"name": f"reelscore_upgrade_{database}"}
    with engine.connect() as connection:
        wait = name | {"wait": _LOCK_SECONDS}
        if connection.execute(text("SELECT GET_LOCK(:name, :wait)"), wait).scalar() != 1:
            raise TransientStorageError(
                "another process is upgrading the tables for over a minute; try again"
            )
        try:
            yield
        finally:
            if not connection.invalidated and not connection.closed:
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
