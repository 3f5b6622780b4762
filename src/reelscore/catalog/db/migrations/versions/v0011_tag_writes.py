"""A table of what stood in the tags of files before they were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _ascii(length: int, *, fixed: bool) -> sa.types.TypeEngine[str]:
    plain, own = (sa.CHAR, mysql.CHAR) if fixed else (sa.String, mysql.VARCHAR)
    return plain(length).with_variant(own(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tag_writes",
        sa.Column("song_id", _ascii(36, fixed=True), nullable=False),
        sa.Column("content_hash", _ascii(64, fixed=True), nullable=False),
        sa.Column("before", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        sa.Column("written_at", _ascii(32, fixed=False), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_tag_writes_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", name="pk_tag_writes"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("tag_writes")
