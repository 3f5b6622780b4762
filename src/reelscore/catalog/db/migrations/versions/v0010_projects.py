"""A table of projects, and a picture for each analysis."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, blob, code, label, long_text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column; analyses from before have no picture."""
    op.create_table(
        "projects",
        sa.Column("id", code(36), nullable=False),
        sa.Column("analysis_id", code(36)),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("changed_at", label(32), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        **MYSQL,
    )
    op.create_index("ix_projects_analysis_id", "projects", ["analysis_id"])
    op.create_index("ix_projects_changed_at", "projects", ["changed_at"])
    op.add_column("analyses", sa.Column("picture", blob()))


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_column("analyses", "picture")
    op.drop_table("projects")
