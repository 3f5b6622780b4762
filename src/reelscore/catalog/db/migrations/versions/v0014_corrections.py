"""A table of corrections, into which rights that were entered by hand go, and a column of licences."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import context, op

from reelscore.catalog.db.columns import MYSQL, code, label, long_text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NOTE = "rights:"  # + id: how rights were kept until now


def upgrade() -> None:
    """Make table and column, and bring the rights over; the licence of songs is read as facets are."""
    made = op.create_table(
        "corrections",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("changed_at", label(32), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_corrections_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", name="pk_corrections"),
        **MYSQL,
    )
    op.add_column("songs", sa.Column("licence", sa.Text()))
    if not context.is_offline_mode():
        _bring_rights_over(made)


def _bring_rights_over(made: sa.Table) -> None:
    link = op.get_bind()
    meta = sa.table("meta", sa.column("name"), sa.column("value"))
    songs = sa.table("songs", sa.column("id"), sa.column("isrc"), sa.column("licence"))
    kept = sa.select(meta.c.name, meta.c.value).where(meta.c.name.like(f"{_NOTE}%"))
    for name, value in link.execute(kept).all():
        song = name.removeprefix(_NOTE)
        row = link.execute(sa.select(songs.c.isrc).where(songs.c.id == song)).first()
        if row is None:
            continue
        entered = json.loads(value)
        before = {"isrc": [row.isrc], "licence": [None]}
        body = {name: [text, before.get(name)] for name, text in entered.items()}
        link.execute(
            made.insert(),
            # Nobody wrote down when it was entered.
            {"song_id": song, "body": json.dumps(body), "changed_at": "2026-01-01T00:00:00.000000Z"},
        )
        stated = {name: entered[name] for name in before if name in entered}
        if stated:
            link.execute(songs.update().where(songs.c.id == song).values(stated))
    link.execute(meta.delete().where(meta.c.name.like(f"{_NOTE}%")))


def downgrade() -> None:
    """Drop the column and the table."""
    op.drop_column("songs", "licence")
    op.drop_table("corrections")
