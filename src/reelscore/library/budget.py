"""Copies that can be made again, kept within a budget."""

from __future__ import annotations

import contextlib
from pathlib import Path


def keep_within(most: int, folder: Path, pattern: str, *, newest: Path) -> None:
    """Remove files until all together have at most so many bytes: those first that were used longest ago.

    The newest one stays whatever its size, and so does what is being written, whose name begins with ".".
    """
    files: list[tuple[float, int, Path]] = []
    for file in folder.glob(pattern):
        if not file.name.startswith("."):
            with contextlib.suppress(OSError):  # somebody else removed it meanwhile
                state = file.stat()
                files.append((state.st_mtime, state.st_size, file))
    total = 0
    for _, size, file in sorted(files, reverse=True):
        total += size
        if total > most and file != newest:
            with contextlib.suppress(OSError):
                file.unlink()
