"""A table of links to projects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, which is empty."""
    op.create_table(
        "project_shares",
        sa.Column("id", code(64), nullable=False),
        sa.Column("project_id", code(36), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("made_by", label(64), nullable=False),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("expires_at", label(32)),
        sa.PrimaryKeyConstraint("id", name="pk_project_shares"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_shares_project_id", ondelete="CASCADE"
        ),
        **MYSQL,
    )
    op.create_index("ix_project_shares_project_id", "project_shares", ["project_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("project_shares")
