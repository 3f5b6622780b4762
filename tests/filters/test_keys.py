from __future__ import annotations

import pytest

from reelscore.audio.tonality import format_key
from reelscore.errors import InvalidInputError
from reelscore.filters.keys import MAJOR_KEYS, MINOR_KEYS, camelot, compatible_keys, read_key


def test_keys_have_the_names_that_the_measurement_gives_them() -> None:
    assert [format_key(tonic, "major") for tonic in range(12)] == list(MAJOR_KEYS)
    assert [format_key(tonic, "minor") for tonic in range(12)] == list(MINOR_KEYS)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *[("A minor", "A minor"), ("Am", "A minor"), ("a min", "A minor"), ("A MINOR", "A minor")],
        *[("8A", "A minor"), ("8b", "C major"), ("12B", "E major"), ("1A", "G# minor"), ("5a", "C minor")],
        *[("C", "C major"), ("c", "C major"), ("Cmaj", "C major"), ("CM", "C major")],
        *[("Gb", "F# major"), ("G♭ major", "F# major"), ("F♯m", "F# minor"), ("Bb", "Bb major")],
        *[("Db minor", "C# minor"), ("E#", "F major"), ("Cb major", "B major"), (" D_minor ", "D minor")],
        *[("E:min", "E minor"), ("f# min", "F# minor"), ("a♭ minor", "G# minor"), ("E M", "E major")],
        *[("bb", "Bb major"), ("Gbmin", "F# minor"), ("B#", "C major")],
    ],
)
def test_a_key_is_read_however_it_is_written(written: str, key: str) -> None:
    assert read_key(written) == key


@pytest.mark.parametrize(
    "written", ["", "H minor", "13A", "0B", "A mixolydian", "C dorian", "Cx", "12", "loud", "A8", "minor"]
)
def test_what_is_no_key_is_refused_with_examples(written: str) -> None:
    with pytest.raises(InvalidInputError, match="no key; write it like"):
        read_key(written)


def test_the_wheel_has_the_places_that_disc_jockeys_know() -> None:
    places = {"C major": "8B", "A minor": "8A", "G major": "9B", "F major": "7B", "E major": "12B"}
    places |= {"B major": "1B", "G# minor": "1A", "F# minor": "11A", "Bb minor": "3A", "Db major": "3B"}
    assert {key: camelot(key) for key in places} == places
    assert len({camelot(key) for key in (*MAJOR_KEYS, *MINOR_KEYS)}) == 24


@pytest.mark.parametrize("key", [*MAJOR_KEYS, *MINOR_KEYS])
def test_compatible_keys_are_the_key_its_neighbours_and_its_relative(key: str) -> None:
    number, letter = int(camelot(key)[:-1]), camelot(key)[-1]
    around = {f"{(number + step - 1) % 12 + 1}{letter}" for step in (-1, 0, 1)}
    found = compatible_keys(key)
    assert found[0] == key
    assert {camelot(other) for other in found} == {*around, f"{number}{'A' if letter == 'B' else 'B'}"}
    assert all(key in compatible_keys(other) for other in found)
    assert read_key(camelot(key)) == key
