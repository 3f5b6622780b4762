"""Rights of songs as somebody entered them by hand: they count more than tags and what lies beside a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.records import Credit, Song
from reelscore.sources.folder.rights import FIELDS, credit_of, merged

_NOTE = "rights:"
_LONGEST = 1000  # letters of a value


def credit(catalog: Catalog, song: Song) -> Credit:
    """All that is known of a song's rights; what was entered by hand wins."""
    return merged(credit_of(song), _by_hand(catalog, song.id))


def song_rights(catalog: Catalog, song_id: str) -> dict[str, Any]:
    """What is known of a song's rights, and which of it was entered by hand.

    Raises
    ------
    NotFoundError
        There is no such song.
    """
    song = catalog.song(song_id)
    known = credit(catalog, song)
    return {
        "song_id": song.id,
        "rights": {name: getattr(known, name) for name in FIELDS},
        "by_hand": sorted(_by_hand(catalog, song.id)),
    }


def enter_rights(catalog: Catalog, song_id: str, values: Mapping[str, str | None]) -> dict[str, Any]:
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
    song = catalog.song(song_id)
    kept = _by_hand(catalog, song.id)
    for name, value in values.items():
        if name not in FIELDS:
            raise UnknownNameError("field of the rights", name, FIELDS)
        text = " ".join((value or "").split())
        if len(text) > _LONGEST:
            raise InvalidInputError(f"the {name} has {len(text)} letters; {_LONGEST} are kept")
        if text:
            kept[name] = text
        else:
            kept.pop(name, None)
    if kept:
        catalog.set_note(_NOTE + song.id, json.dumps(kept, ensure_ascii=False))
    else:
        catalog.drop_notes([_NOTE + song.id])
    return song_rights(catalog, song.id)


def _by_hand(catalog: Catalog, song_id: str) -> dict[str, str]:
    kept: dict[str, str] = json.loads(catalog.note(_NOTE + song_id) or "{}")
    return kept
