"""A table of projects, and a picture for each analysis."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _id() -> Any:
    return sa.CHAR(36).with_variant(
        mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def _moment() -> Any:
    return sa.String(32).with_variant(
        mysql.VARCHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    """Make the table and the column; analyses from before have no picture."""
    op.create_table(
        "projects",
        sa.Column("id", _id(), nullable=False),
        sa.Column("analysis_id", _id()),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("changed_at", _moment(), nullable=False),
        sa.Column("body", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        **_OPTIONS,
    )
    op.create_index("ix_projects_analysis_id", "projects", ["analysis_id"])
    op.create_index("ix_projects_changed_at", "projects", ["changed_at"])
    blob = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    op.add_column("analyses", sa.Column("picture", blob))


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_column("analyses", "picture")
    op.drop_table("projects")
