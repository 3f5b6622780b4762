from __future__ import annotations

import re
from pathlib import Path

import pytest

from reelscore.audio.formats import (
    AUDIO_SUFFIXES,
    BROWSER_FORMATS,
    FORMATS,
    Kind,
    browser_format_of,
    format_of,
)

PAGE = Path(__file__).parent.parent.parent / "docs" / "compatibility.md"
DONE = {
    Kind.SOUND: "indexed",
    Kind.EITHER: "indexed if it has no moving pictures; else a line",
    Kind.REFUSED: "a line",
}


def test_the_page_shows_the_tables_line_for_line() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("| .")] == [
        f"| {' '.join(line.suffixes)} | {line.holds} | {DONE[line.kind]} |" for line in FORMATS
    ]
    assert [line for line in lines if "| as it is (" in line] == [
        f"| {line.container} | {' '.join(line.codecs)} | as it is ({line.media_type}) | "
        f"{'in the file itself' if line.seekable else 'in a FLAC copy'} |"
        for line in BROWSER_FORMATS
    ]


def test_a_suffix_is_in_one_line_only() -> None:
    suffixes = [suffix for line in FORMATS for suffix in line.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.M4B", Kind.SOUND),
        ("a.webm", Kind.EITHER),
        ("b.x.CAF", Kind.SOUND),
        ("a.mid", Kind.REFUSED),
        ("cover.jpg", None),
        ("README", None),
        (".mp3", None),
    ],
)
def test_a_file_is_known_by_its_suffix(name: str, kind: Kind | None) -> None:
    found = format_of(name)
    assert (found.kind if found else None) is kind


def test_only_sound_is_taken_for_sound() -> None:
    assert ".mp4" not in AUDIO_SUFFIXES and ".tta" in AUDIO_SUFFIXES


@pytest.mark.parametrize(
    ("container", "codec", "head", "media_type"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", "aac", b"", "audio/mp4"),
        ("mov,mp4,m4a,3gp,3g2,mj2", "alac", b"", None),
        ("mov,mp4,m4a,3gp,3g2,mj2", "mp3", b"", None),
        ("matroska,webm", "opus", b"\x1aE\xdf\xa3....\x42\x82\x84webm", "audio/webm"),
        ("matroska,webm", "opus", b"\x1aE\xdf\xa3....\x42\x82\x88matroska", None),
        ("wav", "pcm_s16le", b"RIFF", "audio/wav"),
        ("wav", "pcm_s16le", b"RF64", None),
        ("wav", "adpcm_ms", b"RIFF", None),
        ("ogg", "speex", b"OggS", None),
        ("wv", "wavpack", b"wvpk", None),
        ("mp3", None, b"", None),
    ],
)
def test_only_what_browsers_play_is_sent_as_it_is(
    container: str, codec: str | None, head: bytes, media_type: str | None
) -> None:
    found = browser_format_of(container, codec, head)
    assert (found.media_type if found else None) == media_type


def test_every_test_that_the_page_names_is_there() -> None:
    there = {
        name
        for path in PAGE.parent.parent.joinpath("tests").rglob("test_*.py")
        for name in (path.stem, *re.findall(r"^def (test_\w+)", path.read_text(), re.M))
    }
    page = PAGE.read_text("utf-8")
    named = set(re.findall(r"\btest_\w+", page))
    assert len(named) > 50 and named <= there, named - there
    cases = Path(__file__).with_name("test_length.py").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 5]
    for case in (case for row in rows for case in re.findall(r"\[([^]]+)\]", row.rsplit("|", 2)[1])):
        assert f'"{case}"' in cases, case
    # Each row of the tables with a column of tests has one.
    tested = False
    for line in page.splitlines():
        if line.startswith("| Kind |"):
            tested = " Test " in line
        elif tested and line.startswith("| "):
            assert re.search(r"test_|\[", line.rsplit("|", 2)[1]), line
        elif not line.startswith("|"):
            tested = False
