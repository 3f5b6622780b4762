"""Answers that fit the context of a model: bounded in size, and without what JSON does not have. Pure."""

from __future__ import annotations

import json
import math
from typing import Any

ANSWER_BYTES = 60_000  # of a whole answer; clients get 64 kB at most, with what the protocol puts around it
_LEAST_TEXT = 200  # characters of a text that stay


def bounded(payload: dict[str, Any], most: int = ANSWER_BYTES) -> dict[str, Any]:
    """The payload with its longest lists and texts cut until it fits; `cut` says what is missing of which.

    Parameters
    ----------
    payload
        Plain JSON values. Numbers that are not finite become null.
    most
        Bytes of its JSON, which an answer holds twice: as values, and as the text that is the same.
    """
    made: dict[str, Any] = _finite(payload)
    cut: dict[str, str] = {}
    while _size({**made, "cut": cut}) > most and _cut_longest(made, cut, most):
        pass
    return {**made, "cut": cut} if cut else made


def text_of(payload: dict[str, Any]) -> str:
    """The JSON of a payload, as short as it can be."""
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _size(value: Any) -> int:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) + len(json.dumps(text, ensure_ascii=False).encode())


def _cut_longest(holder: dict[str, Any], cut: dict[str, str], most: int) -> bool:
    """Cut the largest list or text in a payload; False if nothing is left to cut."""
    place: list[str] = []
    inner: Any = holder
    while True:
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        key = max(keys, key=lambda key: _size(inner[key]), default=None)
        if key is None:
            return False
        found = inner[key]
        place.append(str(key))
        if isinstance(found, list) and len(found) > 1:
            kept = max(1, min(len(found) - 1, int(len(found) * most / max(_size(holder), 1) * 0.9)))
            inner[key] = found[:kept]
            name = ".".join(place)
            whole = cut[name].rpartition(" of ")[2] if name in cut else str(len(found))
            cut[name] = f"the first {kept} of {whole}"
            return True
        if isinstance(found, str):
            if len(found) <= _LEAST_TEXT:
                return False
            inner[key] = found[: max(_LEAST_TEXT - 1, len(found) // 2)] + "…"
            cut[".".join(place)] = "the beginning"
            return True
        if not isinstance(found, dict | list) or not found:
            return False
        inner = found


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
