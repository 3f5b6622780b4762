"""Projects: a film with its hit points, notes and shortlist, as JSON that can be exported and read back."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from reelscore.catalog.convert import now
from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.library.films import drop_copy
from reelscore.records import MOST_STARS, Candidate, Project
from reelscore.wiring import Wiring

# Told a project as it was, and as it is after a change.
Watch = Callable[[Project, Project], None]

_MOST_SONGS = 500
_MOST_HITS = 500
_LONGEST = {"name": 200, "film": 400, "notes": 20_000, "search": 8_000, "note": 2_000, "title": 400}
_GAIN = 40.0  # dB, up or down
_FIELDS = ("name", "analysis_id", "film", "duration", "hits", "notes", "search", "songs")


def list_projects(
    catalog: Catalog, *, analysis_id: str | None = None, offset: int = 0, limit: int = 100
) -> dict[str, Any]:
    """Projects in short, the one that was changed last first, and how many there are."""
    found, total = catalog.projects(analysis_id=analysis_id, offset=offset, limit=limit)
    return {"projects": [_short(project) for project in found], "total": total}


def show_project(catalog: Catalog, project_id: str) -> dict[str, Any]:
    """A project whole; NotFoundError if there is none with this id."""
    return _payload(catalog, catalog.project(project_id))


def make_project(catalog: Catalog, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new project from the fields of one; what a project is shown as makes a copy of it.

    Raises
    ------
    InvalidInputError
        A field is not what it must be; it says which.
    """
    moment = now()
    empty = Project(str(uuid.uuid4()), "", moment, moment)
    project = _changed(empty, values)
    if project.analysis_id is not None:
        try:
            catalog.analysis(project.analysis_id)
        except NotFoundError:  # of another library, whose export this is
            project = replace(project, analysis_id=None)
    catalog.add_project(project)
    return _payload(catalog, project)


def change_project(
    catalog: Catalog, project_id: str, values: Mapping[str, Any], *, watch: Watch | None = None
) -> dict[str, Any]:
    """Change the fields that are given.

    `watch`: told what it was and became.

    Raises
    ------
    NotFoundError, InvalidInputError
        There is no such project; a field is not what it must be.
    """
    return _watched(catalog, project_id, lambda project: _changed(project, values), watch)


def keep_song(
    catalog: Catalog,
    project_id: str,
    song_id: str,
    values: Mapping[str, Any],
    *,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Put a song on the shortlist, or change what is said of one that is there.

    `watch`: told what the project was and became.

    Raises
    ------
    NotFoundError
        There is no such project; or no such song, and it is not on the list.
    InvalidInputError
        A field is not what it must be, or the list is full.
    """
    found = catalog.songs([song_id])

    def change(project: Project) -> Project:
        known = {song.song_id: song for song in project.songs}
        if song_id not in known:
            if not found:
                raise NotFoundError(f"there is no song {song_id!r}")
            known[song_id] = Candidate(song_id, found[0].title, tuple(found[0].artists))
        merged = {**asdict(known[song_id]), **values, "song_id": song_id}
        known[song_id] = _candidate(merged)
        return replace(project, songs=_checked_songs(tuple(known.values())))

    return _watched(catalog, project_id, change, watch)


def drop_song(
    catalog: Catalog, project_id: str, song_id: str, *, watch: Watch | None = None
) -> dict[str, Any]:
    """Take a song off the shortlist; NotFoundError if there is no such project."""

    def change(project: Project) -> Project:
        return replace(project, songs=tuple(song for song in project.songs if song.song_id != song_id))

    return _watched(catalog, project_id, change, watch)


def _watched(
    catalog: Catalog, project_id: str, change: Callable[[Project], Project], watch: Watch | None
) -> dict[str, Any]:
    before: Project | None = None

    def work(project: Project) -> Project:
        nonlocal before  # of the try that counts, which is the last
        before = project
        return change(project)

    after = catalog.change_project(project_id, work)
    if watch is not None and before is not None:
        watch(before, after)
    return _payload(catalog, after)


def remove_project(wiring: Wiring, project_id: str) -> dict[str, Any]:
    """Forget a project and, unless another one has it, the analysis and the copy of its film.

    Returns
    -------
    dict
        What it was.
    """
    catalog = wiring.catalog
    payload = show_project(catalog, project_id)
    analysis_id = payload["analysis_id"] or ""
    content = catalog.analysis_content(analysis_id)
    catalog.remove_project(project_id)
    if content is not None and catalog.analysis_content(analysis_id) is None:
        drop_copy(wiring.settings, content)
    return payload


def _short(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "film": project.film,
        "duration": project.duration,
        "analysis_id": project.analysis_id,
        "search": project.search,
        "kept": sum(not song.rejected for song in project.songs),
        "created_at": project.created_at,
        "changed_at": project.changed_at,
    }


def _payload(catalog: Catalog, project: Project) -> dict[str, Any]:
    there = {song.id for song in catalog.songs([song.song_id for song in project.songs])}
    songs = [
        {**asdict(song), "artists": list(song.artists), "in_library": song.song_id in there}
        for song in project.songs
    ]
    return {**_short(project), "hits": list(project.hits), "notes": project.notes, "songs": songs}


def _changed(project: Project, values: Mapping[str, Any]) -> Project:
    given = {name: values[name] for name in _FIELDS if name in values}
    for name in ("name", "film", "notes", "search"):
        if name in given:
            given[name] = _text(given[name], name)
    if "analysis_id" in given and given["analysis_id"] is not None:
        given["analysis_id"] = _id(given["analysis_id"], "analysis_id")
    if "duration" in given and given["duration"] is not None:
        given["duration"] = _number(given["duration"], "duration", low=0.0)
    if "hits" in given:
        hits = {_number(hit, "hits", low=0.0) for hit in _list(given["hits"], "hits", _MOST_HITS)}
        given["hits"] = tuple(sorted(hits))
    if "songs" in given:
        songs = _list(given["songs"], "songs", _MOST_SONGS)
        given["songs"] = _checked_songs(tuple(_candidate(song) for song in songs))
    changed = replace(project, **given)
    if not changed.name:
        raise InvalidInputError("a project needs a name")
    return changed


def _candidate(values: Any) -> Candidate:
    if not isinstance(values, Mapping):
        raise InvalidInputError("each of the songs must be an object with a song_id")
    default = Candidate(_id(values.get("song_id"), "song_id"))
    offset = values.get("offset")
    stars = values.get("stars", default.stars)
    if not isinstance(stars, int) or isinstance(stars, bool) or not 0 <= stars <= MOST_STARS:
        raise InvalidInputError(f"stars must be a whole number from 0 to {MOST_STARS}")
    for name in ("fitted", "rejected"):
        if not isinstance(values.get(name, False), bool):
            raise InvalidInputError(f"{name} must be true or false")
    artists = _list(values.get("artists", ()), "artists", 100)
    return replace(
        default,
        title=_text(values.get("title", ""), "title"),
        artists=tuple(_text(artist, "title") for artist in artists),
        offset=None if offset is None else _number(offset, "offset"),
        gain=_number(values.get("gain", default.gain), "gain", low=-_GAIN, high=_GAIN),
        fitted=values.get("fitted", False),
        stars=stars,
        note=_text(values.get("note", ""), "note"),
        rejected=values.get("rejected", False),
    )


def _checked_songs(songs: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    if len({song.song_id for song in songs}) < len(songs):
        raise InvalidInputError("a song is on the list twice")
    if len(songs) > _MOST_SONGS:
        raise InvalidInputError(f"a shortlist holds {_MOST_SONGS} songs; take some off first")
    return songs


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
