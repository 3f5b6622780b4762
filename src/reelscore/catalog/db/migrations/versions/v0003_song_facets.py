"""Tables of what songs are filtered by. They are filled when the library is first used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reelscore.catalog.db.columns import MYSQL, code, label

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "song_terms",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("kind", label(8), nullable=False),
        sa.Column("term", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_terms_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "kind", "term", name="pk_song_terms"),
        **MYSQL,
    )
    op.create_index("ix_song_terms_kind_term", "song_terms", ["kind", "term"])
    op.create_table(
        "song_tags",
        sa.Column("song_id", code(36), nullable=False),
        sa.Column("tag", sa.String(120), nullable=False),
        sa.Column("space", label(100), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], name="fk_song_tags_song_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "tag", name="pk_song_tags"),
        **MYSQL,
    )
    op.create_index("ix_song_tags_tag_space", "song_tags", ["tag", "space"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("song_tags")
    op.drop_table("song_terms")
