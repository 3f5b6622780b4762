"""The contract of every video analyser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress

if TYPE_CHECKING:
    from reelscore.video.measure.video import Measured


class VideoAnalyzer(Protocol):
    """Looks at a video and says what it is and what music it wants."""

    name: str
    # What every result of it says if it stands in for a better one; a result that says something else met a
    # fault, and is not as good as a new one.
    degraded: str | None
    # The share of its work that is done once the video is measured, 0..1: for the progress.
    measuring_share: float

    @property
    def cache_key(self) -> str:
        """Changes whenever the same video may be answered otherwise: name and version of the analyser."""
        ...

    def check(self) -> None:
        """Raise ConfigurationError if it cannot answer about any video."""
        ...

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        """Analyse one file.

        `measured` is what `measure_video` found in it, made once by the caller for whoever answers. Without
        it an analyser measures if it must.

        Raises MediaError if the file cannot be used, AnalysisError if the analyser failed, and CancelledError
        if `progress` asked to stop.
        """
        ...
