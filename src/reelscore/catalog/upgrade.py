"""Brings the tables of a database up to date when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from reelscore.catalog.schema import REVISIONS
from reelscore.errors import StorageError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = "reelscore_upgrade"
_LOCK_SECONDS = 60


def ensure_current(engine: Engine) -> None:
    """Make or upgrade the tables where they are not those of this code.

    Raises
    ------
    StorageError
        A newer version of reelscore wrote the database.
    """
    with engine.connect() as connection:
        current = stored_revision(connection)
    if current == REVISIONS[-1]:
        return
    _refuse_newer(current)
    with engine.execution_options(reelscore_write=True).begin() as connection, _alone(connection):
        # Another process may have upgraded while this one waited.
        current = stored_revision(connection)
        _refuse_newer(current)
        if current != REVISIONS[-1]:
            _run_migrations(connection)


def stored_revision(connection: Connection) -> str | None:
    """The revision of the tables in a database; None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StorageError(
            f"a newer version of reelscore wrote this library (revision {revision}, known up to "
            f"{REVISIONS[-1]}); upgrade reelscore"
        )


def _run_migrations(connection: Connection) -> None:
    # Imported here: Alembic takes half a second, and a library is up to date nearly always.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Keep other processes from upgrading: SQLite's writer has that, MySQL commits at every CREATE."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        yield
        return
    name = {"name": _LOCK}
    taken = connection.execute(text("SELECT GET_LOCK(:name, :wait)"), name | {"wait": _LOCK_SECONDS}).scalar()
    if taken != 1:
        raise StorageError("another process is upgrading the tables for over a minute; try again")
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
