"""What exports write, read back: timecodes and URLs."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from urllib.parse import unquote

from reelscore.export.timecode import timebase


def parse_timecode(text: str, rate: Fraction) -> tuple[int, bool]:
    """(frame, drop-frame or not) of a timecode."""
    match = re.fullmatch(r"(\d{2}):(\d{2}):(\d{2})([:;])(\d{2,3})", text)
    assert match is not None, text
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base, whole = timebase(rate), hours * 60 + minutes
    assert minutes < 60 and seconds < 60 and frames < base, text
    frame = (whole * 60 + seconds) * base + frames
    if match[4] == ":":
        return frame, False
    step = base // 15
    assert not (minutes % 10 and seconds == 0 and frames < step), f"{text} is a number that is left out"
    return frame - step * (whole - whole // 10), True


def path_of_url(url: str) -> str:
    """The path that a URL of `file_url` stands for."""
    rest = url.removeprefix("file://")
    path = os.fsdecode(unquote(rest, errors="surrogateescape").encode("utf-8", "surrogateescape"))
    path = path.removeprefix("localhost")
    if re.match(r"[A-Za-z]:[\\/]", path[1:]):
        return path[1:].replace("/", "\\")
    return path if path.startswith("/") else "\\\\" + path.replace("/", "\\")
