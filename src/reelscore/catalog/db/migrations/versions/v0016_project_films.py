"""A project holds several films: each with its hit points, and with a place for each kept song."""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from reelscore.catalog.db.columns import MYSQL, code

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PROJECTS = sa.table("projects", sa.column("id"), sa.column("analysis_id"), sa.column("body"))
_FILMS = sa.table("project_films", sa.column("project_id"), sa.column("analysis_id"))


def upgrade() -> None:
    """Make the table, and bring the one film of each project over."""
    op.create_table(
        "project_films",
        sa.Column("project_id", code(36), nullable=False),
        sa.Column("analysis_id", code(36), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "analysis_id", name="pk_project_films"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_films_project_id", ondelete="CASCADE"
        ),
        **MYSQL,
    )
    op.create_index("ix_project_films_analysis_id", "project_films", ["analysis_id"])
    if not context.is_offline_mode():
        _bring_films_over()
    op.drop_index("ix_projects_analysis_id", "projects")
    op.drop_column("projects", "analysis_id")


def _bring_films_over() -> None:
    link = op.get_bind()
    # One that was cut off behind this step, which MySQL commits as a whole, may have dropped the column ...
    if "analysis_id" not in {column["name"] for column in sa.inspect(link).get_columns("projects")}:
        return
    for project, analysis, body in link.execute(sa.select(_PROJECTS)).all():
        values = json.loads(body)
        if "films" in values:  # ... or is about to
            continue
        _write(project, _with_films(values, analysis))
        if analysis is not None:
            link.execute(_FILMS.insert(), {"project_id": project, "analysis_id": analysis})


def downgrade() -> None:
    """Keep the first film of each project, and drop the table."""
    op.add_column("projects", sa.Column("analysis_id", code(36)))
    op.create_index("ix_projects_analysis_id", "projects", ["analysis_id"])
    for project, _, body in op.get_bind().execute(sa.select(_PROJECTS)).all():
        values = json.loads(body)
        film = (values.pop("films") or [{}])[0]
        values |= {
            "film": film.get("name", ""),
            "duration": film.get("duration"),
            "hits": film.get("hits", []),
        }
        for song in values["songs"]:
            song |= song.pop("places").get(film.get("id"), {"offset": None, "fitted": False})
        _write(project, values, analysis_id=film.get("analysis_id"))
    op.drop_table("project_films")


def _with_films(body: dict[str, Any], analysis_id: str | None) -> dict[str, Any]:
    film = {
        "id": str(uuid.uuid4()),
        "name": body.pop("film"),
        "analysis_id": analysis_id,
        "duration": body.pop("duration"),
        "hits": body.pop("hits"),
    }
    for song in body["songs"]:
        place = {"offset": song.pop("offset"), "fitted": song.pop("fitted")}
        song["places"] = {film["id"]: place} if place != {"offset": None, "fitted": False} else {}
    return {**body, "films": [film] if analysis_id or film["name"] else []}


def _write(project: str, body: dict[str, Any], **columns: Any) -> None:
    change = sa.update(_PROJECTS).where(_PROJECTS.c.id == project)
    op.get_bind().execute(change.values(body=json.dumps(body, ensure_ascii=False), **columns))
