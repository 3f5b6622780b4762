"""A table of what stood in the tags of files before they were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label, long_text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tag_writes",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("content_hash", code(64), nullable=False),
        sa.Column("before", long_text(), nullable=False),
        sa.Column("written_at", label(32), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_tag_writes_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", name="pk_tag_writes"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("tag_writes")
