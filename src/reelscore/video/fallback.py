"""If one analyser fails, another one answers, and the result says so."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from reelscore.errors import AnalysisError, ConfigurationError
from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress
from reelscore.video.base import VideoAnalyzer
from reelscore.video.measure.video import Measured

logger = logging.getLogger(__name__)


class FallbackAnalyzer:
    """Two analysers as one.

    Parameters
    ----------
    primary
        Asked first. Its AnalysisError and its ConfigurationError are answered by the other one. Its
        MediaError is not: a file that one cannot read is the user's business, not the analyser's.
    secondary
        Answers then, with `degraded` saying why.
    """

    degraded: str | None = None

    def __init__(self, primary: VideoAnalyzer, secondary: VideoAnalyzer) -> None:
        self._primary = primary
        self._secondary = secondary
        # A result carries the name of the one that answered.
        self.name = primary.name
        self.measuring_share = primary.measuring_share

    @property
    def cache_key(self) -> str:
        """What a stored result must be from to be as good as a new one: never from the second analyser."""
        return self._primary.cache_key

    def check(self) -> None:
        """Whatever the first one lacks, the other one answers."""

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        """Analyse one file; raises what the second analyser raises, and MediaError of either."""
        try:
            return self._primary.analyze(path, measured, progress=progress)
        except (AnalysisError, ConfigurationError) as error:
            reason = str(error)
            # A missing key is how most people run this; `degraded` tells of it, and no log need shout.
            level = logging.INFO if isinstance(error, ConfigurationError) else logging.WARNING
        logger.log(level, "%s gave no analysis: %s; %s answers", self.name, reason, self._secondary.name)
        analysis = self._secondary.analyze(path, measured, progress=progress)
        why = f"{self._secondary.name} answered instead of {self._primary.name}: {reason}"
        return replace(analysis, degraded=f"{why}; {analysis.degraded}" if analysis.degraded else why)
