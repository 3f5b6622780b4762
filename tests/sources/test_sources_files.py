from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.sources.folder.tags import Tags, clean, parse_name, read_tags, split_artists


@pytest.mark.parametrize(
    ("stem", "artists", "title"),
    [
        ("Song", (), "Song"),
        ("Artist - Song", ("Artist",), "Song"),
        ("03 - Artist - Song", ("Artist",), "Song"),
        ("03 Song", (), "Song"),
        ("12. Song", (), "Song"),
        ("1-02 Song", (), "Song"),
        ("12_-_Some_One_-_A_Song", ("Some One",), "A Song"),
        ("A feat. B - Song", ("A", "B"), "Song"),
        ("Artist - Song - Live", ("Artist",), "Song - Live"),
        ("99 Luftballons", (), "99 Luftballons"),
        ("50 Cent - In Da Club", ("50 Cent",), "In Da Club"),
        ("1979", (), "1979"),
        ("07", (), "07"),
        ("2 + 2 = 5", (), "2 + 2 = 5"),
        ("A\nB", (), "A B"),
        ("夜に駆ける", (), "夜に駆ける"),
    ],
)
def test_a_file_name_gives_artists_and_title(stem: str, artists: tuple[str, ...], title: str) -> None:
    assert parse_name(stem) == (artists, title)


@given(st.text(min_size=1))
@settings(max_examples=300, deadline=None)
def test_any_file_name_gives_some_title(stem: str) -> None:
    artists, title = parse_name(stem)
    assert title
    assert all(artists)


@pytest.mark.parametrize(
    ("text", "artists"),
    [
        ("Simon & Garfunkel", ("Simon & Garfunkel",)),
        ("AC/DC", ("AC/DC",)),
        ("Tyler, The Creator", ("Tyler, The Creator",)),
        ("A; B;A", ("A", "B")),
        ("A / B", ("A", "B")),
        ("A ft. B feat C Featuring D", ("A", "B", "C", "D")),
        ("Feature Cast", ("Feature Cast",)),
        ("A\x00B", ("A", "B")),
        ("  ", ()),
    ],
)
def test_artists_are_parted_where_the_tag_means_several(text: str, artists: tuple[str, ...]) -> None:
    assert split_artists(text) == artists


def test_text_of_tags_becomes_one_clean_line() -> None:
    assert clean(" A\r\n\tB\x07 ") == "A B"
    assert clean("Ho\u0308ren") == "Hören"
    assert clean("\x00") is None
    assert clean(None) is None
    assert clean("broken \udcff half") == "broken half"


@given(st.binary(max_size=4000), st.sampled_from(["mp3", "flac", "ogg", "m4a", "wav", "aiff", "wma"]))
@settings(max_examples=200, deadline=None)
def test_broken_tags_are_no_tags(content: bytes, suffix: str) -> None:
    heads = {"mp3": b"ID3\x04\x00\x00", "flac": b"fLaC", "ogg": b"OggS", "m4a": b"\x00\x00\x00\x20ftypM4A "}
    tags = read_tags(Path(f"a.{suffix}"), io.BytesIO(heads.get(suffix, b"") + content))
    assert isinstance(tags, Tags)
