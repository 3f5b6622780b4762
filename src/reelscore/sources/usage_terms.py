"""What the terms of a source let a song be used for on the page."""

from __future__ import annotations

from typing import Any

from reelscore.records import Song

_STREAMED = {
    "itunes": (
        "Apple lets its previews be heard beside a link to the store, not under a video. Buy the song, put "
        "its file into the library, and it can be tried here."
    ),
    "youtube": (
        "YouTube's terms let a video be played on its own page only, so there is no sound of it here. With "
        "a file of the song in the library it can be tried here."
    ),
}
_NO_FILE = "The library has no file of this song, so there is nothing to play under a picture."


def audition_refusal(song: Song) -> str | None:
    """Why a song is not offered under a picture, for people; None if its own file can be played."""
    if song.uri and "://" not in song.uri and song.source not in _STREAMED:
        return None
    return _STREAMED.get(song.source, _NO_FILE)


def audition_payload(song: Song) -> dict[str, Any]:
    """Whether a song may be tried under a picture, and why not."""
    reason = audition_refusal(song)
    return {"allowed": reason is None, "reason": reason}
