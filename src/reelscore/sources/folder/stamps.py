"""What tells without reading it whether a file was changed, or what lies beside it and speaks of it."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable
from pathlib import Path

from reelscore.records import FileStamp
from reelscore.sources.folder.rights import sidecar_names


def file_stamp(path: Path) -> FileStamp:
    """The stamp of a file with its sidecars; raises OSError if the file cannot be looked at."""
    return joined_stamp(path.stat(), sidecars(path))


def sidecars(path: Path, beside: Container[str] | None = None) -> Iterable[os.stat_result]:
    """What is known of the sidecars that a file has, by the names in its folder if they are known."""
    for name in sidecar_names(path.name):
        if beside is None or name in beside:
            try:
                yield path.with_name(name).stat()
            except OSError:
                continue


def joined_stamp(file: os.stat_result, others: Iterable[os.stat_result]) -> FileStamp:
    """One stamp of several files, which changes with each of them."""
    details = [file, *others]
    return FileStamp(sum(each.st_size for each in details), max(each.st_mtime_ns for each in details))
