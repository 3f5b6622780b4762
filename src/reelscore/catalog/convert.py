"""Between records and what the tables hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Text, type_coerce

from reelscore.catalog.db import columns, schema
from reelscore.errors import InvalidInputError, StorageError
from reelscore.records import (
    Dissolve,
    FloatArray,
    Job,
    JobState,
    MusicFeatures,
    Phrase,
    Progress,
    Section,
    Shot,
    Song,
    SongCard,
    Track,
    TrackEmbedding,
    VideoAnalysis,
    VideoMeasurements,
)
from reelscore.text import folding

_SORT_LENGTH = 200
# A stamp belongs to a file, not to a song, and has a table of its own.
_TRACK_FIELDS = tuple(
    item.name for item in fields(Track) if item.name not in ("stamp", "unchanged", "untagged")
)
_CURVES = ("beats", "energy_curve")

_SONGS = schema.songs.c
# The columns of a song, and of what was measured in one, as their records have them.
SONG = tuple(_SONGS[item.name] for item in fields(Song))
FEATURES = tuple(schema.features.c[item.name] for item in fields(MusicFeatures))
_ARTISTS = SONG.index(_SONGS.artists)
_CURVES_AT = [FEATURES.index(schema.features.c[name]) for name in _CURVES]
# The columns of a card; artists are read from their JSON here.
CARD = (
    _SONGS.id,
    _SONGS.title,
    type_coerce(_SONGS.artists, Text),
    _SONGS.album,
    _SONGS.genre,
    _SONGS.duration,
)


def now() -> str:
    """The present moment, ISO 8601 in UTC, always of the same width."""
    return time_text(datetime.now(UTC))


def time_text(moment: datetime) -> str:
    """A moment in UTC as it is stored: times that are compared as text compare as times."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def fold(text: str) -> str:
    """Text as it is compared: without case, accents and doubled spaces."""
    return " ".join(folding.fold(text).split())


# --- songs -------------------------------------------------------------------------------------------


def song_row(track: Track) -> dict[str, Any]:
    """The columns of a song that its source states."""
    row = {name: getattr(track, name) for name in _TRACK_FIELDS}
    row["id"] = track.id
    row["artists"] = list(track.artists)
    row["labels"] = dict(track.labels)
    row["licence"] = track.licence or track.labels.get("licence")
    if track.duration is not None and not np.isfinite(track.duration):
        row["duration"] = None
    return row | folded(row)


def folded(row: Mapping[str, Any]) -> dict[str, str]:
    """The columns by which a song is sorted and looked for, from those of its names."""
    title, artists = row["title"], row["artists"]
    return {
        "sort_title": fold(title)[:_SORT_LENGTH],
        "sort_artist": fold(", ".join(artists))[:_SORT_LENGTH],
        "search_text": fold(" ".join(filter(None, (title, *artists, row["album"], row["genre"])))),
    }


def song_card(row: Sequence[Any]) -> SongCard:
    """A card from the columns of `CARD`."""
    song, title, artists, *rest = row
    return SongCard(song, title, _read_artists(artists), *rest)


# The same artists come again and again among the candidates of a question.
@lru_cache(maxsize=10_000)
def _read_artists(text: str) -> tuple[str, ...]:
    return tuple(columns.JsonText.read(text))


def song_record(row: Sequence[Any]) -> Song:
    """A song from the columns of `SONG`."""
    values = list(row)
    values[_ARTISTS] = tuple(values[_ARTISTS])
    return Song(*values)


# --- features and vectors ----------------------------------------------------------------------------


def features_row(song: str, features: MusicFeatures) -> dict[str, Any]:
    """The columns of what was measured in a song."""
    row: dict[str, Any] = {"song_id": song}
    for item in fields(MusicFeatures):
        value = getattr(features, item.name)
        if item.name in _CURVES:
            value = np.asarray(value, dtype="<f8").tobytes()
        elif isinstance(value, (float, np.floating, np.integer)):
            value = float(value)  # drivers refuse NumPy's scalars, or store them as bytes
            if not np.isfinite(value):
                value = None if item.default is None else 0.0
        row[item.name] = value
    return row


def features_record(row: Sequence[Any]) -> MusicFeatures:
    """What was measured in a song, from the columns of `FEATURES`."""
    values = list(row)
    for place in _CURVES_AT:
        values[place] = tuple(np.frombuffer(values[place], dtype="<f8").tolist())
    return MusicFeatures(*values)


def vector_bytes(vector: FloatArray) -> bytes:
    """A vector as little-endian float32 bytes."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def vector_rows(song: str, embedding: TrackEmbedding) -> list[dict[str, Any]]:
    """The rows of `vectors` for a song in one space: the whole track, then its windows.

    Raises
    ------
    InvalidInputError
        The windows do not match their start times.
    """
    if len(embedding.windows) != len(embedding.window_starts):
        raise InvalidInputError(
            f"{song}: {len(embedding.windows)} windows of {embedding.space} with "
            f"{len(embedding.window_starts)} start times"
        )
    parts: list[tuple[str, int, float | None, float | None, FloatArray]] = [
        ("track", 0, None, None, embedding.track)
    ]
    for place, (start, window) in enumerate(zip(embedding.window_starts, embedding.windows, strict=True)):
        parts.append(("window", place, float(start), float(embedding.window_seconds), window))
    return [
        {
            "song_id": song,
            "space": embedding.space,
            "kind": kind,
            "position": place,
            "start": start,
            "seconds": seconds,
            "data": vector_bytes(vector),
        }
        for kind, place, start, seconds, vector in parts
    ]


def vector_matrix(blobs: Sequence[bytes], space: str) -> FloatArray:
    """Stored vectors as one matrix (n, dim).

    Raises
    ------
    StorageError
        They are not of one length: what is stored is damaged.
    """
    sizes = {len(blob) for blob in blobs}
    if len(sizes) > 1 or any(size % 4 for size in sizes):
        raise StorageError(f"vectors of {space} differ in length; run `reelscore check`")
    width = sizes.pop() // 4 if sizes else 0
    matrix = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), width)
    return matrix.astype(np.float32)  # a copy that may be written, in the order of this machine


# --- jobs --------------------------------------------------------------------------------------------


def job_record(row: Mapping[Any, Any]) -> Job:
    """A job from its row."""
    return Job(
        id=row["id"],
        kind=row["kind"],
        arguments=row["arguments"],
        state=JobState(row["state"]),
        progress=Progress(row["done"], row["total"], row["message"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        attempts=row["attempts"],
        cancel_requested=bool(row["cancel_requested"]),
        result=row["result"],
        error=row["error"],
        worker=row["worker"],
        heartbeat_at=row["heartbeat_at"],
    )


# --- analyses ----------------------------------------------------------------------------------------


def analysis_json(analysis: VideoAnalysis) -> dict[str, Any]:
    """An analysis as JSON values."""
    return {str(key): _plain(value) for key, value in asdict(analysis).items()}


def analysis_record(body: Mapping[str, Any]) -> VideoAnalysis:
    """An analysis from its JSON values. Fields that a later version added are left out."""
    values = _known(VideoAnalysis, body)
    values["phrases"] = tuple(Phrase(**_known(Phrase, item)) for item in body.get("phrases", ()))
    values["sections"] = tuple(Section(**_known(Section, item)) for item in body.get("sections", ()))
    measured = body.get("measurements")
    values["measurements"] = _measurements_record(measured) if measured else None
    return VideoAnalysis(**values)


def _measurements_record(body: Mapping[str, Any]) -> VideoMeasurements:
    values = _known(VideoMeasurements, body)
    values["dissolves"] = tuple(Dissolve(**_known(Dissolve, item)) for item in body.get("dissolves", ()))
    values["shots"] = tuple(Shot(**_known(Shot, item)) for item in body.get("shots", ()))
    values["speech_spans"] = tuple((float(start), float(end)) for start, end in body.get("speech_spans", ()))
    return VideoMeasurements(**values)


def _known(record: type, body: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(record)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in body.items()
        if name in names
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
