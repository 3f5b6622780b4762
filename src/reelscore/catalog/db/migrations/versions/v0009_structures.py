"""A table of beats, bars and sections of each song."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(
        name, sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"), nullable=False
    )


def upgrade() -> None:
    """Make the table; songs of an older library get their rows when somebody asks for them."""
    song = sa.CHAR(36).with_variant(
        mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    name = sa.String(64).with_variant(
        mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    op.create_table(
        "song_structures",
        sa.Column("song_id", song, nullable=False),
        sa.Column("version", name, nullable=False),
        sa.Column("metre", sa.String(16)),
        sa.Column("tempo_bpm", sa.Double()),
        sa.Column("steadiness", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        _blob("times"),
        _blob("places"),
        sa.Column("body", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        sa.ForeignKeyConstraint(
            ["song_id"], ["songs.id"], name="fk_song_structures_song_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("song_id", name="pk_song_structures"),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("song_structures")
