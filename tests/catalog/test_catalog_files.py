from __future__ import annotations

from catalog_tracks import make_track

from reelscore.catalog.files import SongFile
from reelscore.catalog.store import Catalog
from reelscore.records import FileStamp, song_id


def note(song: str, path: str, *, size: int = 10, content: str = "a" * 64) -> SongFile:
    return SongFile(song_id("folder", path), song, path, FileStamp(size, 1_700_000_000_123_456_789), content)


def test_files_are_known_by_their_path(catalog: Catalog) -> None:
    [song] = catalog.add([make_track(1)])
    files = [note(song, "/music/1.mp3", size=1 << 40), note(song, "/music/ü\n%_ copy.mp3")]
    catalog.note_files(files)
    known = catalog.known_files([file.id for file in files] + [song_id("folder", "/nowhere")])
    assert known == {file.id: file for file in files}
    assert catalog.files_of_songs([song]) == {song: sorted(files)}


def test_a_file_is_noted_once_and_the_last_word_counts(catalog: Catalog) -> None:
    one, two = catalog.add([make_track(1), make_track(2)])
    catalog.note_files([note(one, "/music/1.mp3")])
    newer = note(two, "/music/1.mp3", size=77, content="b" * 64)
    catalog.note_files([newer])
    assert catalog.known_files([newer.id]) == {newer.id: newer}


def test_files_under_a_folder_are_those_below_it_alone(catalog: Catalog) -> None:
    [song] = catalog.add([make_track(1)])
    paths = ["/m/a/1", "/m/a/b/2", "/m/ab/3", "/m/A/4", "/m/a%/5", "/m/a", "/n/a/6"]
    catalog.note_files([note(song, path) for path in paths])
    assert {file.path for file in catalog.files_under("/m/a")} == {"/m/a/1", "/m/a/b/2", "/m/a"}
    assert {file.path for file in catalog.files_under("/m/a%")} == {"/m/a%/5"}
    assert {file.path for file in catalog.files_under("/")} == set(paths)


def test_many_files_come_page_by_page(catalog: Catalog) -> None:
    [song] = catalog.add([make_track(1)])
    catalog.note_files([note(song, f"/m/{number}") for number in range(2_345)])
    assert len({file.id for file in catalog.files_under("/m")}) == 2_345


def test_files_go_with_their_song_and_none_is_noted_for_a_song_that_is_gone(catalog: Catalog) -> None:
    one, two = catalog.add([make_track(1), make_track(2)])
    catalog.note_files([note(one, "/m/1"), note(two, "/m/2")])
    catalog.remove([one])
    assert [file.path for file in catalog.files_under("/m")] == ["/m/2"]
    catalog.note_files([note(one, "/m/3")])
    assert [file.path for file in catalog.files_under("/m")] == ["/m/2"]
    catalog.forget_files([note(two, "/m/2").id])
    assert list(catalog.files_under("/m")) == []
