"""Rights of songs: what somebody entered by hand counts more than tags and what lies beside a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import UnknownNameError
from reelscore.library.corrections import correct
from reelscore.records import Credit, Song
from reelscore.sources.folder.rights import FIELDS, credit_of, merged
from reelscore.wiring import Wiring


def credit(catalog: Catalog, song: Song) -> Credit:
    """All that is known of a song's rights; what was entered by hand wins."""
    return merged(credit_of(song), catalog.corrections([song.id]).get(song.id, {}))


def song_rights(catalog: Catalog, song_id: str) -> dict[str, Any]:
    """What is known of a song's rights, and which of it was entered by hand.

    Raises
    ------
    NotFoundError
        There is no such song.
    """
    song = catalog.song(song_id)
    by_hand = catalog.corrections([song.id]).get(song.id, {})
    known = merged(credit_of(song), by_hand)
    return {
        "song_id": song.id,
        "rights": {name: getattr(known, name) for name in FIELDS},
        "by_hand": sorted(set(by_hand) & set(FIELDS)),
    }


def enter_rights(wiring: Wiring, song_id: str, values: Mapping[str, str | None]) -> dict[str, Any]:
    """Keep what somebody enters, and give what is known then.

    Parameters
    ----------
    values
        By the names of `FIELDS`; None or an empty text takes back what was entered, so that tags count again.

    Raises
    ------
    NotFoundError, UnknownNameError, InvalidInputError
        There is no such song, no such field, or a text is too long.
    """
    for name in values:
        if name not in FIELDS:
            raise UnknownNameError("field of the rights", name, FIELDS)
    correct(wiring, song_id, values)
    return song_rights(wiring.catalog, song_id)
