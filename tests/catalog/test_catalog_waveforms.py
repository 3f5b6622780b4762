"""Waveforms are kept with their songs."""

from __future__ import annotations

from dataclasses import replace

from catalog_tracks import make_track

from reelscore.catalog.store import Catalog
from reelscore.records import Waveform

WAVE = Waveform(31.5, bytes(range(256)), bytes(reversed(range(256))))


def test_waveform_is_written_with_its_track_and_goes_with_it(catalog: Catalog) -> None:
    drawn, undrawn = replace(make_track(1), waveform=WAVE), make_track(2)
    catalog.add([drawn, undrawn])
    assert catalog.waveform(drawn.track.id) == WAVE
    assert catalog.waveform(undrawn.track.id) is None
    catalog.remove([drawn.track.id])
    assert catalog.waveform(drawn.track.id) is None


def test_song_that_is_analysed_anew_loses_the_picture_of_its_old_sound(catalog: Catalog) -> None:
    catalog.add([replace(make_track(1), waveform=WAVE)])
    other = replace(WAVE, seconds=12.0)
    catalog.add([replace(make_track(1), waveform=other)])
    assert catalog.waveform(make_track(1).track.id) == other
    catalog.add([make_track(1)])
    assert catalog.waveform(make_track(1).track.id) is None


def test_waveform_is_saved_later_and_replaced_but_not_without_its_song(catalog: Catalog) -> None:
    song = make_track(1).track.id
    catalog.save_waveform(song, WAVE)
    assert catalog.waveform(song) is None
    catalog.add([make_track(1)])
    catalog.save_waveform(song, replace(WAVE, seconds=1.0))
    catalog.save_waveform(song, WAVE)
    assert catalog.waveform(song) == WAVE


def test_choices_are_counted_the_most_common_first(catalog: Catalog) -> None:
    genres = ["Jazz", "Folk", "Jazz", None, ""]
    catalog.add([make_track(number, genre=genre) for number, genre in enumerate(genres)])
    catalog.correct(make_track(0).track.id, {"licence": "CC0-1.0"})
    counts = catalog.counts_by_choice(limit=5)
    assert counts["genres"] == [("Jazz", 2), ("Folk", 1)]
    assert (counts["sources"], counts["licences"]) == ([("folder", 5)], [("CC0-1.0", 1)])
    assert catalog.counts_by_choice(limit=1)["genres"] == [("Jazz", 2)]
    # What is heard counts where nothing is stated, as the filter takes it.
    heard = {
        make_track(number).track.id: {"jazz": 0.9, "rock": 0.6, "pop": 0.4, "guitar": 0.9}
        for number in (1, 3, 4)
    }
    catalog.set_tags("taggers-1", heard)
    assert catalog.counts_by_choice(limit=5)["genres"] == [("Jazz", 4), ("rock", 2), ("Folk", 1)]
    catalog.refresh([make_track(1, genre="Blues").track])
    assert catalog.counts_by_choice(limit=5)["genres"] == [("Jazz", 4), ("rock", 2), ("Blues", 1)]
    catalog.remove([make_track(0).track.id])
    counts = catalog.counts_by_choice(limit=5)
    assert counts["genres"] == [("Jazz", 3), ("rock", 2), ("Blues", 1)]
    assert (counts["sources"], counts["licences"]) == ([("folder", 4)], [])
