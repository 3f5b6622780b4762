"""Links to projects, for people who do not sign in. Only hashes of their secrets come here."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select

from reelscore.catalog.base import Store, insert_new
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import NotFoundError
from reelscore.records import ProjectShare

_TABLE = schema.project_shares.c
_SHOWN = 12  # characters of a hash by which a link is named


class ShareStore(Store):
    """Keeps links to projects."""

    def shares(self, project_id: str) -> list[ProjectShare]:
        """The links to a project that are not over, the oldest first."""
        query = select(schema.project_shares).where(_TABLE.project_id == project_id, _is_lasting())
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(query.order_by(_TABLE.created_at, _TABLE.id))]

    def share(self, hashed: str) -> ProjectShare | None:
        """The link whose secret has this hash; None if there is none, or it is over."""
        query = select(schema.project_shares).where(_TABLE.id == hashed, _is_lasting())
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    def add_share(
        self, hashed: str, project_id: str, *, may_change: bool, made_by: str, expires_at: str | None
    ) -> ProjectShare:
        """Keep the hash of a new link; NotFoundError if there is no such project."""
        share = ProjectShare(hashed, project_id, may_change, made_by, now(), expires_at)

        def work(connection: Connection) -> None:
            projects = schema.projects.c
            if connection.execute(select(projects.id).where(projects.id == project_id)).first() is None:
                raise NotFoundError(f"there is no project {project_id!r}")
            insert_new(connection, schema.project_shares, asdict(share))

        write(self._engine, work)
        return replace(share, id=hashed[:_SHOWN])

    def remove_share(self, project_id: str, share_id: str) -> None:
        """Forget a link of a project; NotFoundError if it has none of this id."""
        condition = (_TABLE.project_id == project_id, func.substr(_TABLE.id, 1, _SHOWN) == share_id)

        def work(connection: Connection) -> None:
            if not connection.execute(delete(schema.project_shares).where(*condition)).rowcount:
                raise NotFoundError(f"the project has no link {share_id!r}")

        write(self._engine, work)


def _is_lasting() -> Any:
    return or_(_TABLE.expires_at.is_(None), _TABLE.expires_at > now())


def _record(row: Row[Any]) -> ProjectShare:
    return ProjectShare(**{**row._mapping, "id": row.id[:_SHOWN]})
