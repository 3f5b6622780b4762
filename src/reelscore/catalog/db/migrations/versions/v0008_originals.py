"""The year of the first release, and where in its file a song begins; lengths as they were heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Up to here sound was decoded; of what reached it, the whole length is not known from the analysis.
_ANALYSED_SECONDS = 899.0


def upgrade() -> None:
    """Add the columns, and let the length that was decoded stand for the one that a tag reader guessed."""
    op.add_column("songs", sa.Column("original_year", sa.Integer()))
    op.add_column("songs", sa.Column("begin", sa.Double()))
    op.execute(
        "UPDATE songs SET duration = "
        "(SELECT features.duration FROM features WHERE features.song_id = songs.id) "
        "WHERE source = 'folder' AND EXISTS (SELECT 1 FROM features WHERE features.song_id = songs.id "
        f"AND features.duration < {_ANALYSED_SECONDS})"
    )


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("songs", "begin")
    op.drop_column("songs", "original_year")
