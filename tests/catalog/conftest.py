from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.catalog.store import Catalog


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with all tables and nothing in them, made once."""
    path = tmp_path_factory.mktemp("empty") / "library.sqlite3"
    Catalog(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'home' / 'library.sqlite3'}"


@pytest.fixture(params=["sqlite", "mariadb"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs on each of them."""
    return str(request.param)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a database whose tables are empty."""
    if backend == "mariadb":
        return str(request.getfixturevalue("mariadb_library_url"))
    made = str(request.getfixturevalue("sqlite_url"))
    path = Path(made.removeprefix("sqlite:///"))
    path.parent.mkdir()
    shutil.copy(request.getfixturevalue("empty_library"), path)
    return made


@pytest.fixture
def fresh_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables."""
    return str(request.getfixturevalue("sqlite_url" if backend == "sqlite" else "mariadb_url"))


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    opened = Catalog(url)
    yield opened
    opened.close()
