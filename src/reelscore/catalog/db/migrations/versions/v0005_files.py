"""Tables of the files in folders and of the pace at which services are asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label, long_text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_files",
        sa.Column("id", code(36), nullable=False),
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", code(64), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_files_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_song_files"),
        **MYSQL,
    )
    op.create_index("ix_song_files_song_id", "song_files", ["song_id"])
    op.create_index("ix_song_files_path", "song_files", ["path"], mysql_length=191, mariadb_length=191)
    op.create_table(
        "service_pace",
        sa.Column("service", label(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moments", long_text(), nullable=False),
        sa.Column("held_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("service", name="pk_service_pace"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("service_pace")
    op.drop_table("song_files")
