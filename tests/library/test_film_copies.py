"""Copies of films: made once, kept within a budget, never half."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.errors import CancelledError, MediaError, StorageError
from reelscore.library import films
from reelscore.library.films import drop_copy, keep_copy, kept_film

ONE, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was written, without the time that coding takes."""
    written: list[Path] = []

    def write(source: Path, target: Path, progress: object) -> None:
        target.write_bytes(source.read_bytes())
        written.append(source)

    monkeypatch.setattr(films, "write_proxy", write)
    return written


def left(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.home / "films").iterdir())


def test_a_copy_is_made_once(settings: Settings, tmp_path: Path, writing: list[Path]) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(b"film")
    assert kept_film(settings, ONE) is None
    made = keep_copy(settings, film, ONE)
    assert made == keep_copy(settings, film, ONE) == kept_film(settings, ONE)
    assert writing == [film] and left(settings) == [f"{ONE}.mp4"]
    for name in ("../../secret", "A" * 64, "a" * 63, ""):
        assert kept_film(settings, name) is None
    drop_copy(settings, ONE)
    drop_copy(settings, ONE)
    assert left(settings) == []


def test_what_was_looked_at_longest_ago_goes_first(
    settings: Settings, tmp_path: Path, writing: list[Path]
) -> None:
    settings = settings.model_copy(update={"films_mb": 1})
    film = tmp_path / "film.mov"
    film.write_bytes(b"0" * 600_000)
    os.utime(keep_copy(settings, film, ONE), (1, 1))
    keep_copy(settings, film, OTHER)
    assert left(settings) == [f"{OTHER}.mp4"]


def test_what_fails_leaves_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(b"no film")
    with pytest.raises(MediaError, match=r"film\.mov"):
        keep_copy(settings, film, ONE)
    for error in (CancelledError("stop"), OSError(28, "No space left on device")):

        def write(source: Path, target: Path, progress: object, error: Exception = error) -> None:
            target.write_bytes(b"half")
            raise error

        monkeypatch.setattr(films, "write_proxy", write)
        with pytest.raises((CancelledError, StorageError), match=r"stop|No space left"):
            keep_copy(settings, film, ONE)
        assert left(settings) == []
    monkeypatch.setattr(films, "FREE_BYTES_LEFT", 1 << 60)
    with pytest.raises(StorageError, match="make room"):
        keep_copy(settings, film, ONE)
