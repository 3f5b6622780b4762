"""Makes the video analyser that the settings choose, with the local one behind a model of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reelscore.config import Settings
from reelscore.video.fallback import FallbackAnalyzer
from reelscore.video.local.analyzer import LocalAnalyzer

if TYPE_CHECKING:
    from pydantic import SecretStr

    from reelscore.catalog.usage import UsageStore
    from reelscore.video.base import VideoAnalyzer
    from reelscore.video.showing import PictureReader

_NO_KEY = (
    "GEMINI_API_KEY is not set, so the local analyser answered from measurements alone "
    "(REELSCORE_ANALYZER=local makes it the chosen one)"
)

# Opens the catalogue's count of what is spent; asked only if something is counted, for `analyze video` needs
# no library.
OpenLedger = Callable[[], "UsageStore"]


def choose_analyzer(
    settings: Settings, reader: PictureReader | None, open_ledger: OpenLedger
) -> VideoAnalyzer:
    """The analyser of the settings: a vision model, Gemini, or the local one."""
    model = choose_model(settings, open_ledger)
    if model is None:
        return LocalAnalyzer(degraded=_NO_KEY if settings.analyzer == "auto" else None, reader=reader)
    return FallbackAnalyzer(model, LocalAnalyzer(reader=reader)) if settings.analyzer == "auto" else model


def choose_model(settings: Settings, open_ledger: OpenLedger) -> VideoAnalyzer | None:
    """The vision model or Gemini, as the settings say, with nothing behind it; None if they name neither."""
    chosen = settings.analyzer
    if chosen == "vision" or (chosen == "auto" and settings.vision_url):
        return _vision_model(settings, open_ledger)
    if chosen == "local" or (chosen == "auto" and settings.gemini_api_key is None):
        return None
    return _gemini_model(settings, settings.gemini_api_key, open_ledger)


def gemini_analyzer(
    settings: Settings, key: SecretStr | None, reader: PictureReader | None, open_ledger: OpenLedger
) -> VideoAnalyzer:
    """Gemini with a key, and the local analyser behind it unless the settings want Gemini alone."""
    gemini = _gemini_model(settings, key, open_ledger)
    return gemini if settings.analyzer == "gemini" else FallbackAnalyzer(gemini, LocalAnalyzer(reader=reader))


def _gemini_model(settings: Settings, key: SecretStr | None, open_ledger: OpenLedger) -> VideoAnalyzer:
    from reelscore.video.gemini.analyzer import GeminiAnalyzer
    from reelscore.video.gemini.options import GeminiOptions

    return GeminiAnalyzer(
        key.get_secret_value() if key else None,
        options=GeminiOptions(
            model=settings.gemini_model,
            base_url=settings.gemini_base_url,
            requests_per_minute=settings.gemini_requests_per_minute,
            requests_per_day=settings.gemini_requests_per_day,
            tokens_per_day=settings.gemini_tokens_per_day,
            attempts=settings.gemini_attempts,
            request_seconds=settings.gemini_request_seconds,
            deadline_seconds=settings.gemini_deadline_seconds,
        ),
        ledger=open_ledger() if key else None,
    )


def _vision_model(settings: Settings, open_ledger: OpenLedger) -> VideoAnalyzer:
    from reelscore.video.vision.analyzer import VisionAnalyzer
    from reelscore.video.vision.options import VisionOptions

    limited = (settings.vision_requests_per_day, settings.vision_tokens_per_day) != (None, None)
    return VisionAnalyzer(
        settings.vision_key.get_secret_value() if settings.vision_key else None,
        options=VisionOptions(
            url=settings.vision_url,
            model=settings.vision_model,
            pictures=settings.vision_pictures,
            requests_per_minute=settings.vision_requests_per_minute,
            requests_per_day=settings.vision_requests_per_day,
            tokens_per_day=settings.vision_tokens_per_day,
            attempts=settings.vision_attempts,
            request_seconds=settings.vision_request_seconds,
            deadline_seconds=settings.vision_deadline_seconds,
        ),
        ledger=open_ledger() if limited else None,
    )
