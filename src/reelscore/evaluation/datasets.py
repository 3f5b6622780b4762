"""Data sets to score against: music with labels, and queries with what is relevant to them.

A data set of one's own is a folder with audio and one labels file, `labels.csv` (comma-separated, a header
line) or `labels.jsonl` (one JSON object a line), with these fields; only `file` is needed:

=========== ====================================================================================
file        path of the audio, relative to the folder; an absolute path is taken as it is
artist      who made it
album       what it was published on: the soundtrack, the record
title       its name
style       one word for its genre; similar songs are scored by it
tags        words that hold for it, separated by semicolons (a list in JSON)
tempo_bpm   its tempo
key         its key, such as "C major" or "Bb minor"
split       a name such as "dev" or "test", so that one half can be tuned on and the other scored
=========== ====================================================================================

and `queries.csv` or `queries.jsonl` beside it, with the fields `text`, `kind` (any word; figures are given
per kind) and `relevant`: which tracks answer the query. That is a list of alternatives between spaces, each
of one or several terms joined by `&`. A term is a tag or a style, `tempo:110-130`, `artist:NAME`,
`album:NAME`, `file:PATH`, or one of these with `!` before it, which turns it round. A space in a name is
written as `_`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import InvalidInputError
from reelscore.files import read_text


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    """One piece of music and what is known of it; what is not known is None or empty."""

    path: Path
    name: str  # as the labels file has it; unique in the data set
    artist: str | None = None
    album: str | None = None
    title: str = ""
    style: str | None = None
    tags: frozenset[str] = frozenset()
    tempo_bpm: float | None = None
    key: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """Words to search for, and the expression that says which tracks answer them."""

    text: str
    kind: str
    relevant: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled music and queries."""

    name: str
    tracks: tuple[LabelledTrack, ...]
    queries: tuple[LabelledQuery, ...] = ()

    def relevance(self, query: LabelledQuery) -> NDArray[np.bool_]:
        """Which tracks answer a query, shape (tracks,).

        Raises
        ------
        InvalidInputError
            The expression of the query cannot be read.
        """
        holds = _parse(query.relevant)
        return np.array([holds(track) for track in self.tracks], dtype=bool)

    def restrict(self, *, split: str | None = None, limit: int | None = None) -> Dataset:
        """The tracks of one split, and at most `limit` of them, evenly taken.

        Raises
        ------
        InvalidInputError
            There is no track left.
        """
        tracks = [track for track in self.tracks if split is None or track.split == split]
        if limit is not None and len(tracks) > limit:
            chosen = np.linspace(0, len(tracks) - 1, max(1, limit)).round().astype(int)
            tracks = [tracks[index] for index in chosen]
        if not tracks:
            known = sorted({track.split for track in self.tracks if track.split})
            raise InvalidInputError(f"the data set has no track of the split {split!r}; it has {known}")
        return replace(self, tracks=tuple(tracks))


def read_folder(folder: Path) -> Dataset:
    """Read a data set in the format of this module.

    Raises
    ------
    InvalidInputError
        A file is missing or cannot be read; the message names it, and the line if it can.
    """
    tracks = []
    seen: set[str] = set()
    for where, row in read_table(folder, "labels"):
        name = str(row.get("file") or "")
        if not name or name in seen:
            raise InvalidInputError(f"{where}: every line names another file in its field 'file'")
        seen.add(name)
        tracks.append(_track(folder, name, row, where))
    if not tracks:
        raise InvalidInputError(f"{folder} has a labels file without a track")
    there = any((folder / f"queries{suffix}").exists() for suffix in (".csv", ".jsonl"))
    return Dataset(folder.resolve().name, tuple(tracks), read_queries(folder) if there else ())


def read_queries(folder: Path, name: str = "queries") -> tuple[LabelledQuery, ...]:
    """The queries of NAME.csv or NAME.jsonl; raises as `read_folder` does."""
    queries = []
    for where, row in read_table(folder, name):
        if not row.get("text") or not row.get("relevant"):
            raise InvalidInputError(f"{where}: a query has the fields 'text' and 'relevant'")
        _parse(str(row["relevant"]))
        queries.append(LabelledQuery(row["text"], row.get("kind") or "any", str(row["relevant"])))
    return tuple(queries)


def read_table(folder: Path, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of NAME.csv or NAME.jsonl, each with words that say where it stands."""
    for suffix in (".csv", ".jsonl"):
        path = folder / f"{name}{suffix}"
        if path.is_file():
            break
    else:
        raise InvalidInputError(f"{folder} has neither {name}.csv nor {name}.jsonl; see docs/evaluation.md")
    if suffix == ".csv":
        yield from read_csv(path)
        return
    for where, row in read_jsonl(path):
        tags = {"tags": row["tags"]} if isinstance(row.get("tags"), list) else {}
        # A title, or a name, may be a number there.
        yield where, {field: str(value) for field, value in row.items() if value is not None} | tags


def read_csv(path: Path, delimiter: str = ",") -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table with a header, without what is empty, each with words that say where it stands.

    Raises
    ------
    InvalidInputError
        It cannot be read; the message names the line.
    """
    lines = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
    try:
        for row in lines:
            named = {name: value for name, value in row.items() if name and isinstance(value, str) and value}
            yield f"line {lines.line_num} of {path}", named
    except csv.Error as error:
        raise InvalidInputError(f"line {lines.line_num} of {path} cannot be read: {error}") from error


def read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects, a line each, each with words that say where it stands; raises as `read_csv` does."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        where = f"line {number} of {path}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"{where} cannot be read: it is no JSON") from error
        if not isinstance(row, dict):
            raise InvalidInputError(f'{where} is no JSON object such as {{"file": "a.flac"}}')
        yield where, row


def _track(folder: Path, name: str, row: Mapping[str, Any], where: str) -> LabelledTrack:
    tags = row.get("tags") or ()
    words = tags.split(";") if isinstance(tags, str) else map(str, tags)
    try:
        tempo = float(row["tempo_bpm"]) if row.get("tempo_bpm") else None
    except ValueError as error:
        raise InvalidInputError(f"{where}: {row['tempo_bpm']!r} is no tempo") from error
    return LabelledTrack(
        path=folder / name,
        name=name,
        artist=row.get("artist"),
        album=row.get("album"),
        title=row.get("title") or Path(name).stem,
        style=row.get("style"),
        tags=frozenset(word.strip() for word in words if word.strip()),
        tempo_bpm=tempo,
        key=row.get("key"),
        split=row.get("split"),
    )


def _parse(expression: str) -> Callable[[LabelledTrack], bool]:
    """An expression of relevance as a function of a track."""
    alternatives = [[_term(term) for term in part.split("&")] for part in expression.split()]
    if not alternatives:
        raise InvalidInputError("a query without relevant tracks cannot be scored")
    return lambda track: any(all(holds(track) for holds in terms) for terms in alternatives)


def _term(text: str) -> Callable[[LabelledTrack], bool]:
    if text.startswith("!"):
        turned = _term(text[1:])
        return lambda track: not turned(track)
    field, _, value = text.partition(":")
    if not text or (not value and field != text):
        raise InvalidInputError(f"{text!r} says nothing about a track")
    if field == "tempo":
        try:
            low, high = (float(part) for part in value.split("-"))
        except ValueError as error:
            raise InvalidInputError(f"{text!r} is no range of tempo; write tempo:110-130") from error
        return lambda track: track.tempo_bpm is not None and low <= track.tempo_bpm <= high
    if field in ("artist", "album", "file"):
        wanted = _spelled(value)
        attribute = "name" if field == "file" else field
        return lambda track: _spelled(getattr(track, attribute) or "") == wanted
    wanted = _spelled(text)
    return lambda track: (
        wanted == _spelled(track.style or "") or any(wanted == _spelled(tag) for tag in track.tags)
    )


def _spelled(name: str) -> str:
    return name.replace(" ", "_").lower()


def tag_queries(tracks: Sequence[LabelledTrack], *, kind: str, most: int = 50) -> tuple[LabelledQuery, ...]:
    """A query for each of the most frequent tags: the tag itself, answered by the tracks that have it."""
    counts: dict[str, int] = {}
    for track in tracks:
        for tag in track.tags:
            counts[tag] = counts.get(tag, 0) + 1
    frequent = sorted(counts, key=lambda tag: (-counts[tag], tag))[:most]
    return tuple(LabelledQuery(tag.replace("_", " "), kind, tag.replace(" ", "_")) for tag in frequent)
