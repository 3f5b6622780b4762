"""What every music server is asked for, and how one is called.

Each API is a module that says how its answers are read; the rest (what is fetched, mounted, skipped, kept in
a playlist) is the same for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypedDict, TypeVar, Unpack
from urllib.parse import urlsplit

from reelscore.errors import (
    ConfigurationError,
    InvalidInputError,
    ReelscoreError,
    SourceError,
    TransientSourceError,
    UnusableAudioError,
)
from reelscore.net.http import HttpClient, Parameters, Timeouts
from reelscore.net.payload import address
from reelscore.net.retry import RetryPolicy
from reelscore.records import TrackIssue

LARGEST_SONG = 1_000_000_000  # bytes
LONGEST_SONG = 24 * 3600.0

_LONGEST_ID = 200
_TIMEOUTS = Timeouts(piece_seconds=20.0, answer_seconds=900.0)  # a whole FLAC over a slow line
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ServerSong:
    """A song as a server describes it."""

    id: str
    uri: str  # where its sound lies, without a secret
    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None
    year: int | None = None
    duration: float | None = None  # seconds
    isrc: str | None = None
    path: str | None = None  # of its file, as the server has it
    size: int | None = None  # of its file, in bytes
    suffix: str | None = None
    is_starred: bool = False
    labels: Mapping[str, str | None] = field(default_factory=dict)


class Connection:
    """Calls one server, whose address the settings name; it may be anywhere, also in this network.

    Parameters
    ----------
    url
        Its address, such as https://music.example.org.
    policy, timeouts
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    """

    def __init__(
        self, url: str, *, policy: RetryPolicy | None = None, timeouts: Timeouts | None = None
    ) -> None:
        self.url = url.strip().rstrip("/")
        if address(self.url) is None:
            raise InvalidInputError(f"{url[:200]!r} is no address such as https://music.example.org")
        parts = urlsplit(self.url)
        self.name = parts.netloc.lower() + parts.path
        trusted = {parts.hostname or ""}

        def client(policy: RetryPolicy | None) -> HttpClient:
            return HttpClient(
                "the music server",
                policy=policy,
                timeouts=timeouts or _TIMEOUTS,
                trusted=trusted,
                judge=judge_status,
            )

        self._client, self._once = client(policy), client(RetryPolicy(attempts=1))

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        once: bool = False,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> object:
        """The JSON that a call answers; None if it answers nothing.

        Parameters
        ----------
        once
            A call that is not to be made again after a failure, since it may have been heard.

        Raises
        ------
        TransientSourceError
            The server cannot be reached, is busy, or answers brokenly.
        SourceError
            It refuses the call.
        ConfigurationError
            It does not know the user.
        """
        client = self._once if once else self._client
        return client.ask_json(method, self.url + path, params=params, headers=headers, body=body)

    def download(
        self,
        uri: str,
        *,
        folder: Path,
        suffix: str,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[Path]:
        """A temporary file with the sound at an address of the server; raises as `ask`."""
        if not uri.startswith(f"{self.url}/"):  # who asks is told to nobody else
            raise SourceError("the song lies on another server than the one of the settings")
        return self._client.download(
            uri, folder=folder, suffix=suffix, max_bytes=LARGEST_SONG, params=params, headers=headers
        )


class Calling(TypedDict, total=False):
    """How a server is called."""

    policy: RetryPolicy | None
    timeouts: Timeouts | None


class MusicServer(ABC):
    """One music server, as one of its users.

    Parameters
    ----------
    url
        Its address.
    calling
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    """

    kind: ClassVar[str]  # what its API is called here

    def __init__(self, url: str, **calling: Unpack[Calling]) -> None:
        self._wire = Connection(url, **calling)
        self.url = self._wire.url
        self.name = self._wire.name  # what its songs are known by: the address without the scheme

    @abstractmethod
    def songs(self) -> Iterator[ServerSong | TrackIssue]:
        """Every song that the user may hear, each once."""

    @abstractmethod
    def sound(self, song: str, uri: str, *, folder: Path, suffix: str = "") -> AbstractContextManager[Path]:
        """The file of a song as it lies on the server, for as long as the context is open."""

    @abstractmethod
    def playlist(self, name: str) -> str | None:
        """The id of the user's own playlist of a name that can be changed; None if there is none."""

    @abstractmethod
    def playlist_songs(self, playlist: str) -> list[str]:
        """Ids of the songs of a playlist, in their order."""

    @abstractmethod
    def make_playlist(self, name: str, songs: Sequence[str]) -> str:
        """Make a playlist; its id."""

    @abstractmethod
    def fill_playlist(self, playlist: str, before: Sequence[str], songs: Sequence[str]) -> None:
        """Let a playlist hold other songs than before, so that no failure empties it."""


class RefusedError(SourceError):
    """The server does not let this user do that."""


def judge_status(status: int, document: object) -> ReelscoreError | None:
    """What the status of a refusal means; the server's own words are anything at all, and are left out."""
    if status == 401:
        return ConfigurationError("the music server refused who asks: check user, password or token")
    if status == 403:
        return RefusedError("the music server does not let this user do that")
    return None


def paged(
    read: Callable[[int], tuple[Sequence[Item], float | None]], key: Callable[[Item], Hashable]
) -> Iterator[Item]:
    """The items of a list that a server gives in pages, each once.

    Parameters
    ----------
    read
        From a place of the list on: some items, and how many there are in all, if the server says so.

    Raises
    ------
    TransientSourceError
        The server gives what it gave before, and said that there is more.
    """
    seen: set[Hashable] = set()
    offset = 0
    while True:
        page, total = read(offset)
        fresh = {key(item): item for item in page if key(item) not in seen}
        seen.update(fresh)
        yield from fresh.values()
        offset += len(page)
        if not fresh:  # a short page is no end: some servers leave out what they cannot show
            if page and total is not None and len(seen) < total:
                raise TransientSourceError(
                    f"the music server has {total:.0f} songs and gave the same ones again after {len(seen)}"
                )
            return
        if total is not None and offset >= total:
            return


def server_id(value: object) -> str | None:
    """An id that a server gave; None if it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_ID else None


def no_song(title: str | None, artists: Collection[str], song: str | None, why: str) -> TrackIssue:
    """Why an item of a catalogue is no song."""
    name = " – ".join(filter(None, (", ".join(artists), title))) or f"song {song or 'without an id'}"
    return TrackIssue(name, why, UnusableAudioError.code)


def keep_playlist(server: MusicServer, name: str, songs: Sequence[str]) -> int:
    """Let the user's playlist of a name hold these songs in this order; it is made if there is none.

    Parameters
    ----------
    songs
        Ids that the server gave.

    Returns
    -------
    int
        How many of them it holds: a server may have lost some since.

    Raises
    ------
    InvalidInputError
        There is no song; nothing is asked.
    SourceError
        The server failed, or keeps other songs than those.
    """
    if not songs:
        raise InvalidInputError("a playlist that is kept on a music server is never emptied")
    playlist = server.playlist(name)
    if playlist is None:
        playlist = server.make_playlist(name, songs)
    elif (before := server.playlist_songs(playlist)) != list(songs):
        server.fill_playlist(playlist, before, songs)
    kept = server.playlist_songs(playlist)
    if not kept or kept != [song for song in songs if song in set(kept)]:
        raise SourceError(f"the music server keeps other songs in “{name}” than it was given")
    return len(kept)
