"""The contract of every music source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from reelscore.records import Track, TrackIssue


class Source(Protocol):
    """Offers tracks, and fetches the sound of one.

    A source that waits for a network or a disk has `fetches` too: how many fetches may be under way at once
    (1 if it has none). Both methods are called on other threads than the one that made the source.
    """

    name: str

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The tracks that the source has, in a stable order; a track it cannot offer is an issue.

        Raises SourceError if the source as a whole cannot be read.
        """
        ...

    def fetch(self, track: Track) -> AbstractContextManager[Path]:
        """A local file with the sound of the track, for as long as the context is open.

        Raises SourceError or MediaError if this track cannot be had.
        """
        ...
