"""The words that songs are named by. They are filled when the library is first used."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def upgrade() -> None:
    """Make the table."""
    key = sa.CHAR(36).with_variant(mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
    op.create_table(
        "song_words",
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("song_id", key, nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_words_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "song_id", name="pk_song_words"),
        sqlite_with_rowid=False,
        **_OPTIONS,
    )
    op.create_index("ix_song_words_song_id", "song_words", ["song_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("song_words")
