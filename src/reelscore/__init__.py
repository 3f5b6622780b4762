"""Self-hosted music recommendation for video, text and songs.

>>> from reelscore import RecommendationService
>>> songs = RecommendationService().recommend_by_text_query("calm acoustic guitar")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelscore.facade import MusicVectorizationService, RecommendationService, VideoAnalysisService

__version__ = "0.1.0"

__all__ = [
    "MusicVectorizationService",
    "RecommendationService",
    "VideoAnalysisService",
    "__version__",
]


def __getattr__(name: str) -> Any:
    # On first use only: `reelscore --help` must not pay for what it does not use.
    if name in __all__:
        from reelscore import facade

        return getattr(facade, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
