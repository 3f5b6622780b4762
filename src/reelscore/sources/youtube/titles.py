"""Titles of music videos: who plays, and what the song is called."""

from __future__ import annotations

import re

from reelscore.sources.folder.tags import clean, split_artists

# What people write behind a title that says nothing about the song. "live", "remix" and "acoustic" do say
# something, so brackets with any other word than these stay.
_NOISE_WORDS = frozenset(
    (
        *("official", "officiel", "oficial", "offizielles", "music", "musik", "video", "videoclip", "clip"),
        *(
            "audio",
            "lyric",
            "lyrics",
            "visualizer",
            "visualiser",
            "hd",
            "hq",
            "4k",
            "8k",
            "uhd",
            "1080p",
            "720p",
        ),
        *("m", "v", "mv", "full", "song", "new", "version", "in", "with", "color", "coded", "premiere"),
    )
)
# One of these has to be among them: "(New Song)" alone may be what the song is called.
_TELLTALE_WORDS = frozenset(
    (
        *("official", "officiel", "oficial", "offizielles", "video", "videoclip", "clip", "audio", "lyric"),
        *("lyrics", "visualizer", "visualiser", "hd", "hq", "4k", "8k", "uhd", "1080p", "720p", "mv", "v"),
    )
)
_BRACKET = re.compile(r"\s*[(\[【]([^()\[\]【】]*)[)\]】]\s*")
_TAIL = re.compile(r"\s+[|｜/]{1,2}\s+([^|｜]*)$")
_BARE_TAIL = re.compile(
    r"\s+[-–—]?\s*(?:official\s+(?:music\s+|lyric\s+)?(?:video|audio|visuali[sz]er|clip)|m/v|mv)\s*$",
    re.IGNORECASE,
)
_QUALITY_TAIL = re.compile(r"(?<=\S)\s+(?:HD|HQ|4K|8K)$")
_DASH = re.compile(r"\s+[-–—―]\s+|\s+[-–—―](?=\S)|(?<=\S)[–—―]\s+")
_QUOTED = re.compile(
    r"(?P<artist>[^'\"‘“「『]+?)[\s:–—-]+(?P<open>['\"‘“「『])(?P<title>.+)(?P<close>['\"’”」』])"
)
_QUOTES = {"'": "'", '"': '"', "‘": "’", "“": "”", "「": "」", "『": "』"}
_CHANNEL_TAIL = re.compile(
    r"\s*(?:-\s*topic|vevo|official(?:\s+channel)?|music|tv|records)\s*$", re.IGNORECASE
)


def split_video_title(title: str, channel: str | None) -> tuple[tuple[str, ...], str]:
    """Artists and title of a music video.

    "Artist - Title (Official Video)" and "Artist 'Title' MV" are understood. Any other title stays as it
    is, and the channel is taken for the artist: "Artist - Topic" and "ArtistVEVO" too.
    """
    bare = strip_noise(title)
    topic = bool(channel and re.search(r"\s-\sTopic\s*$", channel))
    if not topic:  # such a channel is filled from the label's own data: its titles name no artist
        parts = _DASH.split(bare, maxsplit=1)
        if len(parts) == 2 and all(part.strip() for part in parts):
            artists = split_artists(parts[0])
            if artists:
                return artists, _unquoted(parts[1].strip())
        quoted = _QUOTED.fullmatch(bare)
        if quoted and quoted["close"] == _QUOTES[quoted["open"]]:
            artists = split_artists(quoted["artist"])
            if artists and quoted["title"].strip():
                return artists, quoted["title"].strip()
    return channel_artist(channel), bare


def strip_noise(title: str) -> str:
    """A title without "(Official Video)" and the like; the title itself if nothing else is in it."""
    text = _BRACKET.sub(lambda found: " " if _is_noise(found[1]) else found[0], title).strip()
    while (tail := _TAIL.search(text)) and _is_noise(tail[1]):
        text = text[: tail.start()]
    text = _BARE_TAIL.sub("", _QUALITY_TAIL.sub("", text))
    return clean(text.strip(" -–—|")) or clean(title) or title


def channel_artist(channel: str | None) -> tuple[str, ...]:
    """The artist that a channel is named after."""
    name = clean(channel)
    if not name:
        return ()
    return (_CHANNEL_TAIL.sub("", name).strip() or name,)


def _is_noise(text: str) -> bool:
    words = {word for word in re.split(r"[\W_]+", text.lower()) if word}
    rest = {word for word in words - _NOISE_WORDS if not re.fullmatch(r"(?:19|20)\d\d", word)}
    return not rest and bool(words & _TELLTALE_WORDS)


def _unquoted(text: str) -> str:
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip() or text
    return text
