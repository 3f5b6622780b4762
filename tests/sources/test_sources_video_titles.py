from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.sources.youtube.titles import split_video_title


@pytest.mark.parametrize(
    ("title", "channel", "artists", "song"),
    [
        ("Ada Rain - Fog (Official Video)", "AdaRainVEVO", ("Ada Rain",), "Fog"),
        ("Ada Rain – Fog [Official Music Video] [4K]", "x", ("Ada Rain",), "Fog"),
        ("Ada Rain — Fog | Official Audio", "x", ("Ada Rain",), "Fog"),
        ("Ada Rain - Fog Official Video", "x", ("Ada Rain",), "Fog"),
        ("Ada Rain feat. Bo - Fog (Lyric Video) HD", "x", ("Ada Rain", "Bo"), "Fog"),
        ("Ada Rain ft. Bo - Fog (Lyrics)", "x", ("Ada Rain", "Bo"), "Fog"),
        ("Ada Rain - Fog (Live at the Dome)", "x", ("Ada Rain",), "Fog (Live at the Dome)"),
        ("Ada Rain - Fog (Remix) (Official Visualizer)", "x", ("Ada Rain",), "Fog (Remix)"),
        ("Ada Rain - Fog (feat. Bo) [Official Video]", "x", ("Ada Rain",), "Fog (feat. Bo)"),
        ("Ada Rain - New Song", "x", ("Ada Rain",), "New Song"),
        ("Ada Rain - (New Song)", "x", ("Ada Rain",), "(New Song)"),
        ("Ada Rain - 'Fog' M/V", "x", ("Ada Rain",), "Fog"),
        ("ADA 'Fog' MV", "label", ("ADA",), "Fog"),
        ("Ada Rain “Fog” Official Video", "label", ("Ada Rain",), "Fog"),
        ("Don't Stop", "The Band", ("The Band",), "Don't Stop"),
        ("Fog", "Ada Rain - Topic", ("Ada Rain",), "Fog"),
        ("Fog - Part Two", "Ada Rain - Topic", ("Ada Rain",), "Fog - Part Two"),
        ("Fog", "AdaRainVEVO", ("AdaRain",), "Fog"),
        ("Fog", "Ada Rain Official", ("Ada Rain",), "Fog"),
        ("Fog", None, (), "Fog"),
        ("Twenty-One", "x", ("x",), "Twenty-One"),
        ("(Official Video)", "VEVO", ("VEVO",), "(Official Video)"),
    ],
)
def test_a_title_gives_artists_and_song(
    title: str, channel: str | None, artists: tuple[str, ...], song: str
) -> None:
    assert split_video_title(title, channel) == (artists, song)


@given(st.text(min_size=1, max_size=60).filter(str.strip), st.none() | st.text(max_size=20))
def test_any_title_gives_some_song(title: str, channel: str | None) -> None:
    artists, song = split_video_title(title, channel)
    assert song
    assert all(artists)


@pytest.mark.parametrize("piece", ["mv ", "(", "[official ", "- ", "'a ", "| video ", "  "])
def test_no_title_takes_long(piece: str) -> None:
    began = time.process_time()
    split_video_title((piece * 500)[:500] + "x", "y")
    assert time.process_time() - began < 0.2
