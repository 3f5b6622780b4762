"""A table of what was spent on services outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "service_usage",
        sa.Column("service", label(32), nullable=False),
        sa.Column("day", code(10), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", "day", name="pk_service_usage"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("service_usage")
