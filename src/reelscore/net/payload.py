"""Values from outside: each reader takes any JSON, and gives a sane value or None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from reelscore.errors import InvalidInputError

# What an address may consist of; the rest has to be escaped in one that is real.
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20<>\"\\^`{|}\x7f-\x9f\ud800-\udfff]{3,2000}", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_YEAR = re.compile(r"(?:18|19|20)\d\d(?!\d)")


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; empty if the value is something else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """A JSON array; empty if the value is something else."""
    return value if isinstance(value, list) else []


def number(value: object, *, above: float = 0.0, up_to: float = 1e9) -> float | None:
    """A number in a range, its lower end left out. NaN and booleans are refused."""
    if isinstance(value, int | float) and not isinstance(value, bool) and above < value <= up_to:
        return float(value)
    return None


def identifier(value: object) -> str | None:
    """An id of letters, digits, "_" and "-", or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**18:
        return str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def address(value: object) -> str | None:
    """An http(s) address that names a host, and neither a user nor a password."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return value if usable else None


def year(value: object) -> int | None:
    """The year that a date or a number begins with."""
    text = str(value) if isinstance(value, int) and 0 < value < 10**9 else value
    found = _YEAR.match(text) if isinstance(text, str) else None
    return int(found.group()) if found else None


def country_code(text: str) -> str:
    """A country as two capital letters; InvalidInputError if it is none."""
    code = text.strip().upper() if isinstance(text, str) else ""
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise InvalidInputError(f"a country is a code of two letters such as US or DE, not {text!r}")
    return code
