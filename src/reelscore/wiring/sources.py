"""Makes the music sources as the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from reelscore.config import Settings
from reelscore.errors import ConfigurationError, UnknownNameError
from reelscore.records import song_id

if TYPE_CHECKING:
    from reelscore.catalog.store import Catalog
    from reelscore.sources.base import Source
    from reelscore.sources.servers.base import MusicServer

SourceName = Literal["demo", "folder", "itunes", "jellyfin", "plex", "subsonic", "youtube"]
SOURCES: tuple[SourceName, ...] = get_args(SourceName)
SERVERS = ("jellyfin", "plex", "subsonic")  # sources that are music servers


def open_source(
    name: str, options: Mapping[str, Any], settings: Settings, catalog: Callable[[], Catalog]
) -> Source:
    """A music source by name.

    Parameters
    ----------
    catalog
        Opens the catalogue, for the sources that ask it.

    Raises
    ------
    UnknownNameError
        There is no such source; with the known names.
    """
    if name == "folder":
        return _folder(options, catalog)
    if name == "demo":
        from reelscore.sources.demo import DemoSource

        return DemoSource(limit=options.get("max_videos"))
    if name == "itunes":
        return _itunes(options, settings, catalog())
    if name in SERVERS:
        return _server(name, options, settings)
    if name == "youtube":
        return _youtube(options, settings, catalog())
    raise UnknownNameError("source", name, SOURCES)


def open_server(settings: Settings, kind: str, url: str | None = None) -> MusicServer:
    """The music server of a kind that the settings name, or the one at an address.

    Raises
    ------
    ConfigurationError
        No address, or nobody who asks, is set.
    """
    url = url or getattr(settings, f"{kind}_url")
    if not url:
        raise ConfigurationError(f"no music server is named; set REELSCORE_{kind.upper()}_URL")

    def secret(name: str) -> str:
        value = getattr(settings, f"{kind}_{name}")
        return value.get_secret_value() if value else ""

    if kind == "jellyfin":
        from reelscore.sources.servers.jellyfin import JellyfinServer

        user = settings.jellyfin_user
        return JellyfinServer(url, user=user, password=secret("password"), token=secret("token"))
    if kind == "plex":
        from reelscore.sources.servers.plex import PlexServer

        return PlexServer(url, token=secret("token"))
    from reelscore.sources.servers.subsonic import SubsonicServer

    user = settings.subsonic_user
    return SubsonicServer(url, user=user, password=secret("password"), api_key=secret("api_key"))


def _server(kind: str, options: Mapping[str, Any], settings: Settings) -> Source:
    from reelscore.sources.servers.source import ServerSource

    folder = options.get("folder") or getattr(settings, f"{kind}_folder")
    return ServerSource(
        open_server(settings, kind, options.get("url")),
        fetched=settings.fetched_dir,
        folder=Path(folder).expanduser() if folder else None,
    )


def _folder(options: Mapping[str, Any], catalog: Callable[[], Catalog]) -> Source:
    from reelscore.sources.folder.source import RECORD_SECONDS, FolderSource, HeardFile

    def stamps(names: Sequence[str]) -> Mapping[str, HeardFile]:
        """How the files were in which the library heard these, and whether they may be whole records."""
        known = catalog().known_files([song_id(FolderSource.name, name) for name in names])
        long = catalog().long_files({file.song_id for file in known.values()}, RECORD_SECONDS)
        rows = ((name, known.get(song_id(FolderSource.name, name))) for name in names)
        return {name: HeardFile(row.stamp, row.song_id in long) for name, row in rows if row is not None}

    paths: Sequence[str] = options.get("paths", ())
    return FolderSource(
        [Path(path) for path in paths],
        stamps=stamps,
        prune=bool(options.get("prune", False)),
        confirmed=bool(options.get("yes", False)),
    )


def _itunes(options: Mapping[str, Any], settings: Settings, catalog: Catalog) -> Source:
    from reelscore.sources.itunes import ITunesSource

    return ITunesSource(
        artists=options.get("artists") or (),
        term=options.get("term"),
        country=options.get("country") or settings.itunes_country,
        limit=options.get("limit", 50),
        folder=settings.fetched_dir,
        base_url=settings.itunes_base_url,
        calls_per_minute=settings.itunes_calls_per_minute,
        rates=catalog.rates,
    )


def _youtube(options: Mapping[str, Any], settings: Settings, catalog: Catalog) -> Source:
    from reelscore.net.quota import DailyQuota, Limit
    from reelscore.sources.youtube.source import YouTubeSource

    key = settings.youtube_api_key
    units = Limit(settings.youtube_units_per_day, "YouTube units", "REELSCORE_YOUTUBE_UNITS_PER_DAY")
    return YouTubeSource(
        options.get("max_videos", 50),
        options.get("region") or settings.youtube_region,
        urls=options.get("urls") or (),
        api_key=key.get_secret_value() if key else None,
        audio=settings.youtube_audio,
        folder=settings.fetched_dir,
        quota=DailyQuota("youtube", units, ledger=catalog.usage),
        max_seconds=60.0 * settings.youtube_max_minutes,
        base_url=settings.youtube_base_url,
        rates=catalog.rates,
    )
