from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from audio_material import RATE, add, clip_of, drum, noise, note

from reelscore.audio.song_sections import find_sections, phrase_starts
from reelscore.audio.spectrum import scan
from reelscore.records import Beat, BeatGrid, SongSection

BEAT = 0.5
_PARTS = {
    "A": ((48, 52, 55), (53, 57, 60), (55, 59, 62), (48, 52, 55)),
    "B": ((57, 60, 64), (52, 55, 59), (53, 57, 60), (50, 53, 57)),
    "C": ((61, 65, 68), (66, 70, 73), (61, 65, 68), (63, 66, 70)),
}


def song(form: str, *, bars: int = 8) -> tuple[np.ndarray, BeatGrid, list[float]]:
    """A made-up song of parts: A quiet chords, B drums and higher chords, C bass and fast notes."""
    seconds = len(form) * bars * 4 * BEAT
    mix = np.zeros(round((seconds + 0.5) * RATE), dtype=np.float32)
    mix += noise(len(mix) / RATE, level=0.001)[: len(mix)]
    beats, starts = [], []
    for index, part in enumerate(form):
        begin = index * bars * 4 * BEAT
        starts.append(begin)
        for bar in range(bars):
            at = begin + bar * 4 * BEAT
            for pitch in _PARTS[part][bar % 4]:
                add(mix, 0.15 * note(pitch + (12 if part == "B" else 0), 1.8, decay=1.5), at)
            for beat in range(4):
                beats.append(Beat(at + beat * BEAT, index * bars + bar + 1, beat + 1))
                if part == "B":
                    add(
                        mix,
                        drum("snare" if beat % 2 else "kick", np.random.default_rng(beat)),
                        at + beat * BEAT,
                        0.5,
                    )
                if part == "C":
                    for step in range(2):
                        add(mix, 0.2 * note(36 + 7 * step, 0.2, decay=12), at + (beat + step / 2) * BEAT)
    return mix, BeatGrid(beats=tuple(beats), metre="4/4"), starts


def sections_of(form: str) -> tuple[tuple[SongSection, ...], list[float]]:
    mix, grid, starts = song(form)
    spectrum = scan(clip_of(mix))
    energy = tuple(0.5 for _ in range(int(len(mix) / RATE) + 1))
    return find_sections(spectrum.mels, spectrum.rate, grid, energy), starts


@pytest.mark.parametrize("form", ["AB", "ABA", "ABAC", "ABCB"])
def test_parts_are_found_at_their_bar_lines_and_alike_ones_share_a_letter(form: str) -> None:
    sections, starts = sections_of(form)
    np.testing.assert_allclose([part.start for part in sections], starts, atol=0.06)
    names: dict[str, str] = {}
    for letter in form:
        names.setdefault(letter, chr(ord("A") + len(names)))
    assert [part.letter for part in sections] == [names[letter] for letter in form]
    assert all(early.end == late.start for early, late in pairwise(sections))


def test_what_changes_is_said() -> None:
    sections, _ = sections_of("ABA")
    assert sections[0].change == ""
    assert "louder" in sections[1].change or "busier" in sections[1].change
    assert "quieter" in sections[2].change or "calmer" in sections[2].change
    assert sections[1].energy == pytest.approx(0.5)


def test_a_song_of_one_part_is_one_section() -> None:
    sections, _ = sections_of("AAA")
    assert [part.letter for part in sections] == ["A"]


def test_sound_without_beats_has_sections_too() -> None:
    mix, _, starts = song("AB")
    spectrum = scan(clip_of(mix))
    sections = find_sections(spectrum.mels, spectrum.rate, BeatGrid(), ())
    assert min(abs(part.start - starts[1]) for part in sections) <= 1.5
    assert sections[-1].end == pytest.approx(len(mix) / RATE, abs=0.05)
    assert all(part.energy is None for part in sections)


def test_short_or_silent_sound_is_one_section_or_none() -> None:
    for seconds, count in ((0.0, 0), (4.0, 1), (30.0, 1)):
        spectrum = scan(clip_of(np.zeros(round(seconds * RATE))))
        found = find_sections(spectrum.mels[: round(seconds * spectrum.rate)], spectrum.rate, BeatGrid(), ())
        assert len(found) == count


def test_phrases_are_counted_from_each_section() -> None:
    _, grid, _ = song("AB", bars=6)
    sections = (SongSection(0.0, 12.0, "A"), SongSection(12.0, 24.0, "B"))
    assert phrase_starts(grid, sections) == (0.0, 8.0, 12.0, 20.0)
    assert phrase_starts(grid, sections, bars=8) == (0.0, 12.0)
    assert phrase_starts(BeatGrid(), sections) == ()
