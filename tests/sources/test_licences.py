"""What may be tried under a picture."""

from __future__ import annotations

import pytest

from reelscore.records import Song
from reelscore.sources.usage_terms import audition_payload, audition_refusal


@pytest.mark.parametrize(
    ("source", "uri", "word"),
    [
        ("itunes", "https://music.apple.com/song", "Apple"),
        ("youtube", "https://www.youtube.com/watch?v=1", "YouTube"),
        ("folder", "https://example.org/a.mp3", "no file"),
        ("folder", None, "no file"),
    ],
)
def test_songs_without_a_file_of_ones_own_are_not_offered_and_the_reason_is_told(
    source: str, uri: str | None, word: str
) -> None:
    reason = audition_refusal(Song("id", source, "1", "Song", uri=uri))
    assert reason is not None and word in reason


def test_file_of_ones_own_may_be_tried() -> None:
    payload = audition_payload(Song("id", "folder", "1", "Song", uri="/music/a.mp3"))
    assert payload == {"allowed": True, "reason": None}
