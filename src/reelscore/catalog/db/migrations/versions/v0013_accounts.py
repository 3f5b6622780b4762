"""Tables of users, sessions and tokens."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _ascii(length: int) -> Any:
    variant = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(variant, "mysql", "mariadb")


def _hash() -> Any:
    return sa.CHAR(64).with_variant(
        mysql.CHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    """Make the tables, which are empty: nobody signs in to a library from before."""
    op.create_table(
        "users",
        sa.Column("name", _ascii(64), nullable=False),
        sa.Column("role", _ascii(16), nullable=False),
        sa.Column("password", _ascii(255)),
        sa.Column("subject", sa.String(255)),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        **_OPTIONS,
    )
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("id", _hash(), nullable=False),
        sa.Column("user", _ascii(64), nullable=False),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.Column("expires_at", _ascii(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name="fk_sessions_user", ondelete="CASCADE"),
        **_OPTIONS,
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_table(
        "api_tokens",
        sa.Column("id", _hash(), nullable=False),
        sa.Column("user", _ascii(64), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("scope", _ascii(16), nullable=False),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.Column("expires_at", _ascii(32)),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name="fk_api_tokens_user", ondelete="CASCADE"),
        **_OPTIONS,
    )
    op.create_index("ix_api_tokens_user", "api_tokens", ["user"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("api_tokens", "sessions", "users"):
        op.drop_table(table)
