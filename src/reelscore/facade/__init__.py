"""The documented classes. Each is imported on first use, so that a command pays only for its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelscore.facade.analysis import VideoAnalysisService
    from reelscore.facade.recommendation import RecommendationService
    from reelscore.facade.vectorization import MusicVectorizationService

__all__ = ["MusicVectorizationService", "RecommendationService", "VideoAnalysisService"]

_MODULES = {
    "MusicVectorizationService": "vectorization",
    "RecommendationService": "recommendation",
    "VideoAnalysisService": "analysis",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
