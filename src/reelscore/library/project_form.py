"""Reads projects as JSON: what each field must be, and what is said of one that is not."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from reelscore.errors import InvalidInputError
from reelscore.records import MOST_STARS, Candidate, Film, Place, Project

_MOST_SONGS = 500
_MOST_FILMS = 100
_MOST_HITS = 500
_LONGEST = {"name": 200, "film": 400, "notes": 20_000, "search": 8_000, "note": 2_000, "title": 400}
_GAIN = 40.0  # dB, up or down


def changed_project(project: Project, values: Mapping[str, Any]) -> Project:
    """A project with the fields that are given; InvalidInputError says which one is wrong."""
    given: dict[str, Any] = {
        name: _text(values[name], name) for name in ("name", "notes", "search") if name in values
    }
    if "films" in values:
        films = _list(values["films"], "films", _MOST_FILMS)
        given["films"] = tuple(changed_film(Film(str(uuid.uuid4())), film) for film in films)
    if "songs" in values:
        songs = _list(values["songs"], "songs", _MOST_SONGS)
        given["songs"] = tuple(_candidate(song) for song in songs)
    changed = checked(replace(project, **given))
    if not changed.name:
        raise InvalidInputError("a project needs a name")
    return changed


def changed_film(film: Film, values: Any) -> Film:
    """A film with the fields that are given; InvalidInputError says which one is wrong."""
    if not isinstance(values, Mapping):
        raise InvalidInputError("each of the films must be an object with a name")
    given: dict[str, Any] = {}
    for name in ("id", "analysis_id"):
        if values.get(name) is not None:
            given[name] = _id(values[name], name)
    if "name" in values:
        given["name"] = _text(values["name"], "film")
    if values.get("duration") is not None:
        given["duration"] = _number(values["duration"], "duration", low=0.0)
    if "hits" in values:
        hits = {_number(hit, "hits", low=0.0) for hit in _list(values["hits"], "hits", _MOST_HITS)}
        given["hits"] = tuple(sorted(hits))
    return replace(film, **given)


def changed_candidate(song: Candidate, values: Mapping[str, Any]) -> Candidate:
    """A song of a shortlist with the fields that are given; of its places, those that are given."""
    merged = {**asdict(song), **values, "song_id": song.song_id}
    if "places" in values:
        merged["places"] = {**asdict(song)["places"], **_mapping(values["places"])}
    return _candidate(merged)


def checked(project: Project) -> Project:
    """The project; InvalidInputError if its films and songs do not go together."""
    films = {film.id for film in project.films}
    if len(films) < len(project.films) or len(project.analysis_ids) < sum(
        film.analysis_id is not None for film in project.films
    ):
        raise InvalidInputError("a film is in the project twice")
    if len(films) > _MOST_FILMS:
        raise InvalidInputError(f"a project holds {_MOST_FILMS} films; take some out first")
    if len({song.song_id for song in project.songs}) < len(project.songs):
        raise InvalidInputError("a song is on the list twice")
    if len(project.songs) > _MOST_SONGS:
        raise InvalidInputError(f"a shortlist holds {_MOST_SONGS} songs; take some off first")
    for unknown in (set(song.places) - films for song in project.songs):
        if unknown:
            raise InvalidInputError(f"there is no film {min(unknown)!r} in the project")
    return project


def _candidate(values: Any) -> Candidate:
    if not isinstance(values, Mapping):
        raise InvalidInputError("each of the songs must be an object with a song_id")
    default = Candidate(_id(values.get("song_id"), "song_id"))
    stars = values.get("stars", default.stars)
    if not isinstance(stars, int) or isinstance(stars, bool) or not 0 <= stars <= MOST_STARS:
        raise InvalidInputError(f"stars must be a whole number from 0 to {MOST_STARS}")
    artists = _list(values.get("artists", ()), "artists", 100)
    places = _mapping(values.get("places", {}))
    return replace(
        default,
        title=_text(values.get("title", ""), "title"),
        artists=tuple(_text(artist, "title") for artist in artists),
        gain=_number(values.get("gain", default.gain), "gain", low=-_GAIN, high=_GAIN),
        stars=stars,
        note=_text(values.get("note", ""), "note"),
        rejected=_flag(values, "rejected"),
        places={_id(film, "places"): _place(place) for film, place in places.items()},
    )


def _place(values: Any) -> Place:
    given = _mapping(values)
    offset = given.get("offset")
    return Place(None if offset is None else _number(offset, "offset"), _flag(given, "fitted"))


def _flag(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInputError(f"{name} must be true or false")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{name} must be a text")
    text, most = value.strip(), _LONGEST[name]
    if len(text) > most:
        raise InvalidInputError(f"{name} has {len(text)} characters; {most} are kept")
    return text


def _id(value: Any, name: str) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidInputError(f"{name} must be an id such as a search answers with") from error


def _number(value: Any, name: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInputError(f"{name} must be a number")
    if not low <= value <= high:
        raise InvalidInputError(
            f"{name} must be at least {low:g}" + (f", at most {high:g}" if high < 1e9 else "")
        )
    return float(value)


def _list(value: Any, name: str, most: int) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidInputError(f"{name} must be a list")
    if len(value) > most:
        raise InvalidInputError(f"{name} has {len(value)} values; {most} are kept")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError("places must be an object")
    return value
