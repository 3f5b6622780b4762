"""The contract of every video analyser."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress


class VideoAnalyzer(Protocol):
    """Looks at a video and says what it is and what music it wants."""

    name: str
    # What every result of it says, where it stands in for a better one; a result that says something else met
    # a fault, and is not as good as a new one.
    degraded: str | None

    @property
    def cache_key(self) -> str:
        """Changes whenever the same video may be answered otherwise: name and version of the analyser."""
        ...

    def analyze(self, path: Path, *, progress: ProgressCallback = ignore_progress) -> VideoAnalysis:
        """Analyse one file.

        Raises MediaError where the file cannot be used, AnalysisError where the analyser failed, and
        CancelledError where `progress` asked to stop.
        """
        ...
