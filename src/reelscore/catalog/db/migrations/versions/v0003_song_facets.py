"""Tables of what songs are filtered by. They are filled when the library is first used."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _ascii(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def _song_key() -> sa.Column[str]:
    kind = sa.CHAR(36).with_variant(
        mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    return sa.Column("song_id", kind, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_terms",
        _song_key(),
        sa.Column("kind", _ascii(8), nullable=False),
        sa.Column("term", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_terms_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "kind", "term", name="pk_song_terms"),
        **_OPTIONS,
    )
    op.create_index("ix_song_terms_kind_term", "song_terms", ["kind", "term"])
    op.create_table(
        "song_tags",
        _song_key(),
        sa.Column("tag", sa.String(120), nullable=False),
        sa.Column("space", _ascii(100), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_tags_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "tag", name="pk_song_tags"),
        **_OPTIONS,
    )
    op.create_index("ix_song_tags_tag_space", "song_tags", ["tag", "space"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("song_tags")
    op.drop_table("song_terms")
