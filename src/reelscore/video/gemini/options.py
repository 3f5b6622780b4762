"""What can be set about the Gemini analyser. The key is not among it, so that this may be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from reelscore.errors import InvalidInputError

DEFAULT_MODEL = "gemini-flash-latest"
DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com/"

Detail = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How far a video is reduced before it is sent.

    The model looks at one frame a second or so, a few hundred pixels wide: more than that is only sent,
    never seen. The bit rates bound the size: `max_seconds` at 280 kbit/s are 42 MB for 20 minutes.
    """

    short_side: int = 480  # pixels
    frame_rate: float = 2.0  # frames a second of the copy
    max_seconds: float = 1200.0  # of a longer video, evenly spaced pieces of this length together
    piece_seconds: float = 30.0
    video_bits: int = 240_000  # most bits a second of picture
    audio_bits: int = 40_000  # of mono sound
    audio_rate: int = 24_000  # Hz

    def __post_init__(self) -> None:
        _positive(self, "short_side", "frame_rate", "max_seconds", "piece_seconds")
        _positive(self, "video_bits", "audio_bits", "audio_rate")
        if self.piece_seconds > self.max_seconds:
            raise InvalidInputError("piece_seconds must not be above max_seconds")


@dataclass(frozen=True, slots=True)
class GeminiOptions:
    """Settings of the analyser, with defaults that suit the free tier of the API."""

    model: str = DEFAULT_MODEL
    base_url: str = DEFAULT_BASE_URL
    detail: Detail = "low"  # resolution at which the model looks: about 70 tokens a frame; medium, high: 260
    looks_per_second: float = 1.0  # frames a second that the model looks at
    max_output_tokens: int = 8192  # thinking counts among them

    # Sent within the request up to this size and length; beyond, through the Files API. A request may
    # hold 20 MB on the way through some gateways, and base64 makes 4 bytes of 3.
    inline_bytes: int = 14_000_000
    inline_seconds: float = 600.0
    poll_seconds: float = 2.0  # between looks at an uploaded file that is being processed

    request_seconds: float = 180.0  # for one call
    deadline_seconds: float = 600.0  # for all that is asked of Gemini about one video
    attempts: int = 5  # of each call
    backoff_seconds: float = 1.0  # before the second attempt; doubled for each one after it
    backoff_limit_seconds: float = 60.0

    requests_per_minute: int | None = 10  # in this process; None: no limit
    requests_per_day: int | None = 250  # of the whole library; None: no limit
    tokens_per_day: int | None = 5_000_000  # in and out together; None: no limit

    sample: SampleOptions = field(default_factory=SampleOptions)

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise InvalidInputError("the name of the Gemini model is empty; set REELSCORE_GEMINI_MODEL")
        if self.detail not in ("low", "medium", "high"):
            raise InvalidInputError(f"detail is low, medium or high, not {self.detail!r}")
        _positive(self, "looks_per_second", "max_output_tokens", "inline_seconds", "poll_seconds")
        _positive(self, "request_seconds", "deadline_seconds", "attempts", "backoff_limit_seconds")
        for name in ("inline_bytes", "backoff_seconds", "requests_per_day", "tokens_per_day"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InvalidInputError(f"{name} must not be negative, but is {value}")
        if self.requests_per_minute is not None and self.requests_per_minute < 1:
            raise InvalidInputError("requests_per_minute must be at least 1; leave it out for no limit")


def _positive(options: object, *names: str) -> None:
    for name in names:
        value = getattr(options, name)
        if not value > 0:
            raise InvalidInputError(f"{name} must be above 0, but is {value}")
