"""Tables of what the page draws: the waveform of each song, and the map of the library."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, blob, code, label, long_text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_waveforms",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("peaks", blob(), nullable=False),
        sa.Column("levels", blob(), nullable=False),
        sa.ForeignKeyConstraint(
            ["song_id"], ["songs.id"], name="fk_song_waveforms_song_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("song_id", name="pk_song_waveforms"),
        **MYSQL,
    )
    op.create_table(
        "library_maps",
        sa.Column("name", label(32), nullable=False),
        sa.Column("made_at", label(32), nullable=False),
        sa.Column("songs", sa.Integer(), nullable=False),
        sa.Column("about", long_text(), nullable=False),
        sa.Column("ids", blob(), nullable=False),
        sa.Column("points", blob(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_library_maps"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("library_maps")
    op.drop_table("song_waveforms")
