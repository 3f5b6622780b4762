"""Projects: films with their shortlist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from reelscore.catalog.base import Store, insert_new
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import NotFoundError
from reelscore.records import Candidate, Film, Place, Project

_MOST_KEPT = 500  # projects whose songs count as a team's choices
_TABLE = schema.projects.c
_FILMS = schema.project_films.c


class ProjectStore(Store):
    """Keeps projects."""

    def projects(
        self, *, analysis_id: str | None = None, offset: int = 0, limit: int = 100
    ) -> tuple[list[Project], int]:
        """Projects, the one that was changed last first, and how many there are in all.

        Parameters
        ----------
        analysis_id
            Only those with the film of this analysis.
        """
        query, total = select(schema.projects), select(func.count(_TABLE.id))
        if analysis_id is not None:
            own = select(_FILMS.project_id).where(_FILMS.analysis_id == analysis_id)
            query, total = (each.where(_TABLE.id.in_(own)) for each in (query, total))
        query = query.order_by(_TABLE.changed_at.desc(), _TABLE.id).offset(offset).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            return [_record(row) for row in rows], connection.execute(total).scalar_one()

    def project(self, project_id: str) -> Project:
        """One project; NotFoundError if there is none with this id."""
        with reading(self._engine) as connection:
            return _found(connection, project_id)

    def kept_songs(self) -> dict[str, list[str]]:
        """Project id -> the songs on its shortlist that were not turned down; of those changed last."""
        query = select(_TABLE.id, _TABLE.body).order_by(_TABLE.changed_at.desc(), _TABLE.id).limit(_MOST_KEPT)
        with reading(self._engine) as connection:
            return {
                row.id: [song["song_id"] for song in row.body["songs"] if not song["rejected"]]
                for row in connection.execute(query)
            }

    def add_project(self, project: Project) -> None:
        """Keep a new project."""

        def work(connection: Connection) -> None:
            insert_new(connection, schema.projects, _row(project))
            _link(connection, project.id, project.analysis_ids)

        write(self._engine, work)

    def change_project(self, project_id: str, change: Callable[[Project], Project]) -> Project:
        """Change a project as it is now, and give it back; two that change it at once both count.

        The analysis of a film that leaves it goes too, unless another project has it.

        Raises
        ------
        NotFoundError
            There is none with this id.
        """

        def work(connection: Connection) -> Project:
            before = _found(connection, project_id, lock=True)
            project = replace(change(before), changed_at=now())
            row = _row(project)
            connection.execute(update(schema.projects).where(_TABLE.id == project_id).values(row))
            if project.analysis_ids != before.analysis_ids:
                _link(connection, project_id, project.analysis_ids)
                _forget(connection, set(before.analysis_ids) - set(project.analysis_ids))
            return project

        return write(self._engine, work)

    def remove_project(self, project_id: str) -> None:
        """Forget a project with what was learnt in it, and the analyses that no other project has.

        Unknown ones are ignored.
        """

        def work(connection: Connection) -> None:
            query = select(_FILMS.analysis_id).where(_FILMS.project_id == project_id)
            analyses = connection.execute(query).scalars().all()
            _link(connection, project_id, ())
            shares = schema.project_shares
            connection.execute(delete(shares).where(shares.c.project_id == project_id))
            connection.execute(delete(schema.projects).where(_TABLE.id == project_id))
            events = schema.taste_events
            connection.execute(delete(events).where(events.c.project_id == project_id))
            _forget(connection, analyses)

        write(self._engine, work)


def _link(connection: Connection, project_id: str, analysis_ids: Iterable[str]) -> None:
    connection.execute(delete(schema.project_films).where(_FILMS.project_id == project_id))
    for analysis_id in analysis_ids:
        row = {"project_id": project_id, "analysis_id": analysis_id}
        connection.execute(insert(schema.project_films), row)


def _forget(connection: Connection, analysis_ids: Iterable[str]) -> None:
    """Drop the analyses that no project has."""
    for analysis_id in analysis_ids:
        others = select(_FILMS.project_id).where(_FILMS.analysis_id == analysis_id).limit(1)
        if connection.execute(others).first() is None:
            connection.execute(delete(schema.analyses).where(schema.analyses.c.id == analysis_id))


def _found(connection: Connection, project_id: str, *, lock: bool = False) -> Project:
    query = select(schema.projects).where(_TABLE.id == project_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"there is no project {project_id!r}")
    return _record(row)


def _row(project: Project) -> dict[str, Any]:
    body = asdict(project)
    return {name: body.pop(name) for name in ("id", "created_at", "changed_at")} | {"body": body}


def _record(row: Row[Any]) -> Project:
    columns = dict(row._mapping)
    body: Mapping[str, Any] = columns.pop("body")
    films = tuple(Film(**{**film, "hits": tuple(film["hits"])}) for film in body["films"])
    return Project(**columns, **{**body, "films": films, "songs": tuple(map(_song, body["songs"]))})


def _song(values: Mapping[str, Any]) -> Candidate:
    places = {film: Place(**place) for film, place in values["places"].items()}
    return Candidate(**{**values, "artists": tuple(values["artists"]), "places": places})
