from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from catalog_tracks import make_track

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError, UnknownNameError
from reelscore.records import MusicFeatures, Song, song_id


def test_a_song_comes_back_as_it_was_added(catalog: Catalog) -> None:
    item = make_track(
        7,
        title="Größe – ☃ 🎵",
        artists=("Ünder", "B;C"),
        album="Album",
        genre="folk",
        year=1999,
        duration=201.5,
        page_url="https://page",
        preview_url="https://preview",
        artwork_url="https://art",
        video_id="vid",
        isrc="DEABC9912345",
        labels={"mood": "calm", "a": "z"},
    )
    assert catalog.add([item]) == [item.track.id]
    song = catalog.song(item.track.id)
    assert song.added_at.endswith("Z")
    assert len(song.added_at) == 27
    assert song == Song(
        id=item.track.id,
        content_hash=item.content_hash,
        added_at=song.added_at,
        **{name: getattr(item.track, name) for name in item.track.__slots__ if hasattr(song, name)},
    )
    assert catalog.features([song.id]) == {song.id: item.features}


def test_features_that_were_not_measured_stay_none(catalog: Catalog) -> None:
    item = replace(make_track(1), features=MusicFeatures(duration=np.float32(2.5)))  # type: ignore[arg-type]
    catalog.add([item])
    assert catalog.features([item.track.id])[item.track.id] == MusicFeatures(duration=2.5)


def test_values_that_are_no_numbers_count_as_not_measured(catalog: Catalog) -> None:
    features = MusicFeatures(duration=2.5, tempo_bpm=float("nan"), loudness_lufs=float("-inf"))
    item = replace(make_track(1), features=features)
    catalog.add([item])
    assert catalog.features([item.track.id])[item.track.id] == MusicFeatures(duration=2.5)


def test_vectors_come_back_to_the_bit(catalog: Catalog) -> None:
    items = [make_track(number) for number in range(5)]
    catalog.add(items)
    for space in ("lite-1", "fingerprint-1"):
        stored = {
            song: vector
            for ids, block in catalog.track_vectors(space)
            for song, vector in zip(ids, block, strict=True)
        }
        windows = catalog.window_vectors(space, list(stored))
        for item in items:
            embedding = next(e for e in item.embeddings if e.space == space)
            assert stored[item.track.id].dtype == np.float32
            assert np.array_equal(stored[item.track.id], embedding.track)
            found = windows[item.track.id]
            assert np.array_equal(found.track, embedding.track)
            assert np.array_equal(found.windows, embedding.windows)
            assert (found.window_starts, found.window_seconds, found.space) == (
                embedding.window_starts,
                embedding.window_seconds,
                space,
            )


def test_a_track_without_windows_has_none(catalog: Catalog) -> None:
    item = make_track(1, windows=0)
    catalog.add([item])
    found = catalog.window_vectors("lite-1", [item.track.id, "unknown"])
    assert list(found) == [item.track.id]
    assert found[item.track.id].windows.shape == (0, 20)


def test_adding_twice_changes_nothing_but_what_changed(catalog: Catalog) -> None:
    first = make_track(1)
    catalog.add([first, make_track(2)])
    before = catalog.song(first.track.id)
    second = replace(
        make_track(1, windows=1, title="Renamed"), content_hash="f" * 64, features=MusicFeatures(duration=9.0)
    )
    catalog.add([second])
    after = catalog.song(first.track.id)
    assert (after.title, after.content_hash, after.added_at) == ("Renamed", "f" * 64, before.added_at)
    assert catalog.features([after.id])[after.id].duration == 9.0
    assert len(catalog.window_vectors("lite-1", [after.id])[after.id].windows) == 1
    counts = catalog.counts()
    assert counts["songs"] == 2
    assert counts["vectors"] == {"lite-1": 2, "fingerprint-1": 2}
    assert counts["windows"] == {"lite-1": 4, "fingerprint-1": 4}


def test_one_batch_may_name_a_track_twice(catalog: Catalog) -> None:
    ids = catalog.add([make_track(1), make_track(1, title="Last")])
    assert ids[0] == ids[1]
    assert catalog.song(ids[0]).title == "Last"
    assert catalog.add([]) == []


def test_a_bad_track_undoes_its_whole_batch(catalog: Catalog) -> None:
    bad = make_track(2)
    broken = replace(bad.embeddings[0], window_starts=(0.0,))
    with pytest.raises(InvalidInputError, match="start times"):
        catalog.add([make_track(1), replace(bad, embeddings=(broken,))])
    assert catalog.counts()["songs"] == 0


def test_songs_come_in_the_order_that_was_asked_for(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(6)])
    wanted = [ids[4], "unknown", ids[0], ids[5], ids[0]]
    assert [song.id for song in catalog.songs(wanted)] == [ids[4], ids[0], ids[5], ids[0]]
    with pytest.raises(NotFoundError, match="unknown"):
        catalog.song("unknown")


def test_ids_and_contents_that_are_known_are_found(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(3)])
    strangers = [song_id("folder", f"/else/{number}") for number in range(6000)]
    assert catalog.known_ids([*strangers, ids[1]]) == {ids[1]}
    assert catalog.known_ids([]) == set()
    hashes = [f"{number:064x}" for number in range(6000)]
    assert catalog.ids_by_content(hashes) == dict(zip(hashes[:3], ids, strict=True))


def test_the_first_song_of_a_content_is_named(catalog: Catalog) -> None:
    first = catalog.add([make_track(1)])[0]
    catalog.add([replace(make_track(2), content_hash=f"{1:064x}")])
    assert catalog.ids_by_content([f"{1:064x}"]) == {f"{1:064x}": first}


def test_files_of_a_source_are_listed(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(3)])
    other = catalog.add([make_track(9, source="demo", source_id="calm/x.opus", uri=None)])
    known = list(catalog.songs_of_source("folder"))
    assert {item.id for item in known} == set(ids)
    assert known[0].source_id == known[0].uri
    assert known[0].content_hash is not None
    assert [item.id for item in catalog.songs_of_source("demo")] == other
    assert dict(catalog.files()) == {song: f"/music/{number}.mp3" for number, song in enumerate(ids)}


def test_removing_takes_everything_along_but_the_index_mark(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(3)])
    for space in ("lite-1", "fingerprint-1"):
        catalog.mark_indexed(space, ids)
    assert catalog.remove([ids[0], "unknown"]) == 1
    assert catalog.known_ids(ids) == set(ids[1:])
    assert catalog.features(ids).keys() == set(ids[1:])
    assert catalog.vector_count("lite-1") == 2
    assert catalog.removed("lite-1") == [ids[0]]
    catalog.forget_removed("lite-1", [ids[0]])
    assert catalog.removed("lite-1") == []
    assert catalog.removed("fingerprint-1") == [ids[0]]
    catalog.add([make_track(0)])
    assert catalog.removed("fingerprint-1") == []
    assert catalog.pending("fingerprint-1") == [ids[0]]


def test_a_known_song_is_refreshed_without_a_new_analysis(catalog: Catalog) -> None:
    item = make_track(1)
    catalog.add([item])
    catalog.mark_indexed("lite-1", [item.track.id])
    moved = replace(item.track, uri="/elsewhere/1.mp3", title="Neu")
    assert catalog.refresh([moved, make_track(2).track]) == 1
    song = catalog.song(item.track.id)
    assert (song.uri, song.title, song.content_hash) == ("/elsewhere/1.mp3", "Neu", item.content_hash)
    assert catalog.list_songs(search="neu")[1] == 1
    assert catalog.pending("lite-1") == []


def test_a_page_of_the_library_is_found_without_case_and_accents(catalog: Catalog) -> None:
    catalog.add(
        [
            make_track(1, title="Über allem", artists=("Sigur Rós",)),
            make_track(2, title="under", artists=("Zoë",), album="Best of 100%"),
            make_track(3, title="Alpha", genre="Folk"),
            make_track(4, title="zeta_1"),
        ]
    )

    def titles(search: str) -> list[str]:
        return [song.title for song in catalog.list_songs(search=search)[0]]

    assert titles("uber") == ["Über allem"]
    assert titles("SIGUR ros über") == ["Über allem"]
    assert titles("zoe") == ["under"]
    assert titles("100%") == ["under"]
    assert titles("%") == ["under"]
    assert titles("zeta_") == ["zeta_1"]
    assert titles("folk") == ["Alpha"]
    assert titles("nothing of it") == []
    assert titles("  ") == ["Alpha", "Über allem", "under", "zeta_1"]


def test_songs_are_sorted_and_paged(catalog: Catalog) -> None:
    catalog.add([make_track(number, title=f"T{9 - number}") for number in range(8)])
    catalog.add([replace(make_track(8, title="Z"), features=MusicFeatures(duration=1.0))])
    songs, total = catalog.list_songs(offset=2, limit=3)
    assert ([song.title for song in songs], total) == (["T4", "T5", "T6"], 9)
    fastest, _ = catalog.list_songs(sort="-tempo", limit=2)
    assert [song.title for song in fastest] == ["T2", "T3"]
    assert [song.title for song in catalog.list_songs(sort="-tempo")[0]][-1] == "Z"
    assert [song.title for song in catalog.list_songs(sort="tempo")[0]][-1] == "Z"
    assert catalog.list_songs(sort="-added", limit=1)[0][0].title == "Z"
    assert catalog.list_songs(offset=100) == ([], 9)
    with pytest.raises(UnknownNameError, match="energy"):
        catalog.list_songs(sort="size")
    with pytest.raises(InvalidInputError):
        catalog.list_songs(limit=0)


@pytest.mark.parametrize("sort", ["title", "artist", "album", "genre", "year", "duration", "added", "energy"])
def test_every_sort_order_works_both_ways(sort: str, catalog: Catalog) -> None:
    catalog.add([make_track(1, artists=("B",), year=2000), make_track(2)])
    assert len(catalog.list_songs(sort=sort)[0]) == len(catalog.list_songs(sort=f"-{sort}")[0]) == 2


def test_several_threads_may_add_the_same_songs(catalog: Catalog) -> None:
    items = [make_track(number) for number in range(20)]

    def work(part: int) -> None:
        for start in range(0, 20, 5):
            catalog.add(items[start : start + 5])
            catalog.list_songs()
            assert part >= 0

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert catalog.counts()["songs"] == 20
    assert not [found for found in catalog.findings() if "index of" not in found.message]


def test_whether_there_is_any_song(catalog: Catalog) -> None:
    assert catalog.has_songs() is False
    (only,) = catalog.add([make_track(1)])
    assert catalog.has_songs() is True
    catalog.remove([only])
    assert catalog.has_songs() is False


def test_a_thread_that_holds_a_connection_reads_what_it_wrote(catalog: Catalog, url: str) -> None:
    first, second, third = (make_track(number) for number in range(3))
    catalog.add([first])
    other = Catalog(url)
    with catalog.connected(), catalog.connected():
        assert catalog.song_count() == 1
        other.add([second])
        assert catalog.song_count() == (1 if url.startswith("sqlite") else 2)  # of one moment, or of now
        catalog.add([third])
        assert catalog.song_count() == 3
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(catalog.song_count).result() == 3
    other.remove([first.track.id])
    assert catalog.song_count() == 2
    other.close()


def test_a_connection_is_given_back_when_a_question_fails(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError), catalog.connected():
        catalog.song("nobody")
    with catalog.connected():
        assert catalog.add([make_track(1)]) and catalog.song_count() == 1
