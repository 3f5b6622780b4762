"""Tags of a library's files: written only if asked, whole or not at all, followed by the library, undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tinytag import TinyTag

from reelscore import files
from reelscore.config import Settings
from reelscore.errors import InvalidInputError, NotFoundError, ReelscoreError, StaleError, StorageError
from reelscore.ingest.service import ingest
from reelscore.library import tag_files
from reelscore.library.tag_files import undo_tags, write_tags
from reelscore.wiring import Wiring
from sound_files import encode, music


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiring, Path]]:
    folder = tmp_path_factory.mktemp("tagged")
    path = encode(folder / "music" / "a.flac", music(6.0), "flac", tags={"title": "Moon", "comment": "kept"})
    wiring = Wiring(Settings(home=folder / "home"))
    ingest(wiring, "folder", {"paths": [str(path.parent)]})
    yield wiring, path
    wiring.close()


@pytest.fixture
def library(made: tuple[Wiring, Path]) -> tuple[Wiring, Path, str]:
    wiring, path = made
    ((song, *_),) = wiring.catalog.files()
    if wiring.catalog.tag_write(song):
        undo_tags(wiring.catalog, song)
    return wiring, path, song


def test_a_file_is_written_followed_and_put_back(library: tuple[Wiring, Path, str]) -> None:
    wiring, path, song = library
    path.chmod(0o640)
    before, features = path.read_bytes(), wiring.catalog.features([song])[song]
    told = write_tags(wiring.catalog, song, ["bpm", "key"])
    assert told["written"]["bpm"] == [f"{features.tempo_bpm:.2f}".rstrip("0").rstrip(".")]
    tag = TinyTag.get(path)
    assert tag.other["bpm"] == told["written"]["bpm"] and tag.comment == "kept" and tag.title == "Moon"
    assert path.stat().st_mode & 0o777 == 0o640

    report = ingest(wiring, "folder", {"paths": [str(path.parent)]})
    assert (report.added, report.changed, report.already_known) == (0, 0, 1)
    os.utime(path)  # the same by its content, too
    report = ingest(wiring, "folder", {"paths": [str(path.parent)]})
    assert (report.added, report.changed, report.already_known) == (0, 0, 1)

    write_tags(wiring.catalog, song, ["bpm"])  # what is put back is what stood there first
    assert undo_tags(wiring.catalog, song)["song_id"] == song
    assert path.read_bytes() == before
    assert ingest(wiring, "folder", {"paths": [str(path.parent)]}).changed == 0
    with pytest.raises(NotFoundError, match="nothing to take back"):
        undo_tags(wiring.catalog, song)


def test_a_copy_leaves_file_and_library_alone(library: tuple[Wiring, Path, str], tmp_path: Path) -> None:
    wiring, path, song = library
    before = path.read_bytes()
    told = write_tags(wiring.catalog, song, ["bpm"], folder=tmp_path)
    assert TinyTag.get(tmp_path / "a.flac").other["bpm"] == told["written"]["bpm"]
    assert path.read_bytes() == before and wiring.catalog.tag_write(song) is None
    with pytest.raises(InvalidInputError, match="is there already"):
        write_tags(wiring.catalog, song, ["bpm"], folder=tmp_path)


@pytest.mark.parametrize("fault", ["disk full", "other sound", "killed"])
def test_whatever_fails_the_file_stays_whole(
    fault: str, library: tuple[Wiring, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, path, song = library
    before = path.read_bytes()
    kinds: dict[str, type[BaseException]] = {"disk full": StorageError, "other sound": InvalidInputError}
    if fault == "disk full":
        monkeypatch.setattr(files, "flush", _full)
    elif fault == "other sound":
        answers = iter(("one", "another"))
        monkeypatch.setattr(tag_files, "sound_fingerprint", lambda _: next(answers))
    else:
        monkeypatch.setattr(tag_files, "hash_file", _dies(path))
    with pytest.raises(kinds.get(fault, KeyboardInterrupt)) as told:
        write_tags(wiring.catalog, song, ["bpm"])
    assert "\n" not in str(told.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    monkeypatch.undo()
    wiring.catalog.forget_tag_write(song)
    write_tags(wiring.catalog, song, ["bpm"])


def _full(_: Path) -> None:
    raise OSError(28, "No space left on device")


def _dies(path: Path):  # type: ignore[no-untyped-def]
    from reelscore.files import hash_file

    def call(asked: Path) -> str:
        if asked != path:
            raise KeyboardInterrupt
        return hash_file(asked)

    return call


def test_files_that_somebody_else_changed_are_left_alone(library: tuple[Wiring, Path, str]) -> None:
    wiring, path, song = library
    write_tags(wiring.catalog, song, ["bpm"])
    written = path.read_bytes()
    path.write_bytes(written + b"\x00")
    for refuse in (undo_tags, lambda catalog, one: write_tags(catalog, one, ["key"])):
        with pytest.raises(StaleError):
            refuse(wiring.catalog, song)
    assert path.read_bytes() == written + b"\x00"
    path.write_bytes(written)


@pytest.mark.parametrize("fields", [["colour"], []])
def test_unknown_fields_and_nothing_to_write_are_refused(
    fields: list[str], library: tuple[Wiring, Path, str]
) -> None:
    wiring, _, song = library
    with pytest.raises(ReelscoreError):
        write_tags(wiring.catalog, song, fields)
