from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from reelscore.catalog import schema
from reelscore.catalog.store import Catalog
from services_running import MariaDB


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with all tables and nothing in them, made once."""
    path = tmp_path_factory.mktemp("empty") / "library.sqlite3"
    Catalog(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def _mariadb_library(_mariadb: MariaDB) -> str:
    """A database with all tables, made once for the tests of a process."""
    url = _mariadb.create_database()
    Catalog(url).close()
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'home' / 'library.sqlite3'}"


@pytest.fixture(params=["sqlite", "mariadb"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs on each of them."""
    return str(request.param)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database whose tables are empty."""
    if backend == "sqlite":
        made = str(request.getfixturevalue("sqlite_url"))
        path = Path(made.removeprefix("sqlite:///"))
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("empty_library"), path)
        yield made
    else:
        request.getfixturevalue("mariadb_server")  # running, whatever the test before did to it
        made = request.getfixturevalue("_mariadb_library")
        yield made
        request.getfixturevalue("_mariadb").start()
        engine = sa.create_engine(made, poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            for table in reversed(schema.metadata.sorted_tables):
                connection.execute(sa.delete(table))


@pytest.fixture
def fresh_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables."""
    return str(request.getfixturevalue("sqlite_url" if backend == "sqlite" else "mariadb_url"))


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    opened = Catalog(url)
    yield opened
    opened.close()
