"""Songs and what was measured in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from reelscore.catalog.base import IDS, Store, chunks, pages, rows_of
from reelscore.catalog.convert import (
    CARD,
    FEATURES,
    SONG,
    features_record,
    features_row,
    now,
    song_card,
    song_record,
    song_row,
    vector_rows,
)
from reelscore.catalog.corrections import keep_corrections
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.facets import STATED
from reelscore.catalog.rows import insert_rows, mark_changed, note_revision, tag_rows, write_terms
from reelscore.catalog.structures import write_structures
from reelscore.catalog.waveforms import write_waveforms
from reelscore.catalog.words import NAMES, write_words
from reelscore.errors import NotFoundError
from reelscore.records import AnalysedTrack, MusicFeatures, Song, SongCard, Track

_SONGS = schema.songs.c
_FEATURES = schema.features.c
_WHICH_SONGS = select(*SONG).where(_SONGS.id.in_(IDS))
_WITH_FEATURES = (
    select(*SONG, _FEATURES.song_id, *FEATURES)
    .outerjoin_from(schema.songs, schema.features)
    .where(_SONGS.id.in_(IDS))
)
_CARDS = select(*CARD).where(_SONGS.id.in_(IDS))
_MEASURED = select(_FEATURES.song_id, *FEATURES).where(_FEATURES.song_id.in_(IDS))
_TARGETS = select(_FEATURES.song_id, _FEATURES.tempo_bpm, _FEATURES.energy).where(_FEATURES.song_id.in_(IDS))


class KnownFile(NamedTuple):
    """What the catalogue knows of one item of a source."""

    id: str
    source_id: str
    uri: str | None
    content_hash: str | None


class SongStore(Store):
    """Writes analysed tracks, and reads songs."""

    def add(self, tracks: Sequence[AnalysedTrack]) -> list[str]:
        """Write songs with their features and vectors, all or none; returns their ids in order.

        A song that exists is replaced, with all its vectors, and keeps the time when it was added. Its
        vectors are marked as pending for the index of each space.

        Raises
        ------
        InvalidInputError
            The windows of an embedding do not match their start times.
        """
        fresh = {item.track.id: item for item in tracks}
        if fresh:
            write(self._engine, lambda connection: _write_tracks(connection, fresh))
        return [item.track.id for item in tracks]

    def refresh(self, tracks: Collection[Track]) -> int:
        """Bring what the source states of known songs up to date: title, path, labels; not the analysis.

        Returns how many songs there were. Unknown tracks are ignored.
        """
        rows = {track.id: song_row(track) for track in tracks}

        def work(connection: Connection) -> int:
            found = _existing(connection, list(rows))
            changed = _changed(connection, rows, STATED)
            renamed = _changed(connection, rows, NAMES)
            _update_songs(connection, [rows[song] for song in found])
            write_terms(connection, {song: rows[song] for song in changed})
            write_words(connection, {song: rows[song] for song in renamed})
            keep_corrections(connection, found)
            mark_changed(connection, changed)
            note_revision(connection, renamed)
            return len(found)

        return write(self._engine, work) if rows else 0

    def remove(self, ids: Collection[str]) -> int:
        """Delete songs with all that belongs to them; returns how many there were.

        The indexes still hold them: `removed(space)` says which.
        """

        def work(connection: Connection) -> int:
            count = 0
            for some in chunks(ids):
                connection.execute(
                    update(schema.index_state)
                    .where(schema.index_state.c.song_id.in_(some))
                    .values(state="removed")
                )
                count += connection.execute(delete(schema.songs).where(_SONGS.id.in_(some))).rowcount
            note_revision(connection, ids)
            return count

        return write(self._engine, work)

    def has_songs(self) -> bool:
        """Whether there is any song."""
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().select_from(schema.songs))).scalar())

    def song_count(self) -> int:
        """How many songs there are."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.songs)).scalar_one()

    def known_ids(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that are in the catalogue."""
        with reading(self._engine) as connection:
            return set(_existing(connection, ids))

    def first_ids(self, limit: int) -> list[str]:
        """The first songs by id, which is a hash, so that they stand for the library."""
        with reading(self._engine) as connection:
            return list(connection.execute(select(_SONGS.id).order_by(_SONGS.id).limit(limit)).scalars())

    def ids_by_content(self, hashes: Collection[str]) -> dict[str, str]:
        """Content hash -> id of the song that has it; the one that was added first if several do."""
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for some in chunks(hashes):
                rows = connection.execute(
                    select(_SONGS.content_hash, _SONGS.id)
                    .where(_SONGS.content_hash.in_(some))
                    .order_by(_SONGS.added_at, _SONGS.id)
                )
                for content, song in rows:
                    found.setdefault(content, song)
        return found

    def song(self, song_id: str) -> Song:
        """One song; NotFoundError if there is none with this id."""
        for song in self.songs([song_id]):
            return song
        raise NotFoundError(f"there is no song {song_id!r} in the library")

    def songs(self, ids: Sequence[str]) -> list[Song]:
        """Songs in the order of the ids; unknown ids are left out."""
        found = {row.id: song_record(row) for row in rows_of(self._engine, _WHICH_SONGS, ids)}
        return [found[song] for song in ids if song in found]

    def songs_with_features(self, ids: Collection[str]) -> dict[str, tuple[Song, MusicFeatures | None]]:
        """Id -> the song, and what was measured in it; unknown ids are left out."""
        at = len(SONG)
        return {
            row.id: (song_record(row[:at]), features_record(row[at + 1 :]) if row[at] else None)
            for row in rows_of(self._engine, _WITH_FEATURES, ids)
        }

    def cards(self, ids: Collection[str]) -> dict[str, SongCard]:
        """Id -> the card of the song."""
        return {row[0]: song_card(row) for row in rows_of(self._engine, _CARDS, ids)}

    def soft_targets(self, ids: Collection[str]) -> dict[str, tuple[float | None, float | None]]:
        """Id -> measured tempo and energy."""
        rows = rows_of(self._engine, _TARGETS, ids)
        return {song: (tempo, energy) for song, tempo, energy in rows}

    def features(self, ids: Collection[str]) -> dict[str, MusicFeatures]:
        """Id -> what was measured in the song."""
        return {row[0]: features_record(row[1:]) for row in rows_of(self._engine, _MEASURED, ids)}

    def songs_of_source(self, source: str) -> Iterator[KnownFile]:
        """Every song of a source with what tells whether its file changed, by id."""
        yield from self._walk(source)

    def long_files(self, ids: Collection[str], seconds: float) -> set[str]:
        """Those of these songs that are all of a file and longer than this."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for some in chunks(ids):
                query = select(_SONGS.id).where(_SONGS.id.in_(some), _SONGS.begin.is_(None))
                found.update(connection.execute(query.where(_SONGS.duration > seconds)).scalars())
        return found

    def files(self) -> Iterator[tuple[str, str]]:
        """Id and path or address of every song that has one, by id."""
        for known in self._walk(None):
            if known.uri is not None:
                yield known.id, known.uri

    def _walk(self, source: str | None) -> Iterator[KnownFile]:
        query = select(_SONGS.id, _SONGS.source_id, _SONGS.uri, _SONGS.content_hash)
        if source is not None:
            query = query.where(_SONGS.source == source)
        for rows in pages(self._engine, query, _SONGS.id, 1_000):
            for row in rows:
                yield KnownFile(row.id, row.source_id, row.uri, row.content_hash)


def _existing(connection: Connection, ids: Collection[str]) -> list[str]:
    found: list[str] = []
    for some in chunks(ids):
        found += connection.execute(select(_SONGS.id).where(_SONGS.id.in_(some))).scalars()
    return found


def _changed(connection: Connection, rows: dict[str, dict[str, Any]], columns: Sequence[str]) -> list[str]:
    """Songs of which the rows say something else in these columns than is stored."""
    changed = []
    for some in chunks(rows):
        query = select(_SONGS.id, *(_SONGS[name] for name in columns)).where(_SONGS.id.in_(some))
        for row in connection.execute(query).mappings():
            if any(row[name] != rows[row["id"]][name] for name in columns):
                changed.append(row["id"])
    return changed


def _update_songs(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
        connection.execute(
            update(schema.songs).where(_SONGS.id == bindparam("this_id")).values(values),
            [
                {"this_id": row["id"], **{f"new_{name}": row[name] for name in row if name != "id"}}
                for row in rows
            ],
        )


def _write_tracks(connection: Connection, fresh: dict[str, AnalysedTrack]) -> None:
    known = set(_existing(connection, fresh))
    rows = {song: song_row(item.track) | {"content_hash": item.content_hash} for song, item in fresh.items()}
    _update_songs(connection, [row for song, row in rows.items() if song in known])
    added_at = now()
    new = [row | {"added_at": added_at} for song, row in rows.items() if song not in known]
    if new:
        connection.execute(insert(schema.songs), new)

    # A table of marks outlives its songs, so it is asked for all of them.
    states = schema.index_state
    indexed: set[tuple[str, str]] = set()
    for some in chunks(fresh):
        found = connection.execute(select(states.c.space, states.c.song_id).where(states.c.song_id.in_(some)))
        indexed |= {(space, song) for space, song in found}
        heard = (schema.features, schema.vectors, schema.song_tags, schema.song_waveforms)
        for table in (*heard, schema.song_structures, states):
            connection.execute(delete(table).where(table.c.song_id.in_(some)))

    connection.execute(insert(schema.features), [features_row(s, item.features) for s, item in fresh.items()])
    write_terms(connection, rows)
    write_words(connection, rows)
    tagged = ((song, item.tags_space, item.tags) for song, item in fresh.items() if item.tags_space)
    insert_rows(connection, schema.song_tags, tag_rows(tagged))
    write_waveforms(connection, fresh)
    write_structures(connection, fresh)
    vectors = [
        row
        for song, item in fresh.items()
        for embedding in item.embeddings
        for row in vector_rows(song, embedding)
    ]
    insert_rows(connection, schema.vectors, vectors)
    pending = {(embedding.space, song) for song, item in fresh.items() for embedding in item.embeddings}
    marks = [{"space": space, "song_id": song, "state": "pending"} for space, song in sorted(pending)]
    # A space that the song is no longer in: its index is to forget it.
    marks += [
        {"space": space, "song_id": song, "state": "removed"} for space, song in sorted(indexed - pending)
    ]
    insert_rows(connection, states, marks)
    keep_corrections(connection, list(known))
    note_revision(connection, rows)
