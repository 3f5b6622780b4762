"""What can be set about the vision analyser. The key is not among it, so that this may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from reelscore.errors import ConfigurationError, InvalidInputError

_ROUTE = "/chat/completions"


@dataclass(frozen=True, slots=True)
class VisionOptions:
    """Settings of the analyser, with defaults that suit a model of a few billion weights on one machine."""

    url: str = ""  # such as http://localhost:11434/v1
    model: str = ""
    pictures: int = 12  # that a model sees of a video, at most
    long_side: int = 512  # pixels of a picture
    max_output_tokens: int = 4096

    request_seconds: float = 180.0  # for one call; the first one may load the model
    deadline_seconds: float = 600.0  # for all that is asked about one video
    attempts: int = 3  # of each call
    first_wait_seconds: float = 1.0  # before the second attempt; doubled for each one after it

    requests_per_minute: int | None = None  # in this process; None: no limit
    requests_per_day: int | None = None  # of the whole library; None: no limit
    tokens_per_day: int | None = None  # in and out together; None: no limit

    def __post_init__(self) -> None:
        for name in ("pictures", "long_side", "max_output_tokens", "request_seconds", "deadline_seconds"):
            if not getattr(self, name) > 0:
                raise InvalidInputError(f"{name} must be above 0, but is {getattr(self, name)}")

    @property
    def address(self) -> str:
        """Where questions are posted to.

        Raises
        ------
        ConfigurationError
            Address or model is missing, or the address is none.
        """
        parts = urlsplit(self.url.strip())
        if not self.url.strip():
            raise ConfigurationError("REELSCORE_VISION_URL is not set, so no vision model can be asked")
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ConfigurationError(
                "REELSCORE_VISION_URL must be an address such as http://localhost:11434/v1, without a user"
            )
        if not self.model.strip():
            raise ConfigurationError("REELSCORE_VISION_MODEL is not set; name the model that is to be asked")
        path = parts.path.rstrip("/").removesuffix(_ROUTE) or "/v1"
        return f"{parts.scheme}://{parts.netloc}{path}{_ROUTE}"
