"""A table of links to projects."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _ascii(length: int, *, fixed: bool = False) -> Any:
    plain, own = (sa.CHAR, mysql.CHAR) if fixed else (sa.String, mysql.VARCHAR)
    return plain(length).with_variant(own(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Make the table, which is empty."""
    op.create_table(
        "project_shares",
        sa.Column("id", _ascii(64, fixed=True), nullable=False),
        sa.Column("project_id", _ascii(36, fixed=True), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("made_by", _ascii(64), nullable=False),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.Column("expires_at", _ascii(32)),
        sa.PrimaryKeyConstraint("id", name="pk_project_shares"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_shares_project_id", ondelete="CASCADE"
        ),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("ix_project_shares_project_id", "project_shares", ["project_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("project_shares")
