"""The order in which songs were changed, which files beside the database are checked against."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, label

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with the row that counts changes, and the column of songs."""
    op.create_table(
        "shelves",
        sa.Column("name", label(36), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_shelves"),
        **MYSQL,
    )
    op.execute("DELETE FROM shelves")  # of a migration that was cut off
    op.execute("INSERT INTO shelves (name, revision) VALUES ('', 0)")
    op.add_column(
        "songs", sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.create_index("ix_songs_revision", "songs", ["revision"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_songs_revision", table_name="songs")
    op.drop_column("songs", "revision")
    op.drop_table("shelves")
