"""The public facade. Each class is imported on first use, so that a command pays only for its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelscore.services.analysis import VideoAnalysisService
    from reelscore.services.answering.answers import Answer
    from reelscore.services.handlers import job_handlers
    from reelscore.services.ingestion import IngestionService
    from reelscore.services.library import LibraryService
    from reelscore.services.payloads import report_payload
    from reelscore.services.recommendation import RecommendationService
    from reelscore.services.vectorization import MusicVectorizationService

__all__ = [
    "Answer",
    "IngestionService",
    "LibraryService",
    "MusicVectorizationService",
    "RecommendationService",
    "VideoAnalysisService",
    "job_handlers",
    "report_payload",
]

_MODULES = {
    "Answer": "answering.answers",
    "IngestionService": "ingestion",
    "LibraryService": "library",
    "MusicVectorizationService": "vectorization",
    "RecommendationService": "recommendation",
    "VideoAnalysisService": "analysis",
    "job_handlers": "handlers",
    "report_payload": "payloads",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
