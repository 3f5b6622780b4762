"""A table of what was spent on services outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    day = sa.CHAR(10).with_variant(mysql.CHAR(10, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
    service = sa.String(32).with_variant(
        mysql.VARCHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    op.create_table(
        "service_usage",
        sa.Column("service", service, nullable=False),
        sa.Column("day", day, nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", "day", name="pk_service_usage"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("service_usage")
