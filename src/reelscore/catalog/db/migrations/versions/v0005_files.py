"""Tables of the files in folders and of the pace at which services are asked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _ascii(length: int) -> sa.types.TypeEngine[str]:
    return sa.CHAR(length).with_variant(
        mysql.CHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def _name(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_files",
        sa.Column("id", _ascii(36), nullable=False),
        sa.Column("song_id", _ascii(36), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", _ascii(64), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_files_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_song_files"),
        **_OPTIONS,
    )
    op.create_index("ix_song_files_song_id", "song_files", ["song_id"])
    op.create_index("ix_song_files_path", "song_files", ["path"], mysql_length=191, mariadb_length=191)
    text = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
    op.create_table(
        "service_pace",
        sa.Column("service", _name(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moments", text, nullable=False),
        sa.Column("held_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("service", name="pk_service_pace"),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("service_pace")
    op.drop_table("song_files")
