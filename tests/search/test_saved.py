from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.errors import InvalidInputError, NotFoundError, StorageError
from reelscore.filters.table import Filters, RankingOptions
from reelscore.library.corrections import correct
from reelscore.library.index_sync import refresh_indexes
from reelscore.library.service import Library
from reelscore.query.form import Query
from reelscore.records import AnalysedTrack, Phrase, Progress, Track
from reelscore.search import engine, saved
from reelscore.search.reading import Reading
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
    assert done["run"] == 1 and [each["name"] for each in done["changed"]] == ["Calm"]
    assert saved.renew_saved(wiring)["run"] == 0
    calm = saved.list_saved(wiring)[0]
    assert made["song_ids"][0] not in calm["song_ids"] and len(calm["song_ids"]) == 5
    assert playlist.read_text().count("#EXTINF") == 5


TEXTS = ("calm acoustic guitar", "energetic electronic dance music", "nostalgic piano", "happy upbeat pop")


def test_new_songs_reach_only_the_searches_that_they_can_change(wiring: Wiring) -> None:
    """A copy of a song comes under another name: what is not run has no place for it."""
    ids = sorted(song.id for song in wiring.catalog.list_songs()[0])
    asked = [Query(song=song, limit=2) for song in ids[:12]]
    asked += [Query(text=text, limit=2) for text in (*TEXTS, "nostalgic piano by nobody else")]
    for number, query in enumerate(asked):
        saved.save_search(wiring, f"{number:02}", query)
    (new,) = add_copy(wiring, ids[0])
    refresh_indexes(wiring)
    before = {each["name"]: each.get("renewed_at") for each in saved.list_saved(wiring)}
    done = saved.renew_saved(wiring)
    assert 0 < done["run"] < len(asked) and done["unchanged"] == len(asked) - done["run"]
    found = {each["name"]: each["song_ids"] for each in saved.list_saved(wiring)}
    run = {each["name"] for each in saved.list_saved(wiring) if each["renewed_at"] != before[each["name"]]}
    assert len(run) == done["run"]
    for number, query in enumerate(asked):
        now = [each.song.id for each in engine.search(wiring, query).songs]
        assert (new in now) == (new in found[f"{number:02}"])
        assert now == found[f"{number:02}"] or f"{number:02}" not in run
    assert new in found[f"{len(asked) - 1:02}"]  # by its artist


def add_copy(wiring: Wiring, song: str) -> list[str]:
    """Add a song that sounds as another one does."""
    track = Track("folder", "copy", "Unheard Of", artists=("Nobody Else",), uri="copy.wav")
    heard = [wiring.catalog.window_vectors(space, [song])[song] for space in wiring.embedders.spaces]
    made = AnalysedTrack(track, "f" * 64, wiring.catalog.features([song])[song], tuple(heard))
    return list(wiring.catalog.add([made]))


def test_ids_alone_are_those_of_the_whole_answer(wiring: Wiring) -> None:
    """Also of questions that share what was read, some of it read for the words of another."""
    song = wiring.catalog.list_songs()[0][3]
    artist = song.artists[0] if song.artists else song.title
    texts = (*TEXTS, f"{artist} piano", f"calm {song.title}", "piano", song.title)
    queries = [Query(text=text, limit=5) for text in texts]
    queries += [Query(song=song.id, limit=4, options=RankingOptions(adventurous=0.5)), Query(text="zzxxqq")]
    queries += [
        Query(phrases=(Phrase("calm piano"), Phrase("soft strings")), tempo_bpm=(60.0, 90.0), energy=0.3)
    ]
    reading = Reading(wiring.catalog)
    for query in queries:
        answer = engine.search(wiring, query)
        ids, notes, _ = engine.search_ids(wiring, reading, query)
        assert ids == [each.song.id for each in answer.songs] and set(notes) <= set(answer.notes)


def test_renewed_lists_are_those_of_each_question_alone(wiring: Wiring) -> None:
    """Together they read files beside the database, a new song from it, and words in one statement."""
    ids = sorted(song.id for song in wiring.catalog.list_songs()[0])
    texts = (*TEXTS, "piano by nobody else", "unheard of", "unhea")
    asked = [Query(text=text, limit=4) for text in texts]
    asked += [Query(text=text, limit=3, filters=Filters(tempo_bpm=(60.0, 140.0))) for text in TEXTS]
    asked += [Query(song=song, limit=3) for song in ids[:3]]
    for number, query in enumerate(asked):
        saved.save_search(wiring, f"{number:02}", query)
    assert wiring.shelf.write()  # a library of this size has no files of its own accord
    (new,) = add_copy(wiring, ids[0])
    refresh_indexes(wiring)
    assert saved.renew_saved(wiring, everything=True)["failed"] == []
    for each, query in zip(saved.list_saved(wiring), asked, strict=True):
        assert each["song_ids"] == engine.search_ids(wiring, Reading(wiring.catalog), query)[0]
    found = {each["name"] for each in saved.list_saved(wiring) if new in each["song_ids"]}
    assert {"04", "05", "06"} <= found  # by its artist, its title and the beginning of that


def test_what_is_removed_while_it_renews_stays_removed(wiring: Wiring, tmp_path: Path) -> None:
    for name in "AB":
        saved.save_search(wiring, name, Query(text="calm", limit=2), str(tmp_path / f"{name}.m3u8"))
    (tmp_path / "B.m3u8").unlink()

    def remove(_: Progress) -> None:
        if any(each["name"] == "B" for each in saved.list_saved(wiring)):
            saved.remove_saved(wiring, "B")

    assert saved.renew_saved(wiring, everything=True, progress=remove)["run"] == 2
    assert [each["name"] for each in saved.list_saved(wiring)] == ["A"]
    assert not (tmp_path / "B.m3u8").exists()


def test_a_playlist_that_stays_the_same_is_not_written_again(wiring: Wiring, tmp_path: Path) -> None:
    playlist = tmp_path / "calm.m3u8"
    saved.save_search(wiring, "Calm", Query(text="calm acoustic guitar", limit=5), str(playlist))
    playlist.write_text("mine")
    assert saved.renew_saved(wiring, everything=True)["changed"] == []
    assert playlist.read_text() == "mine"


def test_a_failure_empties_nothing(wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playlist = tmp_path / "calm.m3u8"
    made = saved.save_search(wiring, "Calm", Query(text="calm acoustic guitar", limit=5), str(playlist))
    text = playlist.read_text()

    def fail(*_: object, **__: object) -> object:
        raise StorageError("the index is gone")

    with monkeypatch.context() as patched:
        patched.setattr(saved, "search_ids", fail)
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
