"""Analyses that libraries give each other, known by the sound alone: no name, no path, no tag is in them.

A file of them is gzipped JSON, a line each: first what made them, then one line for each sound. What was
imported lies in a database beside the library's own, where an ingest looks before it analyses.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.analysis.hearing import Analysis
from reelscore.audio.chromaprint import fingerprint, is_same
from reelscore.audio.features import FEATURES_VERSION
from reelscore.audio.grid import GRID_VERSION
from reelscore.catalog.structures import structure_record, structure_row
from reelscore.embedding.suite import EmbedderSuite
from reelscore.errors import InvalidInputError, StorageError
from reelscore.records import AudioClip, FloatArray, MusicFeatures, SongStructure, TrackEmbedding

FORMAT = 1
_MOST_WINDOWS = 2_000
_MOST_VALUES = 200_000  # of a curve
_NEAR_UNIT = 1e-3

_SAME_SECONDS = 0.05  # by which another coding of a sound is longer or shorter
_LONGEST_PRINT = 40_000  # bytes; the analysed part of a sound has 29,000


def made_by(embedders: EmbedderSuite) -> dict[str, Any]:
    """What an analysis depends on; analyses that something else made are of no use."""
    return {
        "format": FORMAT,
        "rate": embedders.sample_rate,
        "features": FEATURES_VERSION,
        "structure": GRID_VERSION,
        "spaces": {name: embedders.space(name).dim for name in embedders.spaces},
    }


def sound_key(clip: AudioClip) -> str:
    """SHA-256 of decoded sound in 16 bits, hex: the same for a file whose tags or container are others.

    What one version of a decoder of lossy sound rounds another way has another key, and so has another coding
    of it; those are found by their Chromaprint, if that is installed.
    """
    samples = np.clip(np.round(clip.samples * 32767.0), -32768, 32767).astype("<i2")
    digest = hashlib.sha256(f"{FORMAT} {clip.sample_rate} {len(samples)}\n".encode())
    digest.update(samples.tobytes())
    return digest.hexdigest()


def analysis_line(clip: AudioClip, analysis: Analysis) -> dict[str, Any]:
    """The analysis of a sound as a line of a file."""
    features, embeddings, structure = analysis
    found = fingerprint(clip)
    return {
        "sound": sound_key(clip),
        "seconds": clip.duration,
        "chromaprint": None if found is None else _coded(found.astype("<u4").tobytes()),
        "features": asdict(features),
        "spaces": {
            each.space: {
                "track": _coded(each.track),
                "windows": _coded(each.windows),
                "starts": list(each.window_starts),
                "seconds": each.window_seconds,
            }
            for each in embeddings
        },
        "structure": {
            name: _coded(value) for name, value in structure_row("", structure).items() if name != "song_id"
        },
    }


def read_line(line: Mapping[str, Any], spaces: Mapping[str, int]) -> tuple[str, Analysis]:
    """The sound and the analysis of a line; every space must be there.

    Raises
    ------
    InvalidInputError
        It is damaged, or not what `analysis_line` writes.
    """
    try:
        sound = str(line["sound"])
        if len(bytes.fromhex(sound)) != 32:
            raise ValueError("no key")
        _print_of(line)
        embeddings = tuple(_embedding(name, dim, line["spaces"][name]) for name, dim in spaces.items())
        return sound, (_features(line["features"]), embeddings, _structure(line["structure"]))
    except (KeyError, TypeError, ValueError, AttributeError, StorageError) as error:
        raise InvalidInputError(f"an analysis in the file is damaged ({type(error).__name__})") from error


class Imported:
    """The analyses that were imported into a home; safe to use from several threads."""

    def __init__(self, home: Path, embedders: EmbedderSuite) -> None:
        self._path = home / "imported_analyses.sqlite3"
        self._spaces = {name: embedders.space(name).dim for name in embedders.spaces}
        self._made_by = json.dumps(made_by(embedders), sort_keys=True)
        self._lock = threading.Lock()
        self._own: sqlite3.Connection | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_lock": None, "_own": None}  # of this process

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def find(self, clip: AudioClip) -> Analysis | None:
        """The analysis of a sound, or of another coding of it; None if there is none of this version."""
        if self._own is None and not self._path.is_file():
            return None
        query = "SELECT body FROM analyses WHERE made_by = ? AND sound = ?"
        with self._lock:
            row = self._connection().execute(query, (self._made_by, sound_key(clip))).fetchone()
        body = row[0] if row else self._of_other_coding(clip)
        try:
            return None if body is None else read_line(json.loads(body), self._spaces)[1]
        except InvalidInputError:  # of an older version, which kept some without a structure
            return None

    def _of_other_coding(self, clip: AudioClip) -> str | None:
        query = (
            "SELECT chromaprint, body FROM analyses WHERE made_by = ? AND chromaprint IS NOT NULL "
            "AND seconds BETWEEN ? AND ? ORDER BY sound"
        )
        span = clip.duration - _SAME_SECONDS, clip.duration + _SAME_SECONDS
        with self._lock:
            near = self._connection().execute(query, (self._made_by, *span)).fetchall()
        found = fingerprint(clip) if near else None
        if found is None:
            return None
        return next((body for other, body in near if is_same(found, np.frombuffer(other, "<u4"))), None)

    def add(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """Keep lines that `read_line` takes, in place of those of the same sounds; how many."""
        rows = []
        for line in lines:
            found = _print_of(line)
            seconds = None if found is None else line["seconds"]
            rows.append((line["sound"], self._made_by, seconds, found, json.dumps(line)))
        columns = "sound, made_by, seconds, chromaprint, body"
        insert = f"INSERT OR REPLACE INTO analyses ({columns}) VALUES (?, ?, ?, ?, ?)"
        with self._lock, self._connection() as connection:
            connection.executemany(insert, rows)
        return len(rows)

    def count(self) -> int:
        """How many there are of this version."""
        if self._own is None and not self._path.is_file():
            return 0
        query = "SELECT count(*) FROM analyses WHERE made_by = ?"
        with self._lock:
            return int(self._connection().execute(query, (self._made_by,)).fetchone()[0])

    def close(self) -> None:
        """Close the database; the next use opens it."""
        with self._lock:
            if self._own is not None:
                self._own.close()
                self._own = None

    def _connection(self) -> sqlite3.Connection:
        if self._own is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._own = sqlite3.connect(self._path, check_same_thread=False)
                self._own.execute(
                    "CREATE TABLE IF NOT EXISTS analyses "
                    "(sound TEXT, made_by TEXT, body TEXT, PRIMARY KEY (sound, made_by))"
                )
                there = {row[1] for row in self._own.execute("PRAGMA table_info(analyses)")}
                for name, kind in (("seconds", "REAL"), ("chromaprint", "BLOB")):
                    if name not in there:  # of an older version, or new
                        self._own.execute(f"ALTER TABLE analyses ADD COLUMN {name} {kind}")
                self._own.execute("CREATE INDEX IF NOT EXISTS by_seconds ON analyses (made_by, seconds)")
            except (OSError, sqlite3.Error) as error:
                raise StorageError(
                    f"{self._path} cannot be used: {error}; remove it and import again"
                ) from error
        return self._own


def _coded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value, dtype="<f4").tobytes()
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _embedding(name: str, dim: int, part: Mapping[str, Any]) -> TrackEmbedding:
    track, windows = _vectors(part["track"], dim), _vectors(part["windows"], dim)
    starts = _numbers(part["starts"], _MOST_WINDOWS)
    if len(track) != 1 or len(windows) != len(starts):
        raise ValueError("vectors")
    return TrackEmbedding(name, track[0], windows, starts, _numbers([part["seconds"]], 1)[0])


def _vectors(text: str, dim: int) -> FloatArray:
    """Unit vectors (n, dim), or zeros, from base64."""
    matrix = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").reshape(-1, dim)
    norms = np.linalg.norm(matrix, axis=1)
    if not np.isfinite(matrix).all() or not np.all((np.abs(norms - 1.0) < _NEAR_UNIT) | (norms == 0.0)):
        raise ValueError("vectors")
    return matrix.astype(np.float32)


def _features(values: Mapping[str, Any]) -> MusicFeatures:
    known = {item.name for item in fields(MusicFeatures)}
    if set(values) != known or values["version"] != FEATURES_VERSION:
        raise ValueError("features")
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("beats", "energy_curve"):
            read[name] = _numbers(value, _MOST_VALUES)
        elif name in ("key", "version"):
            if value is not None and not (isinstance(value, str) and len(value) <= 20):
                raise ValueError(name)
            read[name] = value
        else:
            read[name] = None if value is None else _numbers([value], 1)[0]
    return MusicFeatures(**read)


def _print_of(line: Mapping[str, Any]) -> bytes | None:
    """The bytes of the Chromaprint of a line; None if it has none, as those of older versions."""
    if line.get("chromaprint") is None:
        return None
    found = base64.b64decode(line["chromaprint"], validate=True)
    _numbers([line["seconds"]], 1)
    if not 0 < len(found) <= _LONGEST_PRINT or len(found) % 4:
        raise ValueError("chromaprint")
    return found


def _structure(values: Mapping[str, Any]) -> SongStructure:
    if values["version"] != GRID_VERSION:
        raise ValueError("structure")
    coded = {name: base64.b64decode(values[name], validate=True) for name in ("times", "places")}
    found = structure_record({**values, **coded})
    _numbers([beat.time for beat in found.grid.beats], _MOST_VALUES)
    return found


def _numbers(values: Sequence[Any], most: int) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > most:
        raise ValueError("numbers")
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        raise TypeError("numbers")
    read = tuple(float(value) for value in values)
    if not all(np.isfinite(read)):
        raise ValueError("numbers")
    return read
