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
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'home' / 'library.sqlite3'}"


@pytest.fixture
def catalog(url: str, empty_library: Path) -> Iterator[Catalog]:
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    shutil.copy(empty_library, path)
    opened = Catalog(url)
    yield opened
    opened.close()
