"""Tables of users, sessions and tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, which are empty: nobody signs in to a library from before."""
    op.create_table(
        "users",
        sa.Column("name", label(64), nullable=False),
        sa.Column("role", label(16), nullable=False),
        sa.Column("password", label(255)),
        sa.Column("subject", sa.String(255)),
        sa.Column("created_at", label(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        **MYSQL,
    )
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("id", code(64), nullable=False),
        sa.Column("user", label(64), nullable=False),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("expires_at", label(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name="fk_sessions_user", ondelete="CASCADE"),
        **MYSQL,
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_table(
        "api_tokens",
        sa.Column("id", code(64), nullable=False),
        sa.Column("user", label(64), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("scope", label(16), nullable=False),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("expires_at", label(32)),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name="fk_api_tokens_user", ondelete="CASCADE"),
        **MYSQL,
    )
    op.create_index("ix_api_tokens_user", "api_tokens", ["user"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("api_tokens", "sessions", "users"):
        op.drop_table(table)
