"""Stars of a music server as what somebody thinks of songs: noted once, and taken back when a star goes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from uuid import UUID

from reelscore.catalog.base import chunks
from reelscore.catalog.convert import now
from reelscore.catalog.store import Catalog
from reelscore.errors import ConfigurationError
from reelscore.records import EventKind, TasteEvent
from reelscore.wiring import Wiring

EVERYBODY = "everybody"
_STARS = 5.0  # a server knows one star, or none
_TOGETHER = 1_500  # songs of a note: it holds 64 kB in MariaDB


def person_of_stars(wiring: Wiring) -> str | None:
    """Whose taste the stars of servers count for; None: nobody's.

    Raises
    ------
    ConfigurationError
        The settings name somebody who is no user here.
    """
    name = wiring.settings.server_stars.strip()
    if not name or not wiring.settings.taste:
        return None
    if name == EVERYBODY:
        return ""
    if wiring.catalog.accounts.user(name) is None:
        raise ConfigurationError(
            f"REELSCORE_SERVER_STARS names {name[:80]!r}, who is no user here; "
            f"a library without sign-in has `{EVERYBODY}`"
        )
    return name


def note_stars(wiring: Wiring, person: str, server: str, starred: Collection[str]) -> tuple[int, int]:
    """Note the songs that have a star on a server now, and take back those that had one before.

    What was noted is not noted again, also if the person had it forgotten since.

    Parameters
    ----------
    server
        What the server is known by, such as `subsonic:music.example.org`.
    starred
        Ids that the server's songs have, or would have, in the catalogue.

    Returns
    -------
    int, int
        How many songs were noted, and how many taken back.
    """
    catalog = wiring.catalog
    now_starred = _songs(catalog, starred)
    place = f"stars:{hashlib.sha256(f'{person} {server}'.encode()).hexdigest()[:16]}:"
    kept = catalog.notes(place)
    before = {str(UUID(text[at : at + 32])) for text in kept.values() for at in range(0, len(text), 32)}
    came, went = sorted(now_starred - before), sorted(before - now_starred)
    if came or went:
        at = now()
        catalog.note_events(
            TasteEvent(person, "", song, EventKind.STARRED, at, amount=_STARS) for song in came
        )
        for song in went:
            catalog.forget_taste(person, song_id=song, project_id="", kinds=[EventKind.STARRED])
        pages = {
            f"{place}{number:04}": "".join(song.replace("-", "") for song in some)
            for number, some in enumerate(chunks(sorted(now_starred), _TOGETHER))
        }
        for name, text in pages.items():
            catalog.set_note(name, text)
        catalog.drop_notes(kept.keys() - pages.keys())
    return len(came), len(went)


def _songs(catalog: Catalog, ids: Collection[str]) -> set[str]:
    """The songs of the library that ids stand for: their own, or the same sound from elsewhere."""
    own = set(catalog.known_ids(ids))
    files = catalog.known_files([song for song in ids if song not in own])
    return own | {file.song_id for file in files.values()}
