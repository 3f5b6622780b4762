"""The SDK, imported late, and what is read out of its answers."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from reelscore.errors import ConfigurationError, how_to_get
from reelscore.video.asking.conversation import Reply

if TYPE_CHECKING:
    from google.genai import types

_BLOCKED = frozenset(
    {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY", "JAILBREAK"}
)


class _NotAboutTheEnvironment(logging.Filter):
    """Drops the SDK's remark on which variable it reads: it reads none, since the key is passed to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "GOOGLE_API_KEY" not in str(record.msg)


_FILTER = _NotAboutTheEnvironment()


def require_sdk() -> None:
    """Import the SDK, so that those who need it may do the same; ConfigurationError without the extra."""
    try:
        import google.genai.types  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(f"Gemini needs the package google-genai; {how_to_get('gemini')}") from error
    logging.getLogger("google_genai._api_client").addFilter(_FILTER)  # adding it again changes nothing


def check_key(api_key: str | None) -> str:
    """The key, if it can be one; ConfigurationError otherwise."""
    key = (api_key or "").strip()
    if not key:
        raise ConfigurationError("GEMINI_API_KEY is not set, so Gemini cannot be asked")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        # The HTTP library would quote such a key in its error.
        raise ConfigurationError("GEMINI_API_KEY holds a character that no key has; copy it again")
    return key


def read_reply(response: types.GenerateContentResponse) -> Reply:
    """What matters of a response; every part of it may be missing."""
    candidate = response.candidates[0] if response.candidates else None
    parts = (candidate.content.parts if candidate and candidate.content else None) or []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    finish = candidate.finish_reason.value if candidate and candidate.finish_reason else ""
    blocked = None
    if response.prompt_feedback and response.prompt_feedback.block_reason:
        blocked = str(response.prompt_feedback.block_reason.value)
    elif finish in _BLOCKED:
        blocked = finish
    usage = response.usage_metadata
    return Reply(
        text=text,
        finish=finish,
        blocked=blocked,
        prompt_tokens=(usage and usage.prompt_token_count) or 0,
        output_tokens=(usage and usage.candidates_token_count) or 0,
        thought_tokens=(usage and usage.thoughts_token_count) or 0,
        total_tokens=usage.total_token_count if usage else None,
        model_version=response.model_version or "",
    )
