"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
_BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
_JSON = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def _char(length: int) -> sa.types.TypeEngine[str]:
    return sa.CHAR(length).with_variant(
        mysql.CHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def _ascii(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "songs",
        sa.Column("id", _char(36), nullable=False),
        sa.Column("source", _ascii(32), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artists", _JSON, nullable=False),
        sa.Column("album", sa.Text()),
        sa.Column("genre", sa.Text()),
        sa.Column("year", sa.Integer()),
        sa.Column("duration", sa.Double()),
        sa.Column("uri", sa.Text()),
        sa.Column("page_url", sa.Text()),
        sa.Column("preview_url", sa.Text()),
        sa.Column("artwork_url", sa.Text()),
        sa.Column("video_id", sa.String(64)),
        sa.Column("isrc", sa.String(32)),
        sa.Column("labels", _JSON, nullable=False),
        sa.Column("content_hash", _char(64)),
        sa.Column("added_at", _ascii(32), nullable=False),
        sa.Column("sort_title", sa.String(200), nullable=False),
        sa.Column("sort_artist", sa.String(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_songs"),
        **_OPTIONS,
    )
    for column in ("source", "content_hash", "added_at", "sort_title", "sort_artist"):
        op.create_index(f"ix_songs_{column}", "songs", [column])
    op.create_index("ix_songs_uri", "songs", ["uri"], mysql_length=191, mariadb_length=191)

    op.create_table(
        "features",
        sa.Column("song_id", _char(36), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("tempo_bpm", sa.Double()),
        sa.Column("tempo_confidence", sa.Double(), nullable=False),
        sa.Column("tempo_alternative_bpm", sa.Double()),
        sa.Column("beats", _BLOB, nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("key_confidence", sa.Double(), nullable=False),
        sa.Column("loudness_lufs", sa.Double()),
        sa.Column("loudness_range", sa.Double()),
        sa.Column("onset_rate", sa.Double()),
        sa.Column("brightness_hz", sa.Double()),
        sa.Column("dynamic_complexity", sa.Double()),
        sa.Column("energy", sa.Double()),
        sa.Column("energy_curve", _BLOB, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_features_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", name="pk_features"),
        **_OPTIONS,
    )
    for column in ("tempo_bpm", "key", "energy"):
        op.create_index(f"ix_features_{column}", "features", [column])

    op.create_table(
        "vectors",
        sa.Column("song_id", _char(36), nullable=False),
        sa.Column("space", _ascii(100), nullable=False),
        sa.Column("kind", _ascii(8), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Double()),
        sa.Column("seconds", sa.Double()),
        sa.Column("data", _BLOB, nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_vectors_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "space", "kind", "position", name="pk_vectors"),
        **_OPTIONS,
    )
    op.create_index("ix_vectors_space_kind", "vectors", ["space", "kind", "song_id"])

    op.create_table(
        "index_state",
        sa.Column("space", _ascii(100), nullable=False),
        sa.Column("song_id", _char(36), nullable=False),
        sa.Column("state", _ascii(8), nullable=False),
        sa.PrimaryKeyConstraint("space", "song_id", name="pk_index_state"),
        **_OPTIONS,
    )
    op.create_index("ix_index_state_space_state", "index_state", ["space", "state", "song_id"])

    op.create_table(
        "jobs",
        sa.Column("id", _char(36), nullable=False),
        sa.Column("kind", _ascii(100), nullable=False),
        sa.Column("arguments", _JSON, nullable=False),
        sa.Column("state", _ascii(16), nullable=False),
        sa.Column("done", sa.Double(), nullable=False),
        sa.Column("total", sa.Double()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.Column("started_at", _ascii(32)),
        sa.Column("finished_at", _ascii(32)),
        sa.Column("heartbeat_at", _ascii(32)),
        sa.Column("worker", sa.String(100)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", _JSON),
        sa.Column("error", _JSON),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        **_OPTIONS,
    )
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"])
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])

    op.create_table(
        "analyses",
        sa.Column("id", _char(36), nullable=False),
        sa.Column("content_hash", _char(64), nullable=False),
        sa.Column("analyzer", _ascii(100), nullable=False),
        sa.Column("created_at", _ascii(32), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_analyses"),
        **_OPTIONS,
    )
    op.create_index("ix_analyses_content_hash_analyzer", "analyses", ["content_hash", "analyzer"])

    op.create_table(
        "meta",
        sa.Column("name", _ascii(100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("meta", "analyses", "jobs", "index_state", "vectors", "features", "songs"):
        op.drop_table(table)
