"""The documented classes. Each is imported on first use, so that a command pays only for its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelscore.analysis.video import VideoAnalysisService
    from reelscore.facade.library import LibraryService
    from reelscore.facade.recommendation import RecommendationService
    from reelscore.facade.vectorization import MusicVectorizationService
    from reelscore.ingest.service import IngestionService
    from reelscore.payloads import report_payload
    from reelscore.search.explain import Answer

__all__ = [
    "Answer",
    "IngestionService",
    "LibraryService",
    "MusicVectorizationService",
    "RecommendationService",
    "VideoAnalysisService",
    "report_payload",
]

_MODULES = {
    "Answer": "search.explain",
    "IngestionService": "ingest.service",
    "LibraryService": "facade.library",
    "MusicVectorizationService": "facade.vectorization",
    "RecommendationService": "facade.recommendation",
    "VideoAnalysisService": "analysis.video",
    "report_payload": "payloads",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"reelscore.{_MODULES[name]}"), name)
