from __future__ import annotations

from pathlib import Path

import pytest

from reelscore.audio.formats import AUDIO_SUFFIXES, FORMATS, Kind, format_of, media_type_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "compatibility.md"
DONE = {
    Kind.SOUND: "indexed",
    Kind.EITHER: "indexed if it has no moving pictures; else a line",
    Kind.REFUSED: "a line",
}


def test_the_page_shows_the_table_line_for_line() -> None:
    shown = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| .")]
    wanted = []
    for line in FORMATS:
        served = "" if line.kind is Kind.REFUSED else "converted"
        if line.media_type:
            served = f"as it is ({line.media_type})"
        wanted.append(f"| {' '.join(line.suffixes)} | {line.holds} | {DONE[line.kind]} | {served} |")
    assert shown == wanted


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


def test_only_what_browsers_play_has_a_type() -> None:
    assert media_type_of("a.flac") == "audio/flac"
    assert media_type_of("a.wma") is None
    assert ".mp4" not in AUDIO_SUFFIXES and ".tta" in AUDIO_SUFFIXES
