"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, blob, code, label, long_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "songs",
        sa.Column("id", code(36), nullable=False),
        sa.Column("source", label(32), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artists", long_text(), nullable=False),
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
        sa.Column("labels", long_text(), nullable=False),
        sa.Column("content_hash", code(64)),
        sa.Column("added_at", label(32), nullable=False),
        sa.Column("sort_title", sa.String(200), nullable=False),
        sa.Column("sort_artist", sa.String(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_songs"),
        **MYSQL,
    )
    for column in ("source", "content_hash", "added_at", "sort_title", "sort_artist"):
        op.create_index(f"ix_songs_{column}", "songs", [column])
    op.create_index("ix_songs_uri", "songs", ["uri"], mysql_length=191, mariadb_length=191)

    op.create_table(
        "features",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("tempo_bpm", sa.Double()),
        sa.Column("tempo_confidence", sa.Double(), nullable=False),
        sa.Column("tempo_alternative_bpm", sa.Double()),
        sa.Column("beats", blob(), nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("key_confidence", sa.Double(), nullable=False),
        sa.Column("loudness_lufs", sa.Double()),
        sa.Column("loudness_range", sa.Double()),
        sa.Column("onset_rate", sa.Double()),
        sa.Column("brightness_hz", sa.Double()),
        sa.Column("dynamic_complexity", sa.Double()),
        sa.Column("energy", sa.Double()),
        sa.Column("energy_curve", blob(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_features_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", name="pk_features"),
        **MYSQL,
    )
    for column in ("tempo_bpm", "key", "energy"):
        op.create_index(f"ix_features_{column}", "features", [column])

    op.create_table(
        "vectors",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("space", label(100), nullable=False),
        sa.Column("kind", label(8), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Double()),
        sa.Column("seconds", sa.Double()),
        sa.Column("data", blob(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_vectors_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "space", "kind", "position", name="pk_vectors"),
        **MYSQL,
    )
    op.create_index("ix_vectors_space_kind", "vectors", ["space", "kind", "song_id"])

    op.create_table(
        "index_state",
        sa.Column("space", label(100), nullable=False),
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("state", label(8), nullable=False),
        sa.PrimaryKeyConstraint("space", "song_id", name="pk_index_state"),
        **MYSQL,
    )
    op.create_index("ix_index_state_space_state", "index_state", ["space", "state", "song_id"])

    op.create_table(
        "jobs",
        sa.Column("id", code(36), nullable=False),
        sa.Column("kind", label(100), nullable=False),
        sa.Column("arguments", long_text(), nullable=False),
        sa.Column("state", label(16), nullable=False),
        sa.Column("done", sa.Double(), nullable=False),
        sa.Column("total", sa.Double()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("started_at", label(32)),
        sa.Column("finished_at", label(32)),
        sa.Column("heartbeat_at", label(32)),
        sa.Column("worker", sa.String(100)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", long_text()),
        sa.Column("error", long_text()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        **MYSQL,
    )
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"])
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])

    op.create_table(
        "analyses",
        sa.Column("id", code(36), nullable=False),
        sa.Column("content_hash", code(64), nullable=False),
        sa.Column("analyzer", label(100), nullable=False),
        sa.Column("created_at", label(32), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_analyses"),
        **MYSQL,
    )
    op.create_index("ix_analyses_content_hash_analyzer", "analyses", ["content_hash", "analyzer"])

    op.create_table(
        "meta",
        sa.Column("name", label(100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
        **MYSQL,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("meta", "analyses", "jobs", "index_state", "vectors", "features", "songs"):
        op.drop_table(table)
