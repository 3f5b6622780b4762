from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.errors import InvalidInputError, NotFoundError, StorageError
from reelscore.filters.table import Filters
from reelscore.library.corrections import correct
from reelscore.library.service import Library
from reelscore.query.form import Query
from reelscore.search import engine, saved
from reelscore.wiring import Wiring


@pytest.fixture
def wiring(demo_wiring: Wiring) -> Iterator[Wiring]:
    yield demo_wiring


def test_a_saved_search_is_renewed_only_if_its_answer_can_differ(wiring: Wiring, tmp_path: Path) -> None:
    playlist = tmp_path / "calm.m3u8"
    made = saved.save_search(wiring, "Calm", Query(text="calm acoustic guitar", limit=5), str(playlist))
    other = Filters(genres=("electronic",))
    saved.save_search(wiring, "Loud", Query(text="energetic", limit=3, filters=other))
    assert len(made["song_ids"]) == 5 and playlist.read_text().count("#EXTINF") == 5
    assert saved.renew_saved(wiring)["run"] == 0
    Library(wiring).remove(made["song_ids"][0])
    done = saved.renew_saved(wiring)
    assert done["run"] == 2 and [each["name"] for each in done["changed"]] == ["Calm"]
    assert saved.renew_saved(wiring)["run"] == 0
    calm = saved.list_saved(wiring)[0]
    assert made["song_ids"][0] not in calm["song_ids"] and len(calm["song_ids"]) == 5
    assert playlist.read_text().count("#EXTINF") == 5


def test_new_songs_reach_only_the_searches_that_they_can_change(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two hits a search, what a new song does not come near to is not run, nor does it answer."""
    monkeypatch.setattr(engine, "CANDIDATES", 2)
    texts = (
        "calm acoustic guitar",
        "energetic electronic dance music",
        "nostalgic piano",
        "happy upbeat pop",
    )
    for text in texts:
        saved.save_search(wiring, text, Query(text=text, limit=2))
    made = {each["name"]: each["song_ids"] for each in saved.list_saved(wiring)}
    stamp = wiring.catalog.library_state()
    newest = made[texts[0]][0]  # as if it had come since

    class Since(saved._News):
        def __init__(self) -> None:
            super().__init__(wiring, stamp, stamp)
            self._ids = [newest]

    run = [text for text in texts if Since().may_change(saved.find_saved(wiring, text))]
    assert texts[0] in run and len(run) < len(texts)
    for text in set(texts) - set(run):
        assert newest not in made[text]


def test_a_failure_empties_nothing(wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playlist = tmp_path / "calm.m3u8"
    made = saved.save_search(wiring, "Calm", Query(text="calm acoustic guitar", limit=5), str(playlist))
    text = playlist.read_text()

    def fail(*_: object, **__: object) -> object:
        raise StorageError("the index is gone")

    with monkeypatch.context() as patched:
        patched.setattr(saved, "search_reaching", fail)
        done = saved.renew_saved(wiring, everything=True)
    assert done["failed"][0]["problem"].endswith("the index is gone") and not done["changed"]
    assert saved.list_saved(wiring)[0]["song_ids"] == made["song_ids"] and playlist.read_text() == text
    assert saved.renew_saved(wiring)["run"] == 1  # what failed is tried again
    assert saved.list_saved(wiring)[0]["problem"] == ""


def test_mistakes_are_said(wiring: Wiring, tmp_path: Path) -> None:
    saved.save_search(wiring, "Calm", Query(text="calm"))
    for name, query, playlist, error in (
        ("Calm", Query(text="x"), None, InvalidInputError),
        (" ", Query(text="calm"), None, InvalidInputError),
        ("A", Query(), None, InvalidInputError),
        ("B", Query(text="calm"), "x.doc", InvalidInputError),
        ("C", Query(text="calm"), str(tmp_path / "none" / "x.m3u8"), StorageError),
    ):
        with pytest.raises(error):
            saved.save_search(wiring, name, query, playlist)
    assert [each["name"] for each in saved.list_saved(wiring)] == ["Calm"]
    saved.remove_saved(wiring, "Calm")
    with pytest.raises(NotFoundError):
        saved.remove_saved(wiring, "Calm")


def test_a_correction_reaches_the_searches_that_it_can_change(wiring: Wiring) -> None:
    """One that lets a song through a filter, one that takes a song of an answer out, and one taken back."""
    jazz = saved.save_search(
        wiring, "Jazz", Query(text="calm piano", limit=5, filters=Filters(genres=("jazz",)))
    )
    song, other = [song.id for song in wiring.catalog.list_songs()[0]][:2]
    saved.save_search(wiring, "None", Query(song=other, limit=5, filters=Filters(genres=("polka",))))
    assert jazz["song_ids"] == [] and saved.renew_saved(wiring)["run"] == 0
    correct(wiring, song, {"genre": "Jazz"})
    done = saved.renew_saved(wiring)
    assert (done["run"], [each["added"] for each in done["changed"]]) == (1, [[song]])
    correct(wiring, song, {"genre": "Blues"})
    saved.renew_saved(wiring)
    assert saved.find_saved(wiring, "Jazz")["problem"]  # nothing is left, so it stays as it was, and says so
    correct(wiring, song, {"genre": None})
    assert saved.renew_saved(wiring)["run"] == 2  # whose it was is not known any more
