"""A table of beats, bars and sections of each song."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, blob, code, label, long_text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; songs of an older library get their rows when somebody asks for them."""
    op.create_table(
        "song_structures",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("version", label(64), nullable=False),
        sa.Column("metre", sa.String(16)),
        sa.Column("tempo_bpm", sa.Double()),
        sa.Column("steadiness", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("times", blob(), nullable=False),
        sa.Column("places", blob(), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["song_id"], ["songs.id"], name="fk_song_structures_song_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("song_id", name="pk_song_structures"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("song_structures")
