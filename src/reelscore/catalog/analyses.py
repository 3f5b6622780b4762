"""Stored video analyses, and small notes of the catalogue."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from reelscore.catalog import schema
from reelscore.catalog.base import Store
from reelscore.catalog.convert import analysis_json, analysis_record, now
from reelscore.catalog.engine import reading, write, writing
from reelscore.errors import NotFoundError
from reelscore.records import VideoAnalysis

_ANALYSES = schema.analyses.c
_META = schema.meta.c


class AnalysisStore(Store):
    """Writes and reads video analyses."""

    def save_analysis(self, analysis: VideoAnalysis, *, content_hash: str) -> str:
        """Store what an analyser said of a video; returns the id of the analysis.

        `content_hash` is the SHA-256 of the video file, hex.
        """
        analysis_id = str(uuid.uuid4())
        row = {
            "id": analysis_id,
            "content_hash": content_hash,
            "analyzer": analysis.analyzer,
            "created_at": now(),
            "body": analysis_json(analysis),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(schema.analyses), row)
        return analysis_id

    def analysis(self, analysis_id: str) -> VideoAnalysis:
        """One analysis; NotFoundError where there is none with this id."""
        found = self._first(select(_ANALYSES.body).where(_ANALYSES.id == analysis_id))
        if found is None:
            raise NotFoundError(f"there is no video analysis {analysis_id!r}")
        return found

    def analysis_by_content(self, content_hash: str, analyzer: str) -> VideoAnalysis | None:
        """The newest analysis of a video file by an analyser, or None."""
        return self._first(
            select(_ANALYSES.body)
            .where(_ANALYSES.content_hash == content_hash, _ANALYSES.analyzer == analyzer)
            .order_by(_ANALYSES.created_at.desc(), _ANALYSES.id)
        )

    def note(self, name: str) -> str | None:
        """A small value that was kept under a name, or None."""
        with reading(self._engine) as connection:
            return connection.execute(select(_META.value).where(_META.name == name)).scalar()

    def set_note(self, name: str, value: str) -> None:
        """Keep a small value under a name."""

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.meta).where(_META.name == name))
            connection.execute(insert(schema.meta), {"name": name, "value": value})

        write(self._engine, work)

    def _first(self, query: Select[Any]) -> VideoAnalysis | None:
        with reading(self._engine) as connection:
            body = connection.execute(query.limit(1)).scalar()
        return None if body is None else analysis_record(body)
