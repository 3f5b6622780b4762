"""A table of what people did with songs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _id() -> Any:
    return sa.CHAR(36).with_variant(
        mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def _name(length: int) -> Any:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "taste_events",
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("project_id", _id(), nullable=False),
        sa.Column("song_id", _id(), nullable=False),
        sa.Column("kind", _name(16), nullable=False),
        sa.Column("at", _name(32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "project_id", "song_id", "kind", name="pk_taste_events"),
        **_OPTIONS,
    )
    op.create_index("ix_taste_events_person_at", "taste_events", ["person", "at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("taste_events")
