"""Stored video analyses, and small notes of the catalogue."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Collection, Mapping

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from reelscore.catalog.base import Store, chunks, insert_new
from reelscore.catalog.convert import analysis_json, analysis_record, now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import NotFoundError
from reelscore.records import FloatArray, VideoAnalysis

_ANALYSES = schema.analyses.c
_META = schema.meta.c


class AnalysisStore(Store):
    """Writes and reads video analyses."""

    def save_analysis(
        self,
        analysis: VideoAnalysis,
        *,
        content_hash: str,
        analyzer: str | None = None,
        picture: bytes | None = None,
    ) -> str:
        """Store what an analyser said of a video; returns the id of the analysis.

        Parameters
        ----------
        analysis
            The analysis.
        content_hash
            SHA-256 of the video file, hex.
        analyzer
            The key that `find_analysis` finds it under; by default the name of its analyser.
        picture
            JPEG of one of its frames.
        """
        analysis_id = str(uuid.uuid4())
        row = {
            "id": analysis_id,
            "content_hash": content_hash,
            "analyzer": analyzer or analysis.analyzer,
            "created_at": now(),
            "body": analysis_json(analysis),
            "picture": picture,
        }
        write(self._engine, lambda connection: insert_new(connection, schema.analyses, row))
        return analysis_id

    def analysis(self, analysis_id: str) -> VideoAnalysis:
        """One analysis; NotFoundError if there is none with this id."""
        query = select(_ANALYSES.body).where(_ANALYSES.id == analysis_id)
        with reading(self._engine) as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise NotFoundError(f"there is no video analysis {analysis_id!r}")
        return analysis_record(body)

    def analysis_content(self, analysis_id: str) -> str | None:
        """SHA-256 of the video that was analysed, hex; None if there is no such analysis."""
        query = select(_ANALYSES.content_hash).where(_ANALYSES.id == analysis_id)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def save_pictures_vector(self, content_hash: str, space: str, vector: FloatArray) -> None:
        """Keep where the pictures of a video lie in a space: a vector (dim,), by the content of its file."""
        text = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        self.set_note(_pictures_note(content_hash, space), text)

    def pictures_vector(self, content_hash: str, space: str) -> FloatArray | None:
        """Where the pictures of a video lie in a space; None if nobody looked."""
        text = self.note(_pictures_note(content_hash, space))
        return None if text is None else np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)

    def analysis_picture(self, analysis_id: str) -> bytes | None:
        """JPEG of a frame of the video; None if there is none, or no such analysis."""
        query = select(_ANALYSES.picture).where(_ANALYSES.id == analysis_id)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def find_analysis(self, content_hash: str, analyzer: str) -> tuple[VideoAnalysis, str] | None:
        """The newest analysis of a video file by an analyser, and its id; None if there is none."""
        query = (
            select(_ANALYSES.body, _ANALYSES.id)
            .where(_ANALYSES.content_hash == content_hash, _ANALYSES.analyzer == analyzer)
            .order_by(_ANALYSES.created_at.desc(), _ANALYSES.id)
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else (analysis_record(row.body), row.id)

    def note(self, name: str) -> str | None:
        """A small value that was kept under a name, or None."""
        with reading(self._engine) as connection:
            return connection.execute(select(_META.value).where(_META.name == name)).scalar()

    def notes(self, beginning: str) -> dict[str, str]:
        """The small values whose names begin so, by name."""
        query = select(_META.name, _META.value).where(_META.name.startswith(beginning, autoescape=True))
        with reading(self._engine) as connection:
            return {row.name: row.value for row in connection.execute(query.order_by(_META.name))}

    def set_note(self, name: str, value: str) -> None:
        """Keep a small value under a name."""

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.meta).where(_META.name == name))
            connection.execute(insert(schema.meta), {"name": name, "value": value})

        write(self._engine, work)

    def replace_notes(self, values: Mapping[str, str]) -> None:
        """Keep other values under names, all or none; a name that is not there stays so."""
        if not values:
            return
        change = update(schema.meta).where(_META.name == bindparam("known")).values(value=bindparam("to"))

        def work(connection: Connection) -> None:
            connection.execute(change, [{"known": name, "to": value} for name, value in values.items()])

        write(self._engine, work)

    def drop_notes(self, names: Collection[str]) -> None:
        """Forget small values; unknown names are ignored."""

        def work(connection: Connection) -> None:
            for some in chunks(names):
                connection.execute(delete(schema.meta).where(_META.name.in_(some)))

        write(self._engine, work)


def _pictures_note(content_hash: str, space: str) -> str:
    return f"pictures {content_hash} {space}"[:100]  # the whole of the hash, and of every space that is known
