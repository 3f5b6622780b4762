"""Opens the database: connection settings, transactions, and errors in our own words.

Whoever writes hands over a whole transaction (`write`), which is run again if another writer got in its
way or the server was restarted under it. Queries are run again one by one (`reading`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError, StatementError

from reelscore.catalog.db.mysql import (
    CONFLICTS,
    engine_options,
    error_code,
    hint,
    is_conflict,
    is_lost,
    is_mysql,
    pymysql_url,
    said,
)
from reelscore.errors import ConfigurationError, StorageError, TransientStorageError, how_to_get
from reelscore.net.retry import RetryPolicy

# How long a writer waits for another one on SQLite, milliseconds.
BUSY_TIMEOUT_MS = 15_000

# Of a SQLite file: what is read as mapped pages, which connections share, and what each keeps of the rest.
_MAPPED_BYTES, _CACHE_KB = 2_147_418_112, 16_384

# How long calls wait in all for a server that went away, seconds: a restart takes a few.
OUTAGE_SECONDS = 45.0

# Of a transaction that another writer undid.
_CONFLICTS = RetryPolicy(attempts=6, first_wait=0.15, longest_wait=1.5)

Result = TypeVar("Result")

_held = threading.local()  # the engine and the connection that `connected` holds


class Outage:
    """Whether the database server is away, and whether waiting for it is worth while.

    All threads share one: once a server has been away for `seconds`, every call fails at the first attempt,
    until one succeeds. A server that was never reached is not waited for: its address may be wrong.
    """

    def __init__(self, seconds: float = OUTAGE_SECONDS) -> None:
        self._seconds = seconds
        self._reached = False
        self._since: float | None = None

    def goes_on(self, began: float) -> bool:
        """Note that an attempt of a call failed that began to fail at `began`; True if another is worth it.

        The server may answer every other call, and end its connection at this one each time.
        """
        self._since = self._since or began
        return self._reached and time.monotonic() - min(began, self._since) < self._seconds

    def is_over(self) -> None:
        """Note that an attempt succeeded."""
        self._reached, self._since = True, None


def open_engine(url: str, *, outage_seconds: float = OUTAGE_SECONDS) -> Engine:
    """An engine for the address of a database; nothing is connected yet.

    Parameters
    ----------
    url
        SQLAlchemy address; `mysql://` and `mariadb://` are taken with PyMySQL.
    outage_seconds
        How long calls wait in all for a server that went away, seconds.

    Raises
    ------
    ConfigurationError
        The address cannot be read, or the driver that it names is not installed.
    StorageError
        The folder of a SQLite file cannot be made.
    """
    parsed = _parsed(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    # hide_parameters: what a statement carries (paths, titles) stays out of error texts and logs.
    options: dict[str, Any] = {
        "hide_parameters": True,
        "execution_options": {"reelscore_outage": Outage(outage_seconds)},
    }
    if sqlite:
        _make_folder(parsed)
    elif is_mysql(parsed):
        parsed = pymysql_url(parsed)
        options |= engine_options(parsed)
    else:
        raise ConfigurationError(
            f"a library lies in SQLite, MySQL or MariaDB, not in {parsed.get_backend_name()!r}; "
            "check DATABASE_URL"
        )
    try:
        engine = create_engine(parsed, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"the driver of {parsed.drivername!r} is not installed ({_first_line(error)}); "
            f"{how_to_get('mysql')}"
        ) from error
    if sqlite:
        event.listen(engine, "do_connect", _make_private_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def shown_address(url: str) -> str:
    """The address of a database as it may be shown: without the password, and with our driver."""
    parsed = _parsed(url)
    return (pymysql_url(parsed) if is_mysql(parsed) else parsed).render_as_string()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "DATABASE_URL is no database address; it looks like sqlite:///library.sqlite3 "
            "or mysql://user:password@host/name"
        ) from None  # the cause quotes the address, which may hold a password


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError("the catalogue needs a SQLite file: several threads share it")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder of {path}: {error.strerror}") from error


def _make_private_file(*arguments: Any) -> None:
    # A database is for its user alone; SQLite gives the log beside it the same rights. A file that is there
    # is not opened: closing it would end the locks of every connection of this process, and the next process
    # that closed the database would take itself for the last one, and delete the log under those.
    _, _, (path, *_), _ = arguments
    with suppress(OSError):  # it is there; or SQLite says itself what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says which kind each one is.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # With WAL, NORMAL never damages the database; a power cut can undo the last transactions only.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: it would fail at
    # once. So writers say so at the start.
    write = connection.get_execution_options().get("reelscore_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with; errors come out as StorageError.

    On a server each query is run again if the connection was lost under it, so a block that reads may
    span a restart. It offers `execute` alone.
    """
    held = getattr(_held, "reader", None)
    with translated(engine):
        if held is not None and held[0] is engine:
            yield held[1]
            return
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                yield connection
            return
        reader = _Reader(engine)
        try:
            yield cast(Connection, reader)  # as far as queries go it is one
        finally:
            reader.close()


@contextmanager
def connected(engine: Engine) -> Iterator[None]:
    """Let this thread read on one connection meanwhile; on SQLite all is of one moment, until it writes."""
    if getattr(_held, "reader", None) is not None:
        yield
        return
    with reading(engine) as connection:
        _held.reader = engine, connection
        try:
            yield
        finally:
            _held.reader = None


class _Reader:
    """Queries on a connection that is replaced if it is lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def execute(self, statement: Any, parameters: Any = None) -> Any:
        return _again(self._engine, lambda: self._run(statement, parameters))

    def _run(self, statement: Any, parameters: Any) -> Any:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return self._connection.execute(statement, parameters)
        except DBAPIError:
            self.close()
            raise

    def rollback(self) -> None:
        """End the transaction: what is read next is of then."""
        if self._connection is not None:
            self._connection.rollback()

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(DBAPIError):  # lost since; what was read is read
                connection.close()


def write(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Run `work` in one transaction, and again if another writer or a restart got in its way.

    `work` must be safe to run from its start: what it wrote before is undone, or, if the connection was
    lost at the very end, may be there already.
    """

    def run() -> Result:
        with engine.execution_options(reelscore_write=True).begin() as connection:
            return work(connection)

    with translated(engine):
        held = getattr(_held, "reader", None)
        if held is not None and held[0] is engine:
            held[1].rollback()  # so that it stands in nobody's way, and reads afterwards what was written
        return _again(engine, run)


def _again(engine: Engine, run: Callable[[], Result]) -> Result:
    """Run until it succeeds, or fails in a way that another attempt will not mend.

    `reelscore.net.retry.retry` counts the attempts and the time of one call. Here two kinds of faults are
    counted apart, conflicts by attempts and lost connections by time, and that time is one for all threads:
    the server of an engine is away for all of them at once, and not for each anew. So only the waits are
    shared with it.
    """
    outage: Outage = engine.get_execution_options()["reelscore_outage"]
    conflicts = tries = 0
    failing = None
    while True:
        try:
            answer = run()
        except DBAPIError as error:
            tries += 1
            if is_lost(error):
                failing = failing or time.monotonic()
                if not outage.goes_on(failing):
                    raise
            else:
                conflicts += 1
                if not is_conflict(error) or conflicts == _CONFLICTS.attempts:
                    raise
            time.sleep(_CONFLICTS.backoff(tries))
        else:
            outage.is_over()
            return answer


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
    text, advice = _first_line(cause), None
    if is_mysql(engine.url):
        text, advice = said(cause, text), hint(cause)
    # The server's words alone: a password that is an ordinary word may stand in our own advice.
    text = _without(text, engine.url.password)
    text = f"{text}; {advice}" if advice else text
    lowered = text.lower()
    transient = isinstance(error, DBAPIError) and (is_lost(error) or error_code(error) in CONFLICTS)
    if "is not a database" in lowered or "malformed" in lowered:
        text = "the file is damaged, or not a database; move it away and ingest again, or restore a backup"
    elif "database is locked" in lowered:
        text, transient = "another process is writing for long; try again", True
    elif "unable to open" in lowered or "readonly" in lowered:
        text = f"{text}; check that the file and its folder may be read and written"
    elif "disk is full" in lowered:
        text = f"{text}; make room, and try again"
    elif "disk i/o error" in lowered:  # what SQLite says if its shared memory finds no room
        text = f"{text}; its disk may be full: make room, and try again"
    kind = TransientStorageError if transient else StorageError
    return kind(f"the catalogue at {where} failed: {text}")


def _without(text: str, secret: object) -> str:
    """A text without a password, in whichever form it stands there."""
    if not secret:
        return text
    for form in {str(secret), quote(str(secret), safe=""), quote_plus(str(secret))}:
        text = text.replace(form, "***")
    return text


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
