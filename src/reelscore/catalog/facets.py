"""What songs can be filtered by: written with them, and read for the indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, literal, select, union_all, update

from reelscore.catalog.base import IDS, Store, chunks, rows_of
from reelscore.catalog.corrections import keep_corrections
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.filtering import column_of
from reelscore.catalog.rows import insert_rows, mark_changed, revision_of_songs, tag_rows, write_terms
from reelscore.filters.facets import COLUMNS, facets_of
from reelscore.filters.terms import GENRE_TAGS, HEARD_FROM, VOCALS, genre_names

_SONGS = schema.songs.c
_FEATURES = schema.features.c
_VECTORS = schema.vectors.c
_TAGS = schema.song_tags.c
_TERMS = schema.song_terms.c
_CORRECTIONS = schema.corrections.c

_COMPARED = [column_of(name) for names in COLUMNS.values() for name in names]
# Columns of a song that filters compare; if one changes, the indexes are to hear of it.
STATED = ("artists", "genre", "licence", "duration", *(c.name for c in _COMPARED if c.table is schema.songs))

_TAGS_OF = select(_TAGS.song_id, _TAGS.tag, _TAGS.probability).where(_TAGS.song_id.in_(IDS))
_FACETED = (
    select(
        _SONGS.id,
        _SONGS.artists,
        _SONGS.genre,
        _SONGS.licence,
        _SONGS.duration,
        _FEATURES.duration.label("analysed_seconds"),
        *_COMPARED,
    )
    .outerjoin_from(schema.songs, schema.features)
    .where(_SONGS.id.in_(IDS))
)
_OWN = tuple(_FACETED.selected_columns.keys())

_BATCH = 500

# Apart, since a condition that one of them is met has every tag of every song looked at.
_HEARD = union_all(
    select(_TAGS.song_id, _TAGS.tag, _TAGS.probability, literal(0)).where(
        _TAGS.song_id.in_(IDS), _TAGS.tag.in_(bindparam("tags", expanding=True))
    ),
    select(_TAGS.song_id, _TAGS.tag, _TAGS.probability, literal(1))
    .join_from(schema.corrections, schema.song_tags, _CORRECTIONS.song_id == _TAGS.song_id)
    .where(_CORRECTIONS.song_id.in_(IDS)),
)


class FacetStore(Store):
    """Keeps the terms and tags that filters ask for."""

    # What `counts_by_choice` was asked, with the revision of then, and what it gave.
    _counted: tuple[tuple[int, int], dict[str, list[tuple[str, int]]]] | None = None

    def facets(self, ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Id -> the facets of the song, as an index keeps them (see `reelscore.filters.facets`)."""
        tags: dict[str, dict[str, float]] = {}
        for song, tag, probability in rows_of(self._engine, _TAGS_OF, ids):
            tags.setdefault(song, {})[tag] = probability
        return {
            row[0]: facets_of(tags=tags.get(row[0], {}), **dict(zip(_OWN, row, strict=True)))
            for row in rows_of(self._engine, _FACETED, ids)
        }

    def counts_by_choice(self, *, limit: int) -> dict[str, list[tuple[str, int]]]:
        """The genres, sources and licences of the library with how many songs each has, most common first.

        A song counts for each of the genres that its source states, else for those that are heard in it, as
        the filter takes it; at most `limit` are given.
        """
        number = func.count().label("number")
        found: dict[str, list[tuple[str, int]]] = {}
        with reading(self._engine) as connection:
            # Every change of a song comes with a new one; counting takes seconds in a large library.
            asked = limit, revision_of_songs(connection)
            if self._counted is not None and self._counted[0] == asked:
                return self._counted[1]
            for name, column in (
                ("genres", _SONGS.genre),
                ("sources", _SONGS.source),
                ("licences", _SONGS.licence),
            ):
                query = select(column, number).where(column.is_not(None), column != "").group_by(column)
                counts: Counter[str] = Counter()
                for value, songs in connection.execute(query):
                    for choice in genre_names(value) if name == "genres" else (value,):
                        counts[choice] += songs
                if name == "genres":
                    names = {choice.casefold(): choice for choice in counts}
                    for tag, songs in connection.execute(_heard_genres()):
                        counts[names.get(tag, tag)] += songs
                found[name] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        self._counted = asked, found
        return found

    def heard(
        self, ids: Collection[str], *, also: Collection[str] = ()
    ) -> dict[str, tuple[dict[str, float], bool]]:
        """Id -> tag -> probability, as filters take it, and whether somebody corrected the song.

        If nobody did, of vocals and of `also`: the other tags follow from the vector.
        """
        found: dict[str, tuple[dict[str, float], bool]] = {}
        rows = rows_of(self._engine, _HEARD, ids, tags=sorted({VOCALS, *also}))
        for song, tag, probability, is_corrected in rows:
            tags, was_corrected = found.get(song, ({}, False))
            tags[tag] = probability
            found[song] = tags, was_corrected or bool(is_corrected)
        return found

    def tagged_count(self, space: str) -> int:
        """How many songs have the tags of a space."""
        query = select(func.count()).where(_TAGS.tag == VOCALS, _TAGS.space == space)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def songs_without_tags(self, space: str, tags: str) -> list[str]:
        """Ids of the songs that have a vector in a space, and not the tags that are called `tags`."""
        tagged = select(_TAGS.song_id).where(_TAGS.tag == VOCALS, _TAGS.space == tags)
        query = (
            select(_VECTORS.song_id)
            .where(_VECTORS.space == space, _VECTORS.kind == "track", _VECTORS.song_id.not_in(tagged))
            .order_by(_VECTORS.song_id)
        )
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def set_tags(self, space: str, tags: Mapping[str, Mapping[str, float]]) -> None:
        """Replace the tags of songs; the indexes of all spaces are to write those songs again.

        `tags`: song id -> tag -> probability, with one for "vocals"; unknown songs are left out.
        """

        def work(connection: Connection) -> None:
            for some in chunks(tags, _BATCH):
                known = list(connection.execute(select(_SONGS.id).where(_SONGS.id.in_(some))).scalars())
                connection.execute(delete(schema.song_tags).where(_TAGS.song_id.in_(known)))
                insert_rows(connection, schema.song_tags, tag_rows((s, space, tags[s]) for s in known))
                keep_corrections(connection, known)
                mark_changed(connection, known)

        write(self._engine, work)

    def songs_after(self, song: str) -> int:
        """How many songs follow an id."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).where(_SONGS.id > song)).scalar_one()

    def ids_after(self, song: str) -> list[str]:
        """The ids that `rewrite_terms` does next."""
        query = select(_SONGS.id).where(_SONGS.id > song).order_by(_SONGS.id).limit(_BATCH)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def set_licences(self, licences: Mapping[str, str]) -> None:
        """Note the licences that sources state: song id -> licence. The terms are to be written after it."""

        def work(connection: Connection) -> None:
            for song, licence in licences.items():
                connection.execute(update(schema.songs).where(_SONGS.id == song).values(licence=licence))
            keep_corrections(connection, list(licences))

        if licences:
            write(self._engine, work)

    def rewrite_terms(self, after: str = "") -> list[str]:
        """Write again what sources state of some songs, in the form in which filters compare it.

        Of those whose ids follow `after`; returns their ids. It is one transaction, so several processes may
        do the same, and whoever was cut off goes on. The indexes are to write those songs again.
        """
        query = select(_SONGS.id, _SONGS.artists, _SONGS.genre, _SONGS.licence)
        query = query.where(_SONGS.id > after).order_by(_SONGS.id).limit(_BATCH)

        def work(connection: Connection) -> list[str]:
            rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
            songs = list(rows)
            write_terms(connection, rows)
            mark_changed(connection, songs)
            return songs

        return write(self._engine, work)


def _heard_genres() -> Select[Any]:
    """Each genre that is heard in songs whose source states none, and in how many."""
    stated = select(_TERMS.song_id).where(_TERMS.kind == "genre")
    heard = _TAGS.tag.in_(GENRE_TAGS) & (_TAGS.probability >= HEARD_FROM)
    return select(_TAGS.tag, func.count()).where(heard, _TAGS.song_id.not_in(stated)).group_by(_TAGS.tag)
