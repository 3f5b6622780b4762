"""The words that songs are named by. They are filled when the library is first used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "song_words",
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("song_id", code(36), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_words_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "song_id", name="pk_song_words"),
        sqlite_with_rowid=False,
        **MYSQL,
    )
    op.create_index("ix_song_words_song_id", "song_words", ["song_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("song_words")
