"""Copies that can be made again stay within a budget; those that were used longest ago go first."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reelscore.files import keep_within
from reelscore.library import on_demand
from reelscore.library.on_demand import spectrogram_of


def made(path: Path, size: int, used: int) -> Path:
    path.write_bytes(b"0" * size)
    os.utime(path, (used, used))
    return path


def test_what_was_used_longest_ago_goes_and_what_is_written_stays(tmp_path: Path) -> None:
    old, later = made(tmp_path / "old.png", 40, 1), made(tmp_path / "later.png", 40, 2)
    writing = made(tmp_path / ".writing.png", 900, 0)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")  # as what another process removes meanwhile
    newest = made(tmp_path / "newest.png", 50, 3)
    keep_within(100, tmp_path, newest=newest)
    assert [path.exists() for path in (old, later, writing, newest)] == [False, True, True, True]
    keep_within(10, tmp_path, newest=newest)
    assert newest.exists() and not later.exists()


def test_spectrograms_are_kept_within_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelscore.audio.decode.load", lambda *_, **__: None)
    monkeypatch.setattr("reelscore.library.spectrogram_image.draw_spectrogram", lambda _: b"0" * 40)
    monkeypatch.setattr(on_demand, "SPECTROGRAM_BYTES", 100)
    catalog = SimpleNamespace(song=lambda name: SimpleNamespace(id=name, content_hash="c", title=name))
    wiring: Any = SimpleNamespace(catalog=catalog, settings=SimpleNamespace(home=tmp_path))
    sound = tmp_path / "a.wav"
    sound.touch()
    first, second = spectrogram_of(wiring, "one", sound), spectrogram_of(wiring, "two", sound)
    os.utime(first, (1, 1))
    os.utime(second, (2, 2))
    assert spectrogram_of(wiring, "one", sound) == first  # which is looked at again
    spectrogram_of(wiring, "three", sound)
    assert first.exists() and not second.exists()
