"""Analyses of a library into a file, and from a file to where an ingest looks for them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from reelscore.analysis.exchange import FORMAT, Imported, analysis_line, made_by, read_line
from reelscore.analysis.hearing import load_part
from reelscore.analysis.track import part_of
from reelscore.audio.features import FEATURES_VERSION
from reelscore.audio.grid import GRID_VERSION
from reelscore.catalog.store import Catalog
from reelscore.embedding.suite import EmbedderSuite
from reelscore.errors import InvalidInputError, MediaError
from reelscore.files import whole_file
from reelscore.library.sound_files import file_of
from reelscore.records import Progress, ProgressCallback, Song, ignore_progress
from reelscore.wiring import Wiring

_TOGETHER = 100
_LONGEST_LINE = 16 << 20  # bytes
_MEASURED = ("tempo", "key")  # corrections that replace what was measured


def export_analyses(
    catalog: Catalog, embedders: EmbedderSuite, target: Path, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Write the analyses of all songs whose files are here; each file is decoded for its key.

    Returns
    -------
    dict
        How many were written, and how many were left out: without a file, corrected by hand, or of an older
        version.

    Raises
    ------
    StorageError
        The file cannot be written; what was there stays.
    """
    old = set(catalog.measured_otherwise(FEATURES_VERSION))
    ids = [song for song, _ in catalog.files()]
    written = 0
    with whole_file(target) as own, gzip.open(own, "wt", encoding="utf-8", compresslevel=6) as file:
        head = {"reelscore_analyses": FORMAT, "made_by": made_by(embedders)}
        file.write(json.dumps(head) + "\n")
        for begin in range(0, len(ids), _TOGETHER):
            some = [song for song in ids[begin : begin + _TOGETHER] if song not in old]
            for song, line in _lines(catalog, embedders, some):
                progress(Progress(written, len(ids), song.title))
                file.write(json.dumps(line, allow_nan=False) + "\n")
                written += 1
    left_out = catalog.song_count() - written
    return {"file": str(target), "written": written, "left_out": left_out}


def import_analyses(
    wiring: Wiring, source: Path, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Keep the analyses of a file for the ingests that come.

    Returns
    -------
    dict
        How many were read, and how many there are now.

    Raises
    ------
    InvalidInputError
        It is no such file, is damaged, or was made by other versions or models. What was read before stays.
    """
    embedders = wiring.embedders
    spaces = {name: embedders.space(name).dim for name in embedders.spaces}
    imported = Imported(wiring.settings.home, embedders)
    read = 0
    try:
        lines = _read(source)
        head = next(lines, {})
        if head.get("reelscore_analyses") != FORMAT:
            raise InvalidInputError(f"{source} is no file of analyses that `reelscore analyses export` wrote")
        if (mine := made_by(embedders)) != head.get("made_by"):
            other = head.get("made_by")
            names = [name for name in mine if not isinstance(other, dict) or mine[name] != other.get(name)]
            raise InvalidInputError(
                f"{source} was made by other versions or models ({', '.join(names)}), and is of no use here"
            )
        while some := list(islice(lines, _TOGETHER)):
            for line in some:
                read_line(line, spaces)
            read += imported.add(some)
            progress(Progress(read, None, "analyses"))
    finally:
        count = imported.count()
        imported.close()
    return {"read": read, "there": count}


def _lines(
    catalog: Catalog, embedders: EmbedderSuite, ids: list[str]
) -> Iterator[tuple[Song, Mapping[str, Any]]]:
    features, structures = catalog.features(ids), catalog.structures(ids)
    corrected = catalog.corrections(ids)
    vectors = {space: catalog.window_vectors(space, ids) for space in embedders.spaces}
    for song in catalog.songs(ids):
        by_hand = any(field in corrected.get(song.id, {}) for field in _MEASURED)
        built = structures.get(song.id)
        known = built is not None and built.grid.version == GRID_VERSION and song.id in features
        if built is None or by_hand or not known or any(song.id not in own for own in vectors.values()):
            continue
        try:
            clip = load_part(file_of(song), part_of(song), sample_rate=embedders.sample_rate)
        except MediaError:
            continue
        embeddings = tuple(own[song.id] for own in vectors.values())
        yield song, analysis_line(clip, (features[song.id], embeddings, built))


def _read(source: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file, each of which is a JSON object."""
    try:
        with gzip.open(source, "rb") as file:
            while line := file.readline(_LONGEST_LINE):
                document = json.loads(line)
                if not isinstance(document, dict):
                    raise InvalidInputError(f"{source} is damaged, or no file of analyses")
                yield document
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InvalidInputError(f"{source} cannot be read, is damaged, or is no file of analyses") from error
