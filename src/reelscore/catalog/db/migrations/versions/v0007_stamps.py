"""A stamp on each mark of the indexes, which tells whether a song changed while it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the stamp, and the index by which the marks of a song are found."""
    op.add_column(
        "index_state", sa.Column("stamp", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.create_index("ix_index_state_song_id", "index_state", ["song_id"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_index_state_song_id", table_name="index_state")
    op.drop_column("index_state", "stamp")
