"""The tables of who may do what: users, their browsers and programs, and links to projects."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, String, Table

from reelscore.catalog.db.columns import MYSQL, code, label, metadata

# Who may sign in. Names are folded, so that "Anna" and "anna" are one.
users = Table(
    "users",
    metadata,
    Column("name", label(64), primary_key=True),
    Column("role", label(16), nullable=False),
    Column("password", label(255)),  # a hash with its parameters; None: signs in elsewhere
    Column("subject", String(255), unique=True, index=True),  # at an OpenID provider: "issuer subject"
    Column("created_at", label(32), nullable=False),
    **MYSQL,
)


def _user_key() -> Column[str]:
    return Column("user", label(64), ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True)


# Browsers that are signed in, by the SHA-256 of what their cookie holds.
sessions = Table(
    "sessions",
    metadata,
    Column("id", code(64), primary_key=True),
    _user_key(),
    Column("created_at", label(32), nullable=False),
    Column("expires_at", label(32), nullable=False),
    **MYSQL,
)

# Programs that ask for a user, by the SHA-256 of their token.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", code(64), primary_key=True),
    _user_key(),
    Column("label", String(100), nullable=False),
    Column("scope", label(16), nullable=False),  # the most that it may do
    Column("created_at", label(32), nullable=False),
    Column("expires_at", label(32)),
    **MYSQL,
)

# Links to a project for people who do not sign in, by the SHA-256 of their secret.
project_shares = Table(
    "project_shares",
    metadata,
    Column("id", code(64), primary_key=True),
    Column("project_id", code(36), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("may_change", Boolean, nullable=False),
    Column("made_by", label(64), nullable=False),  # "": nobody signs in
    Column("created_at", label(32), nullable=False),
    Column("expires_at", label(32)),
    **MYSQL,
)
