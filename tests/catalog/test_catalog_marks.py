"""The marks that tell which vectors an index has, and the checks of what is stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from catalog_tracks import make_track

from raw_sql import run_sql
from reelscore.catalog.store import Catalog
from reelscore.errors import StorageError


def test_what_was_added_is_pending_until_it_is_marked(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(4)])
    assert catalog.pending("lite-1") == sorted(ids)
    catalog.mark_indexed("lite-1", ids[:3])
    assert catalog.pending("lite-1") == [ids[3]]
    assert catalog.pending("fingerprint-1") == sorted(ids)
    catalog.add([make_track(0)])  # its vectors are new
    assert catalog.pending("lite-1") == sorted([ids[0], ids[3]])
    catalog.mark_indexed("lite-1", ["unknown"])
    assert catalog.pending("no such space") == []


def test_a_song_that_changed_while_it_was_written_stays_pending(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(4)])
    stamps = catalog.stamps("lite-1", [*ids, "unknown"])
    assert sorted(stamps) == sorted(ids)
    catalog.add([make_track(0)])  # other vectors
    catalog.refresh([replace(make_track(1).track, genre="polka")])  # other facets
    catalog.remove(ids[2:3])
    assert catalog.mark_indexed("lite-1", ids, stamps) == sorted(ids[:2])
    assert catalog.pending("lite-1") == sorted(ids[:2])
    assert catalog.removed("lite-1") == [ids[2]]
    assert catalog.mark_indexed("lite-1", ids, catalog.stamps("lite-1", ids)) == []
    assert catalog.pending("lite-1") == []


def test_a_song_that_was_written_late_is_pending_again(catalog: Catalog) -> None:
    ids = catalog.add([make_track(number) for number in range(2)])
    stamps = catalog.stamps("lite-1", ids)
    catalog.add([make_track(0)])
    catalog.mark_indexed("lite-1", ids, catalog.stamps("lite-1", ids))  # by somebody else, with the new one
    assert catalog.mark_indexed("lite-1", ids, stamps) == ids[:1]
    assert catalog.pending("lite-1") == ids[:1]


def test_a_song_that_came_back_while_the_index_forgot_it_is_pending(catalog: Catalog) -> None:
    ids = catalog.add([make_track(1)])
    catalog.remove(ids)
    catalog.add([make_track(1)])
    catalog.mark_indexed("lite-1", ids)
    catalog.forget_removed("lite-1", ids)
    assert catalog.pending("lite-1") == ids


def test_an_empty_index_makes_everything_pending(catalog: Catalog, url: str) -> None:
    ids = catalog.add([make_track(number) for number in range(4)])
    catalog.mark_indexed("lite-1", ids)
    catalog.remove(ids[:1])
    run_sql(url, f"DELETE FROM index_state WHERE song_id = '{ids[1]}'")
    catalog.mark_all_pending("lite-1")
    assert catalog.pending("lite-1") == sorted(ids[1:])
    assert catalog.removed("lite-1") == []


def test_a_song_that_left_a_space_is_removed_from_its_index(catalog: Catalog) -> None:
    ids = catalog.add([make_track(1)])
    catalog.add([make_track(1, spaces={"lite-2": 8})])
    assert catalog.removed("lite-1") == ids
    assert catalog.pending("lite-2") == ids
    assert catalog.vector_count("lite-1") == 0


def test_vectors_come_in_batches_each_song_once(catalog: Catalog) -> None:
    items = [make_track(number, windows=0, spaces={"lite-1": 4}) for number in range(2300)]
    catalog.add(items)
    batches = list(catalog.track_vectors("lite-1"))
    assert [len(ids) for ids, _ in batches] == [1000, 1000, 300]
    seen = [song for ids, _ in batches for song in ids]
    assert seen == sorted({item.track.id for item in items})
    wanted = [items[5].track.id, "unknown", items[3].track.id, items[5].track.id]
    ((ids, block),) = catalog.track_vectors("lite-1", wanted)
    assert set(ids) == {items[5].track.id, items[3].track.id}
    assert block.shape == (2, 4)
    assert np.array_equal(block[ids.index(items[5].track.id)], items[5].embeddings[0].track)
    assert list(catalog.track_vectors("lite-1", [])) == []
    assert list(catalog.track_vectors("empty space")) == []


def test_reading_vectors_does_not_stand_in_the_way_of_writing(catalog: Catalog) -> None:
    catalog.add([make_track(number, windows=0) for number in range(1100)])
    written = 0
    for ids, _ in catalog.track_vectors("lite-1"):
        catalog.mark_indexed("lite-1", ids)
        written += len(ids)
    assert written == 1100
    assert catalog.pending("lite-1") == []


def test_counts_tell_what_is_stored(catalog: Catalog) -> None:
    ids = catalog.add([make_track(1), make_track(2, source="demo", spaces={"lite-1": 20})])
    catalog.mark_indexed("lite-1", ids[:1])
    catalog.create_job("ingest", {})
    assert catalog.counts() == {
        "songs": 2,
        "sources": {"demo": 1, "folder": 1},
        "vectors": {"lite-1": 2, "fingerprint-1": 1},
        "windows": {"lite-1": 6, "fingerprint-1": 3},
        "pending": {"lite-1": 1, "fingerprint-1": 1},
        "removed": {},
        "jobs": {"queued": 1},
        "analyses": 0,
    }


def test_a_sound_library_has_no_problems(catalog: Catalog) -> None:
    assert catalog.findings() == []
    ids = catalog.add([make_track(1), make_track(2)])
    assert len(catalog.findings()) == 2  # both indexes lack both songs
    for space in ("lite-1", "fingerprint-1"):
        catalog.mark_indexed(space, ids)
    assert catalog.findings() == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM vectors WHERE song_id = '{song}'", "1 song without vectors"),
        ("DELETE FROM features", "2 songs without measurements"),
        ("DELETE FROM songs WHERE id = '{song}'", "belong to no song"),
        ("DELETE FROM index_state", "4 vectors are not noted"),
        ("UPDATE vectors SET data = x'00000000' WHERE song_id = '{song}'", "differ in length"),
        ("UPDATE index_state SET state = 'removed'", "deleted but still in the index of lite-1"),
    ],
)
def test_what_does_not_fit_together_is_told(damage: str, sentence: str, catalog: Catalog, url: str) -> None:
    ids = catalog.add([make_track(1), make_track(2)])
    for space in ("lite-1", "fingerprint-1"):
        catalog.mark_indexed(space, ids)
    run_sql(url, damage.format(song=ids[0]))
    assert any(sentence in found.message for found in catalog.findings()), catalog.findings()


def test_damaged_vectors_are_a_storage_error(catalog: Catalog, url: str) -> None:
    ids = catalog.add([make_track(1), make_track(2)])
    run_sql(url, f"UPDATE vectors SET data = x'000000' WHERE song_id = '{ids[0]}'")
    with pytest.raises(StorageError, match="reelscore check"):
        list(catalog.track_vectors("lite-1"))
