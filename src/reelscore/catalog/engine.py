"""Opens the database: connection settings, transactions, and errors in our own words."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)

from reelscore.errors import ConfigurationError, StorageError

# How long a writer waits for another one on SQLite, milliseconds.
BUSY_TIMEOUT_MS = 15_000

# Deadlock and lock timeout on MySQL and MariaDB: the transaction was undone and may be tried again.
_MYSQL_RETRY = (1205, 1213)
_ATTEMPTS = 5

Answer = TypeVar("Answer")


def open_engine(url: str) -> Engine:
    """An engine for the address of a database; nothing is connected yet.

    Raises
    ------
    ConfigurationError
        The address cannot be read, or the driver that it names is not installed.
    StorageError
        The folder of a SQLite file cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "DATABASE_URL is no database address; it looks like sqlite:///library.sqlite3 "
            "or mysql+pymysql://user:password@host/name"
        ) from None  # the cause quotes the address, which may hold a password
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite:
        if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
            raise ConfigurationError("the catalogue needs a SQLite file: several threads share it")
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder of {parsed.database}: {error.strerror}") from error
    # hide_parameters: what a statement carries (paths, titles) stays out of error texts and logs.
    options: dict[str, Any] = {"hide_parameters": True}
    if not sqlite:
        options |= {"pool_pre_ping": True, "pool_recycle": 1800}
    try:
        engine = create_engine(parsed, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"the driver of {parsed.drivername!r} is not installed ({_first_line(error)})"
        ) from error
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says which kind each one is.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # With WAL, NORMAL never damages the database; a power cut can undo the last transactions only.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: it would fail at
    # once. So writers say so at the start.
    write = connection.get_execution_options().get("reelscore_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with; errors come out as StorageError."""
    with translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes, kept if the block ends well; errors come out as StorageError."""
    with translated(engine), engine.execution_options(reelscore_write=True).begin() as connection:
        yield connection


def write(engine: Engine, work: Callable[[Connection], Answer]) -> Answer:
    """Run `work` in one transaction, and again where another writer got in its way.

    `work` must be safe to run from its start: what it wrote before is undone.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with engine.execution_options(reelscore_write=True).begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if attempt == _ATTEMPTS or not _may_succeed_later(error):
                raise storage_error(engine, error) from error
            time.sleep(random.uniform(0.5, 1.5) * 0.05 * 2**attempt)
        except SQLAlchemyError as error:
            raise storage_error(engine, error) from error
    raise AssertionError("unreachable")


def _may_succeed_later(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):
        return True  # two writers inserted the same song: the second try finds it and updates it
    if error.connection_invalidated:
        return True
    arguments: tuple[Any, ...] = getattr(error.orig, "args", ())
    return isinstance(error, OperationalError) and bool(arguments) and arguments[0] in _MYSQL_RETRY


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn errors of the database into StorageError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise storage_error(engine, error) from error


def storage_error(engine: Engine, error: SQLAlchemyError) -> StorageError:
    """One line on what failed and what to do: no statement, no values, no password."""
    where = engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string()
    cause = error.orig if isinstance(error, (DBAPIError, StatementError)) and error.orig else error
    text = _first_line(cause)
    secret = engine.url.password
    if secret:
        text = text.replace(str(secret), "***")
    lowered = text.lower()
    if "is not a database" in lowered or "malformed" in lowered:
        text = "the file is damaged, or not a database; move it away and ingest again, or restore a backup"
    elif "database is locked" in lowered:
        text = "another process is writing for long; try again"
    elif "unable to open" in lowered or "readonly" in lowered:
        text = f"{text}; check that the file and its folder may be read and written"
    return StorageError(f"the catalogue at {where} failed: {text}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
