"""A table of what people did with songs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "taste_events",
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("project_id", code(36), nullable=False),
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("kind", label(16), nullable=False),
        sa.Column("at", label(32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "project_id", "song_id", "kind", name="pk_taste_events"),
        **MYSQL,
    )
    op.create_index("ix_taste_events_person_at", "taste_events", ["person", "at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("taste_events")
