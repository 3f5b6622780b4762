"""The tables. They are plain SQL, alike on SQLite and on MySQL or MariaDB.

Ids are UUIDs in CHAR(36), times are ISO 8601 in UTC with a fixed width (so that they sort as text),
vectors and curves are little-endian bytes, and JSON is text (see `JsonText`). A change here comes with a
migration under `migrations/versions` and its revision in `REVISIONS`; a test compares the two.
"""

from __future__ import annotations

import random

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from reelscore.catalog.db.account_tables import api_tokens as api_tokens
from reelscore.catalog.db.account_tables import project_shares as project_shares
from reelscore.catalog.db.account_tables import sessions as sessions
from reelscore.catalog.db.account_tables import users as users
from reelscore.catalog.db.columns import MYSQL, JsonText, blob, code, label
from reelscore.catalog.db.columns import metadata as metadata

# Every revision of the schema, oldest first. It is here so that opening a library that is up to date
# needs no Alembic, which takes half a second to import.
REVISIONS = tuple(f"{number:04}" for number in range(1, 18))

_ZERO = text("0")


def _song_key() -> Column[str]:
    return Column("song_id", code(36), ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True)


songs = Table(
    "songs",
    metadata,
    Column("id", code(36), primary_key=True),
    Column("source", label(32), nullable=False, index=True),
    Column("source_id", Text, nullable=False),  # unique with the source, since the id is made of both
    Column("title", Text, nullable=False),
    Column("artists", JsonText, nullable=False),
    Column("album", Text),
    Column("genre", Text),
    Column("year", Integer),
    Column("original_year", Integer),  # of the first release, if `year` is that of another one
    Column("duration", Double),
    Column("begin", Double),  # second of the file at which the song begins; of songs cut out of one file
    Column("uri", Text),
    Column("page_url", Text),
    Column("preview_url", Text),
    Column("artwork_url", Text),
    Column("video_id", String(64)),
    Column("isrc", String(32)),
    Column("licence", Text),
    Column("labels", JsonText, nullable=False),
    Column("content_hash", code(64), index=True),
    Column("added_at", label(32), nullable=False, index=True),
    # Folded in Python, so that sorting and searching find "Über" and "uber" alike on every database.
    Column("sort_title", String(200), nullable=False, index=True),
    Column("sort_artist", String(200), nullable=False, index=True),
    Column("search_text", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, default=0, server_default=_ZERO, index=True),
    **MYSQL,
)
Index("ix_songs_uri", songs.c.uri, mysql_length=191, mariadb_length=191)

features = Table(
    "features",
    metadata,
    _song_key(),
    Column("duration", Double, nullable=False),
    Column("tempo_bpm", Double, index=True),
    Column("tempo_confidence", Double, nullable=False),
    Column("tempo_alternative_bpm", Double),
    Column("beats", blob(), nullable=False),  # float64
    Column("key", String(16), index=True),
    Column("key_confidence", Double, nullable=False),
    Column("loudness_lufs", Double),
    Column("loudness_range", Double),
    Column("onset_rate", Double),
    Column("brightness_hz", Double),
    Column("dynamic_complexity", Double),
    Column("energy", Double, index=True),
    Column("energy_curve", blob(), nullable=False),  # float64
    Column("version", String(64), nullable=False),
    **MYSQL,
)

# What a page draws of a song: bytes 0..255 for stretches of equal length (see `reelscore.records.Waveform`).
song_waveforms = Table(
    "song_waveforms",
    metadata,
    _song_key(),
    Column("seconds", Double, nullable=False),
    Column("peaks", blob(), nullable=False),
    Column("levels", blob(), nullable=False),
    **MYSQL,
)

# Beats, bars and sections of a song (see `reelscore.records.SongStructure`).
song_structures = Table(
    "song_structures",
    metadata,
    _song_key(),
    Column("version", label(64), nullable=False),
    Column("metre", String(16)),
    Column("tempo_bpm", Double),
    Column("steadiness", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("times", blob(), nullable=False),  # float64, seconds of the beats
    Column("places", blob(), nullable=False),  # int32, bar and place in it, for each beat
    Column("body", JsonText, nullable=False),  # metres, tempo curve, sections, phrases
    **MYSQL,
)

# Pictures of the whole library: where each song lies, as the page draws it (see `catalog.maps`).
library_maps = Table(
    "library_maps",
    metadata,
    Column("name", label(32), primary_key=True),
    Column("made_at", label(32), nullable=False),  # also its version
    Column("songs", Integer, nullable=False),
    Column("about", JsonText, nullable=False),
    Column("ids", blob(), nullable=False),  # 16 bytes each
    Column("points", blob(), nullable=False),
    **MYSQL,
)

vectors = Table(
    "vectors",
    metadata,
    _song_key(),
    Column("space", label(100), primary_key=True),
    Column("kind", label(8), primary_key=True),  # "track" or "window"
    Column("position", Integer, primary_key=True, autoincrement=False),  # 0 for the track
    Column("start", Double),  # seconds; of windows only, as is the length
    Column("seconds", Double),
    Column("data", blob(), nullable=False),  # float32
    **MYSQL,
)
Index("ix_vectors_space_kind", vectors.c.space, vectors.c.kind, vectors.c.song_id)


def _new_stamp() -> int:
    return random.getrandbits(62)


# One row for each song and space that an index should hold, or should no longer. Without a foreign key:
# a removed song leaves its row until the index has forgotten it too. Every change gives the row a new stamp,
# so that whoever wrote a song to an index sees whether it was still the one that was read.
index_state = Table(
    "index_state",
    metadata,
    Column("space", label(100), primary_key=True),
    Column("song_id", code(36), primary_key=True),
    Column("state", label(8), nullable=False),  # "pending", "indexed", "removed"
    Column(
        "stamp", BigInteger, nullable=False, default=_new_stamp, onupdate=_new_stamp, server_default=_ZERO
    ),
    **MYSQL,
)
Index("ix_index_state_space_state", index_state.c.space, index_state.c.state, index_state.c.song_id)
Index("ix_index_state_song_id", index_state.c.song_id)

# The revision of the last change of a song (by no name), and that of each shelf: see `catalog.shelf`.
_SHELF = Column("name", label(36), primary_key=True), Column("revision", BigInteger, nullable=False)
shelves = Table("shelves", metadata, *_SHELF, **MYSQL)

# What the source states of a song, in the form in which filters compare it.
song_terms = Table(
    "song_terms",
    metadata,
    _song_key(),
    Column("kind", label(8), primary_key=True),  # "artist", "genre" or "licence"
    Column("term", String(120), primary_key=True),
    **MYSQL,
)
Index("ix_song_terms_kind_term", song_terms.c.kind, song_terms.c.term)

# The words that a song is named by, as `reelscore.text.words` folds them.
song_words = Table(
    "song_words",
    metadata,
    Column("word", String(64), primary_key=True),
    Column("song_id", code(36), ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
    **MYSQL,
)

# The tags that are heard in a song, and how probable vocals are, heard or not.
song_tags = Table(
    "song_tags",
    metadata,
    _song_key(),
    Column("tag", String(120), primary_key=True),
    Column("space", label(100), nullable=False),  # that the tags were read from: one for all tags of a song
    Column("probability", Double, nullable=False),
    **MYSQL,
)
Index("ix_song_tags_tag_space", song_tags.c.tag, song_tags.c.space)

# Paths at which the sound of a song was found, and what tells that it is still the same. One song may have
# several, since copies are known by their content.
song_files = Table(
    "song_files",
    metadata,
    Column("id", code(36), primary_key=True),  # made of the path, as the id of a new song would be
    Column("song_id", code(36), ForeignKey("songs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("modified_ns", BigInteger, nullable=False),
    Column("content_hash", code(64), nullable=False),
    **MYSQL,
)
Index("ix_song_files_path", song_files.c.path, mysql_length=191, mariadb_length=191)

# What people corrected; the columns and tags of the song hold it, and here is what stood there before.
corrections = Table(
    "corrections",
    metadata,
    _song_key(),
    Column("body", JsonText, nullable=False),  # field -> [its value, what stood there before]
    Column("changed_at", label(32), nullable=False),
    **MYSQL,
)

# What stood in the tags of a song's file before they were written, to put it back.
tag_writes = Table(
    "tag_writes",
    metadata,
    _song_key(),
    Column("content_hash", code(64), nullable=False),  # of the file as it was written
    Column("before", JsonText, nullable=False),  # field -> items in base64
    Column("written_at", label(32), nullable=False),
    **MYSQL,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", code(36), primary_key=True),
    Column("kind", label(100), nullable=False),
    Column("arguments", JsonText, nullable=False),
    Column("state", label(16), nullable=False),
    Column("done", Double, nullable=False),
    Column("total", Double),
    Column("message", Text, nullable=False),
    Column("created_at", label(32), nullable=False, index=True),
    Column("started_at", label(32)),
    Column("finished_at", label(32)),
    Column("heartbeat_at", label(32)),  # when its worker was last heard of
    Column("worker", String(100)),
    Column("attempts", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("result", JsonText),
    Column("error", JsonText),
    **MYSQL,
)
Index("ix_jobs_state_created_at", jobs.c.state, jobs.c.created_at)

analyses = Table(
    "analyses",
    metadata,
    Column("id", code(36), primary_key=True),
    Column("content_hash", code(64), nullable=False),
    Column("analyzer", label(100), nullable=False),
    Column("created_at", label(32), nullable=False),
    Column("body", JsonText, nullable=False),
    Column("picture", blob()),  # JPEG of one of its frames
    **MYSQL,
)
Index("ix_analyses_content_hash_analyzer", analyses.c.content_hash, analyses.c.analyzer)

# Films with their shortlist: the body has all of `records.projects.Project` but its id and times.
projects = Table(
    "projects",
    metadata,
    Column("id", code(36), primary_key=True),
    Column("created_at", label(32), nullable=False),
    Column("changed_at", label(32), nullable=False, index=True),
    Column("body", JsonText, nullable=False),
    **MYSQL,
)

# Which projects have which films, as their bodies say; for asking the other way around.
project_films = Table(
    "project_films",
    metadata,
    Column("project_id", code(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("analysis_id", code(36), primary_key=True, index=True),
    **MYSQL,
)

# What somebody did with a song, which taste is learnt from. Without a foreign key, like the songs of a
# project: a song that comes back is known again.
taste_events = Table(
    "taste_events",
    metadata,
    Column("person", String(120), primary_key=True),
    Column("project_id", code(36), primary_key=True),  # "": outside of any
    Column("song_id", code(36), primary_key=True),
    Column("kind", label(16), primary_key=True),
    Column("at", label(32), nullable=False),  # the last time
    Column("times", Integer, nullable=False),
    Column("amount", Double, nullable=False),  # seconds or stars, by the kind
    Column("words", Text, nullable=False),  # what was looked for
    **MYSQL,
)
Index("ix_taste_events_person_at", taste_events.c.person, taste_events.c.at)

meta = Table(
    "meta",
    metadata,
    Column("name", label(100), primary_key=True),
    Column("value", Text, nullable=False),
    **MYSQL,
)

# What was spent on a service outside in a day. ("usage" by itself is a word of MySQL's own.)
service_usage = Table(
    "service_usage",
    metadata,
    Column("service", label(32), primary_key=True),
    Column("day", code(10), primary_key=True),  # ISO date
    Column("requests", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    **MYSQL,
)

# Recent calls of external services, so that all processes together keep their rate limits.
service_pace = Table(
    "service_pace",
    metadata,
    Column("service", label(100), primary_key=True),
    Column("version", Integer, nullable=False),  # goes up with each change
    Column("moments", JsonText, nullable=False),  # seconds since the epoch, some yet to come
    Column("held_until", Double, nullable=False),
    **MYSQL,
)
