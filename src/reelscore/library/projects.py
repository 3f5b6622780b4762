"""Projects: films with their hit points, notes and shortlist, as JSON that can be exported and read back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from reelscore.catalog.convert import now
from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError
from reelscore.library.films import drop_copy
from reelscore.library.project_form import changed_candidate, changed_film, changed_project, checked
from reelscore.records import Candidate, Film, Project
from reelscore.wiring import Wiring

# Told a project as it was, and as it is after a change.
Watch = Callable[[Project, Project], None]


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
    project = changed_project(empty, values)
    project = replace(project, films=tuple(_known(catalog, film) for film in project.films))
    catalog.add_project(project)
    return _payload(catalog, project)


def change_project(
    catalog: Catalog, project_id: str, values: Mapping[str, Any], *, watch: Watch | None = None
) -> dict[str, Any]:
    """Change the fields that are given, but for its films, which are added and changed one by one.

    `watch`: called with the project before and after.

    Raises
    ------
    NotFoundError, InvalidInputError
        There is no such project; a field is not what it must be.
    """
    given = {name: value for name, value in values.items() if name != "films"}
    return _watched(catalog, project_id, lambda project: changed_project(project, given), watch)


def keep_song(
    catalog: Catalog,
    project_id: str,
    song_id: str,
    values: Mapping[str, Any],
    *,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Put a song on the shortlist, or change what is said of one that is there.

    `watch`: called with the project before and after.

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
        known[song_id] = changed_candidate(known[song_id], values)
        return checked(replace(project, songs=tuple(known.values())))

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


def add_film(catalog: Catalog, project_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Put an analysed film into a project; nothing happens if it is in it.

    It takes the place of one that came with an export under the same name, without an analysis.

    Raises
    ------
    NotFoundError
        There is no such project or analysis.
    InvalidInputError
        A field is not what it must be, or there are too many films.
    """
    film = changed_film(Film(str(uuid.uuid4())), values)
    if film.analysis_id is not None:
        catalog.analysis(film.analysis_id)

    def change(project: Project) -> Project:
        if film.analysis_id is not None and film.analysis_id in project.analysis_ids:
            return project
        waiting = (each for each in project.films if each.analysis_id is None and each.name == film.name)
        old = next(waiting, None)
        if old is None:
            return checked(replace(project, films=(*project.films, film)))
        known = replace(old, analysis_id=film.analysis_id, duration=film.duration or old.duration)
        return replace(project, films=tuple(known if each is old else each for each in project.films))

    return _payload(catalog, catalog.change_project(project_id, change))


def change_film(catalog: Catalog, project_id: str, film_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change the name or the hit points of a film.

    Raises
    ------
    NotFoundError, InvalidInputError
        There is no such project or film; a field is not what it must be.
    """
    given = {name: values[name] for name in ("name", "hits") if name in values}

    def change(project: Project) -> Project:
        film = _film(project, film_id)
        films = (changed_film(each, given) if each is film else each for each in project.films)
        return replace(project, films=tuple(films))

    return _payload(catalog, catalog.change_project(project_id, change))


def drop_film(wiring: Wiring, project_id: str, film_id: str) -> dict[str, Any]:
    """Take a film out of a project, with the places of songs under it.

    Its analysis and its copy go too, unless another project has them.
    """
    catalog = wiring.catalog
    contents = _contents(catalog, [_film(catalog.project(project_id), film_id)])

    def change(project: Project) -> Project:
        songs = (
            replace(song, places={film: place for film, place in song.places.items() if film != film_id})
            for song in project.songs
        )
        films = tuple(film for film in project.films if film.id != film_id)
        return replace(project, films=films, songs=tuple(songs))

    payload = _payload(catalog, catalog.change_project(project_id, change))
    _drop_copies(wiring, contents)
    return payload


def remove_project(wiring: Wiring, project_id: str) -> dict[str, Any]:
    """Forget a project and, unless another one has them, the analyses and copies of its films.

    Returns
    -------
    dict
        What it was.
    """
    catalog = wiring.catalog
    project = catalog.project(project_id)
    payload = _payload(catalog, project)
    contents = _contents(catalog, project.films)
    catalog.remove_project(project_id)
    _drop_copies(wiring, contents)
    return payload


def _known(catalog: Catalog, film: Film) -> Film:
    """A film of an export, without an analysis that this library does not have."""
    if film.analysis_id is None or catalog.analysis_content(film.analysis_id) is not None:
        return film
    return replace(film, analysis_id=None)


def _film(project: Project, film_id: str) -> Film:
    found = next((film for film in project.films if film.id == film_id), None)
    if found is None:
        raise NotFoundError(f"there is no film {film_id!r} in the project")
    return found


def _contents(catalog: Catalog, films: Iterable[Film]) -> dict[str, str]:
    """Analysis -> SHA-256 of its film."""
    ids = [film.analysis_id for film in films if film.analysis_id]
    return {each: content for each in ids if (content := catalog.analysis_content(each)) is not None}


def _drop_copies(wiring: Wiring, contents: Mapping[str, str]) -> None:
    for analysis_id, content in contents.items():
        if wiring.catalog.analysis_content(analysis_id) is None:
            drop_copy(wiring.settings, content)


def _short(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "films": [{**asdict(film), "hits": list(film.hits)} for film in project.films],
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
    return {**_short(project), "notes": project.notes, "songs": songs}
