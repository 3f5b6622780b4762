"""What a person says of a film with times: "office, meeting; 0:20 the sea, waves". Pure.

A time begins a scene, which lasts until the next one; what stands before the first holds from the start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOCK = r"(?:\d{1,2}:)?\d{1,2}:[0-5]\d"
_TIME = re.compile(
    rf"(?:\b(?:from|at)\s+)?(?<![\d:])(?P<start>{_CLOCK})(?:\s*(?:-|–|to|until)\s*(?P<end>{_CLOCK}))?(?!:?\d)\s*:?"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of a film and what is to be seen in it; `end` is None if it lasts to the end."""

    start: float  # seconds
    end: float | None
    words: str


def scenes_of(about: str) -> tuple[Scene, ...]:
    """The scenes of a text in the order of their times; empty if it names no time.

    "0:05-0:20 a street" ends at 0:20, whatever follows.
    """
    marks = list(_TIME.finditer(about))
    if not marks:
        return ()
    found: list[tuple[float, float | None, str]] = [(0.0, None, _plain(about[: marks[0].start()]))]
    for mark, after in zip(marks, [*(one.start() for one in marks[1:]), len(about)], strict=True):
        end = _seconds(mark["end"]) if mark["end"] else None
        found.append((_seconds(mark["start"]), end, _plain(about[mark.end() : after])))
    found = sorted((one for one in found if one[2]), key=lambda one: one[0])
    scenes = []
    for at, (start, end, words) in enumerate(found):
        ends = [one for one in (end, found[at + 1][0] if at + 1 < len(found) else None) if one is not None]
        if not ends or min(ends) > start:
            scenes.append(Scene(start, min(ends, default=None), words))
    return tuple(scenes)


def without_times(about: str) -> str:
    """The same text, of which the times are left out."""
    return _plain(_TIME.sub(", ", about))


def _seconds(text: str) -> float:
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60.0 + float(part)
    return seconds


def _plain(text: str) -> str:
    return re.sub(r"\s*,(?:\s*,)+", ",", text).strip(" ,;.–-\n\t")
