"""What can go wrong between us and Gemini, in our own words.

The SDK's errors hold the request with its headers, and the service may quote the key back: so nothing
of them is kept but a short text, cleaned of the key. They are no cause of what is raised either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reelscore.errors import AnalysisError, ConfigurationError
from reelscore.net.retry import TRANSIENT_STATUSES, RetryableError, read_retry_after
from reelscore.video.asking.schema import clean

_MAX_DETAIL = 240  # characters that are quoted of the service's own words

# Keys of Google look like this, whoever's they are.
_KEY = re.compile(r"AIza[0-9A-Za-z_-]{20,}")


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that failed."""

    message: str
    transient: bool = False  # a later try may mend it
    retry_after: float | None = None  # seconds that the service asks to wait
    status: int | None = None  # of HTTP, if there was an answer
    free: bool = False  # the service did no work, so no tokens are charged
    configuration: bool = False  # the user can mend it: key, model, extra

    def error(self) -> Exception:
        """What is raised for it."""
        if self.transient:
            return RetryableError(self.message, retry_after=self.retry_after)
        return (ConfigurationError if self.configuration else AnalysisError)(self.message)


TOO_LONG = Fault("Gemini did not answer in time", transient=True)


class Redactor:
    """Takes the key out of whatever is going to be shown."""

    def __init__(self, api_key: str) -> None:
        self._secrets = {api_key, quote(api_key, safe="")} - {""}

    def __call__(self, text: str) -> str:
        """The text without the key, plain, and short enough to be part of a message."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return clean(_KEY.sub("***", text), _MAX_DETAIL)


def fault_of(error: Exception, redact: Redactor, *, model: str | None = None) -> Fault | None:
    """The fault that an exception of the SDK or of its HTTP client stands for; None: it is none of them.

    `model` is the one that was asked, if one was.
    """
    import httpx
    from google.genai import errors

    if isinstance(error, errors.APIError):
        return _from_status(error, redact, model)
    if isinstance(error, httpx.TimeoutException):
        return TOO_LONG
    if isinstance(error, httpx.ConnectError):
        return Fault("Gemini cannot be reached; check the network", transient=True, free=True)
    if isinstance(error, httpx.TransportError | ConnectionError):
        return Fault("the connection to Gemini broke off", transient=True)
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return Fault(f"Gemini could not be asked: {redact(str(error)) or type(error).__name__}")
    if isinstance(error, ValueError | KeyError | TypeError | AttributeError):
        # Pydantic's and the JSON parser's errors too: an answer that the SDK does not understand.
        return Fault(f"Gemini's answer cannot be read: {redact(type(error).__name__)}")
    return None


def _from_status(error: Any, redact: Redactor, model: str | None) -> Fault:
    status = error.code if isinstance(error.code, int) else 0
    words = redact(error.message) if isinstance(error.message, str) else ""
    said = f" ({words})" if words else ""
    details = list(_details(error.details))
    reasons = {str(detail.get("reason")) for detail in details}
    if status in (401, 403) or "API_KEY_INVALID" in reasons or (status == 400 and "api key" in words.lower()):
        text = f"Gemini refused the key{said}; check GEMINI_API_KEY"
        return Fault(text, status=status, free=True, configuration=True)
    if status == 404 and model is not None:
        text = f"Gemini does not know the model {model}{said}; set REELSCORE_GEMINI_MODEL to one it knows"
        return Fault(text, status=status, free=True, configuration=True)
    if status == 429 and _per_day(details):
        text = f"the daily quota of the Gemini key is used up{said}; wait until it is renewed"
        return Fault(text, status=status, free=True)
    if status in TRANSIENT_STATUSES:
        text = {429: "Gemini is asked too often", 503: "Gemini is overloaded"}.get(
            status, f"Gemini failed with status {status}"
        )
        wait = _retry_after(details, getattr(error.response, "headers", None))
        return Fault(f"{text}{said}", transient=True, retry_after=wait, status=status, free=True)
    return Fault(f"Gemini refused the request with status {status}{said}", status=status, free=True)


def _details(body: Any) -> Iterator[Mapping[str, Any]]:
    """The detail records of an error body, whatever shape it has."""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    details = inner.get("details") if isinstance(inner, dict) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            yield detail


def _per_day(details: list[Mapping[str, Any]]) -> bool:
    """Whether it is a quota of the day that is used up, which no short wait mends."""
    for detail in details:
        violations = detail.get("violations")
        for violation in violations if isinstance(violations, list) else []:
            if isinstance(violation, dict) and "perday" in str(violation.get("quotaId", "")).lower():
                return True
    return False


def _retry_after(details: list[Mapping[str, Any]], headers: Any) -> float | None:
    """Seconds to wait, from the body's RetryInfo ("17s") or from the header (seconds, or a date)."""
    for detail in details:
        if str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,9})?)s", str(detail.get("retryDelay", "")))
            if found:
                return float(found[1])
    value = headers.get("retry-after") if headers is not None else None
    return read_retry_after(value) if isinstance(value, str) else None
