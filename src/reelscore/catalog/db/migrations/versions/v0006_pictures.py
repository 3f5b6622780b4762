"""Tables of what the page draws: the waveform of each song, and the map of the library."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def _song_key() -> sa.Column[str]:
    kind = sa.CHAR(36).with_variant(
        mysql.CHAR(36, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    return sa.Column("song_id", kind, nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(
        name, sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"), nullable=False
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_waveforms",
        _song_key(),
        sa.Column("seconds", sa.Double(), nullable=False),
        _blob("peaks"),
        _blob("levels"),
        sa.ForeignKeyConstraint(
            ["song_id"], ["songs.id"], name="fk_song_waveforms_song_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("song_id", name="pk_song_waveforms"),
        **_OPTIONS,
    )
    short = sa.String(32).with_variant(
        mysql.VARCHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    op.create_table(
        "library_maps",
        sa.Column("name", short, nullable=False),
        sa.Column("made_at", short, nullable=False),
        sa.Column("songs", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False),
        _blob("ids"),
        _blob("points"),
        sa.PrimaryKeyConstraint("name", name="pk_library_maps"),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("library_maps")
    op.drop_table("song_waveforms")
