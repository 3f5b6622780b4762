"""Files beside SQL never say what SQL no longer says, whoever changed it."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_tracks import SPACES, make_track

from reelscore.catalog.shelf import Shelf
from reelscore.catalog.store import Catalog
from reelscore.search.reading import Reading

SONGS = 30
IDS = [make_track(number).track.id for number in range(2 * SONGS)]
WORDS = {"song", "7", "renamed", "b"}

# Changes songs in every way for a while, in an order of its own.
OTHER_PROCESS = """
import random, sys
sys.path.insert(0, sys.argv[1])
from test_shelf import change
from reelscore.catalog.store import Catalog
catalog = Catalog(sys.argv[2])
rng = random.Random(int(sys.argv[3]))
for _ in range(12):
    change(catalog, rng)
catalog.close()
"""


def change(catalog: Catalog, rng: random.Random) -> None:
    """One change of some song, as the parts of the product make it."""
    number = rng.randrange(2 * SONGS)
    item, song = make_track(number), IDS[number]
    known = bool(catalog.known_ids([song]))
    match rng.randrange(7):
        case 0:
            other = make_track(number + 100 * rng.randrange(2)).embeddings
            catalog.add([make_track(number, artists=(f"B {rng.random()}",)), make_track(number // 2)])
            catalog.add_embeddings({song: other[0]})
        case 1:
            catalog.remove([song])
        case 2:
            catalog.refresh([make_track(number, title=f"Renamed {rng.random()}").track])
        case 3 if known:
            catalog.correct(song, {"title": f"Corrected {rng.random()}", "tempo": 90.0 + rng.random()})
        case 4 if known:
            catalog.set_features(song, make_track(number + rng.randrange(90)).features)
        case 5:
            catalog.add_embeddings({song: make_track(number + rng.randrange(90)).embeddings[1]})
        case _:
            if rng.random() < 0.3:
                for space in SPACES:
                    catalog.forget_removed(space, catalog.removed(space))
            catalog.add([item])


def assert_true(catalog: Catalog, shelf: Shelf) -> None:
    """What is read by way of the files is what SQL says, to the last bit."""
    view = shelf.view()
    assert view is not None
    found, wanted = Reading(catalog, view), Reading(catalog)
    assert found.cards(IDS) == wanted.cards(IDS)
    assert found.keys(IDS) == wanted.keys(IDS)
    assert [*map(sorted, found.named_by([WORDS], IDS))] == [*map(sorted, wanted.named_by([WORDS], IDS))]
    assert found.count_words(WORDS, {"son", "7", "x"}) == wanted.count_words(WORDS, {"son", "7", "x"})
    for weights, hidden in (
        ({"song": 3, "b": 2, "7": 2}, IDS[:2]),
        ({"song": 1}, ()),
        ({"none": 1}, IDS[3:4]),
    ):
        for limit in (1, 5, 100):
            ours = found.songs_with_words(weights, limit, exclude=hidden)
            assert ours == wanted.songs_with_words(weights, limit, exclude=hidden)
    for space in SPACES:
        assert np.array_equal(found.centre(space), wanted.centre(space))
    there = list(wanted.cards(IDS))
    assert np.array_equal(found.soft_targets(there), wanted.soft_targets(there), equal_nan=True)
    for spaces in (list(SPACES), ["lite-1"]):
        ids, matrices = found.matrices(spaces, sorted(there))
        others, blocks = wanted.matrices(spaces, sorted(there))
        assert ids == others
        for space in spaces:
            assert np.array_equal(matrices[space], blocks[space])


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog(url)
    catalog.add([make_track(number) for number in range(SONGS)])
    yield catalog
    catalog.close()


@pytest.fixture
def shelf(catalog: Catalog, tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(catalog, tmp_path / "shelf", SPACES)
    assert made.view() is None and made.write()
    yield made
    made.close()


def test_files_say_what_sql_says(catalog: Catalog, shelf: Shelf) -> None:
    assert_true(catalog, shelf)
    view = shelf.view()
    assert view is not None and (view.places(IDS[:SONGS]) >= 0).all()
    assert (view.places([*IDS[SONGS:], "nobody", ""]) == -1).all()


def test_words_of_a_song_that_is_gone_find_nothing(catalog: Catalog, shelf: Shelf) -> None:
    view = shelf.view()
    assert view is not None and view.is_current
    (first,) = Reading(catalog, view).songs_with_words({"song": 1}, 1)
    catalog.remove([first])
    for space in SPACES:  # the indexes have forgotten it, too
        catalog.forget_removed(space, catalog.removed(space))
    view = shelf.view()
    assert view is not None and not view.is_current
    assert first not in Reading(catalog, view).songs_with_words({"song": 1}, SONGS)
    assert Reading(catalog, view).count_words({"song"}, ())[0] == {"song": SONGS - 1}


def test_files_that_are_a_while_out_of_date_are_written_again(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.catalog.shelf.FEWEST_SONGS", 1)
    with contextlib.closing(Shelf(catalog, tmp_path / "shelf", SPACES, writes=lambda: True)) as shelf:
        assert shelf.write()
        catalog.remove(IDS[:1])
        view = shelf.view()
        assert view is not None and not view.is_current and shelf._writer is None
        shelf._fresh_until = 0.0
        shelf.view()
        assert shelf._writer is not None
        shelf._writer.join()
        view = shelf.view()
        assert view is not None and view.is_current


def test_changes_by_others_are_seen_at_once(catalog: Catalog, shelf: Shelf, url: str) -> None:
    other = Catalog(url)
    rng = random.Random(5)
    for step in range(16):
        change(other, rng)
        assert_true(catalog, shelf)
        if step % 6 == 5:
            assert shelf.write()
    other.close()


def test_changes_of_processes_at_the_same_time_are_seen(catalog: Catalog, shelf: Shelf, url: str) -> None:
    def start(seed: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", OTHER_PROCESS, str(Path(__file__).parent), url, str(seed)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    others = [start(seed) for seed in (1, 2)]
    while any(other.poll() is None for other in others):
        shelf.view()
        shelf.write()
    for other in others:
        _, said = other.communicate()
        assert other.returncode == 0, said
    assert_true(catalog, shelf)


def test_two_processes_share_the_newest_files(catalog: Catalog, shelf: Shelf, tmp_path: Path) -> None:
    second = Shelf(catalog, tmp_path / "shelf", SPACES)
    assert_true(catalog, second)
    catalog.refresh([make_track(1, title="Renamed").track])
    assert second.write() and len(list((tmp_path / "shelf").iterdir())) == 1
    assert shelf.view() is None  # its files are gone; those of the other are found at the next look
    shelf._next_look = 0.0
    assert_true(catalog, shelf)
    second.close()


def test_files_of_another_database_are_not_used(catalog: Catalog, shelf: Shelf, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("a database server is not put back by copying a file")
    path = Path(url.removeprefix("sqlite:///"))
    backup = path.with_name("backup.sqlite3")
    catalog._engine.dispose()
    shutil.copy(path, backup)
    catalog.refresh([make_track(1, title="Renamed").track])
    assert shelf.write()
    catalog._engine.dispose()
    for own in path.parent.glob(f"{path.name}*"):
        own.unlink()
    shutil.copy(backup, path)
    catalog.refresh([make_track(2, title="Later").track])  # its revision is that of the files
    assert shelf.view() is None


def test_files_are_written_for_large_libraries_and_again_once_worn(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.catalog.shelf.FEWEST_SONGS", SONGS + 1)
    monkeypatch.setattr("reelscore.catalog.shelf._MANY", 3)
    shelf = Shelf(catalog, tmp_path / "shelf", SPACES)
    shelf.keep_up()
    assert not (tmp_path / "shelf").exists()
    monkeypatch.setattr("reelscore.catalog.shelf.FEWEST_SONGS", SONGS)
    shelf.keep_up()
    (first,) = (tmp_path / "shelf").iterdir()
    catalog.refresh([make_track(1, title="Renamed").track])
    shelf.keep_up()
    assert list((tmp_path / "shelf").iterdir()) == [first]
    catalog.refresh([make_track(number, title="Renamed").track for number in range(2, 5)])
    shelf.keep_up()
    assert list((tmp_path / "shelf").iterdir()) != [first]
    assert_true(catalog, shelf)
    shelf.close()


def test_questions_of_a_server_have_the_files_written(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.catalog.shelf.FEWEST_SONGS", SONGS)
    shelf = Shelf(catalog, tmp_path / "shelf", SPACES, writes=lambda: True)
    assert shelf.view() is None
    assert shelf._writer is not None
    shelf._writer.join()
    assert_true(catalog, shelf)
    shelf.close()


@pytest.mark.parametrize("part", ["about.json", "keys.npy", "cards.bin", "lite-1.npy"])
def test_files_that_are_cut_off_are_not_used(
    catalog: Catalog, shelf: Shelf, tmp_path: Path, part: str
) -> None:
    (place,) = (tmp_path / "shelf").iterdir()
    (place / part).write_bytes((place / part).read_bytes()[:20])
    second = Shelf(catalog, tmp_path / "shelf", SPACES)
    assert second.view() is None


def test_files_of_another_format_are_not_used(catalog: Catalog, shelf: Shelf, tmp_path: Path) -> None:
    (place,) = (tmp_path / "shelf").iterdir()
    about = json.loads((place / "about.json").read_text())
    (place / "about.json").write_text(json.dumps({**about, "format": "0"}))
    assert Shelf(catalog, tmp_path / "shelf", SPACES).view() is None


def test_a_full_disk_is_left_alone(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelscore.catalog.shelf.INDEX_BYTES", 10**18)
    shelf = Shelf(catalog, tmp_path / "shelf", SPACES)
    assert not shelf.write() and list((tmp_path / "shelf").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_done_without(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file")
    shelf = Shelf(catalog, tmp_path / "shelf", SPACES)
    assert not shelf.write() and shelf.view() is None
    shelf.close()
