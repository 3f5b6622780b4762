"""What the analysis of a video asks for. Pure."""

from __future__ import annotations

from reelscore.query.build import query_from_analysis
from reelscore.query.guide import avoid_by_analysis
from reelscore.records import MusicQuery, VideoAnalysis


def query_of(analysis: VideoAnalysis) -> MusicQuery:
    """What the analysis of a video asks for, and what it wants to be avoided."""
    return avoid_by_analysis(query_from_analysis(analysis), analysis)


def length_of(analysis: VideoAnalysis | None) -> float | None:
    """How long a video is, as measured or by its sections; None if neither is known."""
    if analysis is None:
        return None
    if analysis.measurements is not None:
        return analysis.measurements.duration
    return analysis.sections[-1].end if analysis.sections else None
