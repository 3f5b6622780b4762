"""What is special about MySQL and MariaDB: how a connection is set up, and what their errors mean."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from reelscore.errors import ConfigurationError

# How long a writer waits for the row that another one holds, seconds; as on SQLite. The server's own 50 s
# are longer than most people wait.
LOCK_WAIT_SECONDS = 15
CONNECT_SECONDS = 10
# Silence of the server in the middle of an answer; the longest statements are those of a migration.
READ_SECONDS = 300

# Another writer was in the way and the transaction was undone: deadlock, lock timeout, a row or a table that
# changed under it.
CONFLICTS = frozenset({1020, 1205, 1213, 1412})
# The server restarts, is full, or the network broke; a later try on a new connection may well succeed.
LOST = frozenset({1040, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1927, 2002, 2003, 2006, 2013, 2055, 4031})
NO_DATABASE = 1049
# There is no such database, or none that this user may know of.
UNKNOWN_DATABASE = frozenset({1044, NO_DATABASE})
_FORBIDDEN = frozenset({1044, 1045, 1142, 1227})

# Said at each connection: an old server's settings might cut what is too long, without a word.
_MODE = "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

_HINTS = {
    1040: "the server has no connection left; raise its max_connections",
    1044: "it is not there, or the user has no rights on it; GRANT ALL on it, or check DB_NAME",
    1045: "check DB_USER and DB_PASSWORD, or DATABASE_URL",
    1142: "the user may not do this; GRANT ALL on the database",
    1146: "run `reelscore db upgrade`",
    1153: "raise max_allowed_packet of the server",
    2003: "check that the server runs, and DB_HOST and DB_PORT, or DATABASE_URL",
    2005: "check DB_HOST, or DATABASE_URL",
}


def is_mysql(url: URL) -> bool:
    """Whether an address is that of MySQL or MariaDB."""
    return url.get_backend_name() in ("mysql", "mariadb")


def pymysql_url(url: URL) -> URL:
    """The address with our driver, if it names none: `mysql://` and `mariadb://` mean the same.

    Raises
    ------
    ConfigurationError
        The address names no database.
    """
    if not url.database:
        raise ConfigurationError(
            "DATABASE_URL names no database; it ends like mysql://user:password@host/music_recommender"
        )
    if url.drivername in ("mysql", "mariadb", "mariadb+pymysql"):
        return url.set(drivername="mysql+pymysql")
    return url


def engine_options(url: URL) -> dict[str, Any]:
    """Arguments of `create_engine` beside the address, which wins."""
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "write_timeout": READ_SECONDS,
        "init_command": f"SET SESSION sql_mode = '{_MODE}', innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}",
    }
    if url.password is not None:
        # PyMySQL would encode it as Latin-1, and a server compares UTF-8.
        arguments["password"] = str(url.password).encode()
    return {
        "connect_args": {name: value for name, value in arguments.items() if name not in url.query},
        # A connection that a restart of the server cut off is noticed when it is taken from the pool.
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_size": 10,
        "max_overflow": 30,
        # Each statement sees what is committed, and a writer locks the rows that it changes and no gaps
        # between them, which is what deadlocks are made of.
        "isolation_level": "READ COMMITTED",
    }


def error_code(error: BaseException | None) -> int | None:
    """The number of an error of the server or its driver."""
    arguments: tuple[Any, ...] = getattr(getattr(error, "orig", error), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def is_conflict(error: DBAPIError) -> bool:
    """Whether another writer got in the way, so that the same transaction may succeed next."""
    # Two writers inserted the same song: the second try finds it and updates it.
    return isinstance(error, IntegrityError) or error_code(error) in CONFLICTS


def is_lost(error: DBAPIError) -> bool:
    """Whether the server could not be reached, or was lost on the way."""
    return error.connection_invalidated or error_code(error) in LOST


def said(error: BaseException, text: str) -> str:
    """What the server said, without its code; `text` if that is no message of a server."""
    arguments: tuple[Any, ...] = getattr(error, "args", ())
    return str(arguments[1]) if error_code(error) is not None and len(arguments) > 1 else text


def hint(error: BaseException) -> str | None:
    """What to do about an error, if we know."""
    return _HINTS.get(error_code(error) or 0)


def create_database(url: URL) -> None:
    """Make the database that an address names, if the user may.

    Raises
    ------
    ConfigurationError
        The user may not; the line says which statement an administrator is to run.
    """
    name = str(url.database)
    statement = database_statement(name)
    server = URL.create(url.drivername, url.username, url.password, url.host, url.port, query=url.query)
    engine = create_engine(server, connect_args=engine_options(url)["connect_args"], poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    except DBAPIError as error:
        if error_code(error) not in _FORBIDDEN:
            raise
        raise ConfigurationError(
            f"the database {name!r} is not there, or the user {url.username!r} may not use it; let an "
            f"administrator run: {statement}; GRANT ALL ON {quoted(name)}.* TO that user"
        ) from error
    finally:
        engine.dispose()


def database_statement(name: str) -> str:
    """The CREATE DATABASE statement, with a collation that compares texts as SQLite does."""
    return f"CREATE DATABASE IF NOT EXISTS {quoted(name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


def quoted(name: str) -> str:
    """The name of a database as a statement carries it; ConfigurationError if it can be none."""
    if re.search(r"[\x00/\\]", name) or len(name) > 64:
        raise ConfigurationError(f"{name!r} cannot be the name of a database")
    return "`" + name.replace("`", "``") + "`"
