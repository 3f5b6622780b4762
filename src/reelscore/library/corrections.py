"""What people know better than tags and measurements: kept apart, winning over them, taken back at will."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError, UnknownNameError
from reelscore.filters.keys import read_key
from reelscore.filters.parsing import known_moods
from reelscore.filters.terms import term
from reelscore.library.index_sync import update_indexes
from reelscore.sources.folder.rights import FIELDS as RIGHTS
from reelscore.wiring import Wiring

SOUND = ("title", "genre", "tempo", "key", "vocals", "moods")
FIELDS = (*SOUND, *RIGHTS)

# Library, song, field and value -> what is kept.
_Reader: TypeAlias = Callable[[Wiring, str, str, Any], Any]

_LONGEST = 1000  # letters of a value
_TEMPI = (20.0, 400.0)  # bpm
_TIMES = re.compile(r"(?:[x*×]\s*(?P<up>[1-9](?:\.\d+)?)|[/÷:]\s*(?P<down>[1-9](?:\.\d+)?))")


def correct(wiring: Wiring, song_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what somebody knows better, and give all that was corrected of the song.

    Parameters
    ----------
    values
        By the names of `FIELDS`. A tempo is a number of bpm, or "x2" or "/2" of the present one; vocals are
        True or False, moods a list of names, the rest texts. None, or an empty text, takes a correction back.

    Returns
    -------
    dict
        "song_id", and "corrections" by field.

    Raises
    ------
    NotFoundError, UnknownNameError, InvalidInputError
        There is no such song, no such field or mood, or the value is none.
    """
    catalog = wiring.catalog
    catalog.song(song_id)
    read: dict[str, Any] = {}
    for field, value in values.items():
        if field not in FIELDS:
            raise UnknownNameError("field to correct", field, FIELDS)
        value = " ".join(value.split()) if isinstance(value, str) else value
        taken_back = value is None or value == ""
        reader: _Reader = _READERS.get(field, _text)
        read[field] = None if taken_back else reader(wiring, song_id, field, value)
    if read:
        catalog.correct(song_id, read)
        update_indexes(wiring)
    return corrections_of(catalog, song_id)


def corrections_of(catalog: Catalog, song_id: str) -> dict[str, Any]:
    """What was corrected of a song; raises NotFoundError if there is none with this id."""
    song = catalog.song(song_id)
    return {"song_id": song.id, "corrections": catalog.corrections([song.id]).get(song.id, {})}


def _text(_: Wiring, _song: str, field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"the {field} is a text, not {value!r}")
    if len(value) > _LONGEST:
        raise InvalidInputError(f"the {field} has {len(value)} letters; {_LONGEST} are kept")
    return value


def _tempo(wiring: Wiring, song: str, _: str, value: Any) -> float:
    if isinstance(value, str) and (match := _TIMES.fullmatch(value.strip().lower())):
        features = wiring.catalog.features([song]).get(song)
        if features is None or features.tempo_bpm is None:
            raise NotFoundError("the song has no tempo yet, so there is nothing to double or halve")
        value = features.tempo_bpm * float(match["up"] or 1) / float(match["down"] or 1)
    try:
        tempo = float(value)
    except (TypeError, ValueError):
        raise InvalidInputError(f"{value!r} is no tempo; give beats per minute, x2 or /2") from None
    if isinstance(value, bool) or not _TEMPI[0] <= tempo <= _TEMPI[1]:
        raise InvalidInputError(f"a tempo is {_TEMPI[0]:g} to {_TEMPI[1]:g} beats per minute, not {value!r}")
    return round(tempo, 3)


def _key(wiring: Wiring, song: str, field: str, value: Any) -> str:
    return read_key(_text(wiring, song, field, value))


def _vocals(_: Wiring, _song: str, field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{field} are true or false, not {value!r}")
    return value


def _moods(wiring: Wiring, _song: str, _: str, value: Any) -> list[str]:
    moods = known_moods(wiring.embedders.tag_names)
    names = {term(mood): mood for mood in moods}
    if not isinstance(value, list | tuple):
        raise InvalidInputError(f"moods are a list of names, not {value!r}")
    for name in value:
        if term(str(name)) not in names:
            raise UnknownNameError("mood", str(name), moods)
    return list(dict.fromkeys(names[term(str(name))] for name in value))


_READERS: dict[str, _Reader] = {
    "tempo": _tempo,
    "key": _key,
    "vocals": _vocals,
    "moods": _moods,
}
