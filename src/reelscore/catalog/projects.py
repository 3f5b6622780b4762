"""Films with their shortlists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from reelscore.catalog.base import Store, insert_new
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import NotFoundError
from reelscore.records import Candidate, Project

_TABLE = schema.projects.c


class ProjectStore(Store):
    """Keeps projects."""

    def projects(
        self, *, analysis_id: str | None = None, offset: int = 0, limit: int = 100
    ) -> tuple[list[Project], int]:
        """Projects, the one that was changed last first, and how many there are in all.

        Parameters
        ----------
        analysis_id
            Only those of this analysis.
        """
        query, total = select(schema.projects), select(func.count(_TABLE.id))
        if analysis_id is not None:
            query, total = (each.where(_TABLE.analysis_id == analysis_id) for each in (query, total))
        query = query.order_by(_TABLE.changed_at.desc(), _TABLE.id).offset(offset).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            return [_record(row) for row in rows], connection.execute(total).scalar_one()

    def project(self, project_id: str) -> Project:
        """One project; NotFoundError if there is none with this id."""
        with reading(self._engine) as connection:
            return _found(connection, project_id)

    def kept_songs(self, *, limit: int = 500) -> dict[str, list[str]]:
        """Project id -> the songs on its shortlist that were not turned down; of those changed last."""
        query = select(_TABLE.id, _TABLE.body).order_by(_TABLE.changed_at.desc(), _TABLE.id).limit(limit)
        with reading(self._engine) as connection:
            return {
                row.id: [song["song_id"] for song in row.body["songs"] if not song["rejected"]]
                for row in connection.execute(query)
            }

    def add_project(self, project: Project) -> None:
        """Keep a new project."""
        write(self._engine, lambda connection: insert_new(connection, schema.projects, _row(project)))

    def change_project(self, project_id: str, change: Callable[[Project], Project]) -> Project:
        """Change a project as it is now, and give it back; two that change it at once both count.

        Raises
        ------
        NotFoundError
            There is none with this id.
        """

        def work(connection: Connection) -> Project:
            project = replace(change(_found(connection, project_id, lock=True)), changed_at=now())
            row = _row(project)
            connection.execute(update(schema.projects).where(_TABLE.id == project_id).values(row))
            return project

        return write(self._engine, work)

    def remove_project(self, project_id: str) -> None:
        """Forget a project with what was learnt in it, and its analysis unless another project has it.

        Unknown ones are ignored.
        """

        def work(connection: Connection) -> None:
            query = select(_TABLE.analysis_id).where(_TABLE.id == project_id)
            analysis_id = connection.execute(query).scalar()
            connection.execute(delete(schema.projects).where(_TABLE.id == project_id))
            events = schema.taste_events
            connection.execute(delete(events).where(events.c.project_id == project_id))
            others = select(_TABLE.id).where(_TABLE.analysis_id == analysis_id)
            if analysis_id is not None and connection.execute(others).first() is None:
                connection.execute(delete(schema.analyses).where(schema.analyses.c.id == analysis_id))

        write(self._engine, work)


def _found(connection: Connection, project_id: str, *, lock: bool = False) -> Project:
    query = select(schema.projects).where(_TABLE.id == project_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"there is no project {project_id!r}")
    return _record(row)


def _row(project: Project) -> dict[str, Any]:
    body = asdict(project)
    return {name: body.pop(name) for name in ("id", "analysis_id", "created_at", "changed_at")} | {
        "body": body
    }


def _record(row: Row[Any]) -> Project:
    columns = dict(row._mapping)
    body: Mapping[str, Any] = columns.pop("body")
    songs = tuple(Candidate(**{**song, "artists": tuple(song["artists"])}) for song in body["songs"])
    return Project(**columns, **{**body, "hits": tuple(body["hits"]), "songs": songs})
