"""Hashes by which songs of one artist, piece or album are found among many without reading their names."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from reelscore.records import SongKeys
from reelscore.text.folding import artist_key
from reelscore.text.titles import split_title

# Stored keys of another version are made again: to be raised if a song gets other keys than before.
KEYS_VERSION = 1


def song_keys(title: str, artists: Sequence[str], album: str | None) -> SongKeys:
    """The keys of a song; a piece is a title without what marks one recording of it, by one artist."""
    artist, piece = artist_key(artists), split_title(title).base
    return SongKeys(
        _hash(artist) if artist else 0,
        _hash(artist, piece) if artist and piece else 0,
        _hash(artist, album.casefold()) if album else 0,
    )


def _hash(*names: str) -> int:
    """64 bits: of a million different names two share a hash once in 4 x 10^7 libraries."""
    return int.from_bytes(blake2b("\0".join(names).encode(), digest_size=8).digest()) or 1
