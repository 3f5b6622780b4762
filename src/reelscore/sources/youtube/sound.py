"""The sound of videos, through yt-dlp: only if the user opted in, and kept only while it is analysed."""

from __future__ import annotations

import importlib.util
import itertools
import logging
import re
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from reelscore.errors import ConfigurationError, ReelscoreError, SourceError, UnusableAudioError, how_to_get
from reelscore.net.http import Timeouts
from reelscore.net.outgoing import check_public
from reelscore.net.payload import address, mapping
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.retry import RetryableError, RetryPolicy, call_service
from reelscore.net.temporary import temporary_folder
from reelscore.net.waiting import check_stop

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# One file that has sound: there may be no ffmpeg that could join or convert what is in pieces.
_FORMAT = "bestaudio[protocol^=http][ext=m4a]/bestaudio[protocol^=http]/bestaudio/best[height<=480]/worst"
_MAX_MESSAGE = 200

# What yt-dlp's messages mean: the first pattern that is found in one counts.
_MEANINGS: tuple[tuple[str, type[Exception], str], ...] = (
    (r"private video", UnusableAudioError, "a private video"),
    (
        r"confirm your age|age.?restricted|age.?verification|inappropriate for some",
        UnusableAudioError,
        "restricted to adults who are signed in",
    ),
    (
        r"available (?:in|from) your (?:country|location|region)|in your country|geo.?restrict",
        UnusableAudioError,
        "blocked in the country of this machine",
    ),
    (
        r"will begin in|premieres? in|has not started|not yet started",
        UnusableAudioError,
        "a premiere to come",
    ),
    (r"\blive (?:stream|event|broadcast)|not currently live", UnusableAudioError, "a live stream"),
    (
        r"members.only|join this channel|requires payment|paid content|premium|rent or buy",
        UnusableAudioError,
        "only for those who pay",
    ),
    (r"copyright", UnusableAudioError, "blocked by the owner of its rights"),
    (
        r"has been removed|been deleted|no longer available|does not exist|account.*terminated"
        r"|video (?:is )?(?:not available|unavailable)|http error 4(?:04|10)",
        UnusableAudioError,
        "removed, or never there",
    ),
    (r"unsupported url", UnusableAudioError, "no video was found at this address"),
    (
        r"not a bot|sign in to confirm",
        SourceError,
        "YouTube takes this machine for a robot; try again in some hours",
    ),
    (
        r"http error 403|nsig|signature|requested format is not available|no (?:video )?formats"
        r"|js runtime|javascript",
        SourceError,
        "its sound is refused; a newer yt-dlp or a JavaScript runtime for it may help (docs/sources.md)",
    ),
    (r"http error (429|5\d\d)", RetryableError, "is busy"),
    (
        r"timed out|timeout|connection|temporary failure|incomplete|bytes read|more expected|data blocks"
        r"|unreachable|name or service|end of file|\beof\b",
        RetryableError,
        "broke off or cannot be reached",
    ),
)


class YtDlp:
    """Asks yt-dlp, which runs in this process.

    Parameters
    ----------
    folder
        Where the sound lies while it is analysed.
    limiter, policy, timeouts
        How the sites behind it are called.
    max_bytes
        Of one file.
    trusted
        Hosts that may be asked wherever they are, and for any page; all others must be on the public internet
        and known to yt-dlp as a site.
    """

    def __init__(
        self,
        *,
        folder: Path,
        limiter: RateLimiter,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        max_bytes: int,
        trusted: Collection[str] = (),
    ) -> None:
        self._folder = folder
        self._trusted = trusted
        self._limiter = limiter
        self._policy = policy or RetryPolicy()
        self._timeouts = timeouts or Timeouts()
        self._max_bytes = max_bytes

    def describe(self, url: str, limit: int) -> Iterator[tuple[str, object]]:
        """Address and description of what is at an address; of a playlist, of each of its first `limit`.

        If one cannot be described, its error comes in the place of the description.
        """
        found = self._described(url, extract_flat="in_playlist", playlistend=limit)
        entries = mapping(found).get("entries")
        if entries is None:
            yield url, found
            return
        for entry in itertools.islice(entries, limit):
            one = address(mapping(entry).get("url")) or address(mapping(entry).get("webpage_url"))
            if one is None:
                yield url, UnusableAudioError("an entry of the playlist has no address")
            else:
                yield one, self._described(one, noplaylist=True, playlistend=1)

    @contextmanager
    def download(self, url: str) -> Iterator[Path]:
        """A temporary file with the sound of a video; it is deleted when the context ends.

        Raises
        ------
        UnusableAudioError
            The video is not for this machine, or too large.
        TransientSourceError
            The site cannot be reached, is busy, or breaks off, after all attempts.
        SourceError
            It cannot be had for another reason.
        """
        with temporary_folder(self._folder) as folder:
            yield self._call(url, lambda: self._save(url, folder))

    def _described(self, url: str, **options: Any) -> object:
        try:
            given = options | self._common(url)
            return self._call(url, lambda: _run(url, download=False, options=given))
        except ReelscoreError as error:
            return error

    def _save(self, url: str, folder: Path) -> Path:
        for left in folder.iterdir():  # by an attempt that broke off
            left.unlink()
        too_large = UnusableAudioError(
            f"its sound has more than the {self._max_bytes / 1e6:g} MB that are taken"
        )

        def watch(state: Any) -> None:
            check_stop()
            # A server that states no size, or a wrong one, passes yt-dlp's own check.
            if (mapping(state).get("downloaded_bytes") or 0) > self._max_bytes:
                raise too_large

        options = {
            "outtmpl": {"default": str(folder / "sound.%(ext)s")},
            "max_filesize": self._max_bytes,
            "progress_hooks": [watch],
            "noplaylist": True,
            "playlistend": 1,
            "fixup": "never",
            "nopart": True,
            "updatetime": False,
        }
        _run(url, download=True, options=options | self._common(url))
        saved = sorted(folder.iterdir(), key=lambda path: path.stat().st_size)
        if not saved:  # yt-dlp leaves out what is too large without an error
            raise too_large
        if saved[-1].stat().st_size == 0:
            raise RetryableError("sent an empty file")
        return saved[-1]

    def _common(self, url: str) -> dict[str, Any]:
        check_public(url, trusted=self._trusted)
        # The one for any page follows whatever that page names.
        sites = ["default"] if urlsplit(url).hostname in self._trusted else ["default", "-generic"]
        # Attempts are counted here and not by yt-dlp, so its own are switched off.
        none = {"retries": 0, "fragment_retries": 0, "extractor_retries": 0, "file_access_retries": 0}
        quiet = {"quiet": True, "noprogress": True, "no_warnings": True, "logger": _Silent()}
        timeout = self._timeouts.piece_seconds
        own = {"format": _FORMAT, "cachedir": False, "socket_timeout": timeout, "allowed_extractors": sites}
        return none | quiet | own

    def _call(self, url: str, attempt: Callable[[], Result]) -> Result:
        site = urlsplit(url).hostname or "the site"
        return call_service(attempt, service=site, policy=self._policy, limiter=self._limiter)


def require_extra() -> None:
    """Refuse to go on without yt-dlp.

    Raises
    ------
    ConfigurationError
        The extra `youtube` is not installed.
    """
    if "yt_dlp" not in sys.modules and importlib.util.find_spec("yt_dlp") is None:
        raise ConfigurationError(f"sound of YouTube needs the package yt-dlp; {how_to_get('youtube')}")


def explain(message: str) -> Exception:
    """The error that a message of yt-dlp means: RetryableError if another attempt makes sense."""
    for pattern, kind, sentence in _MEANINGS:
        if re.search(pattern, message, re.IGNORECASE):
            return kind(sentence)
    # "ERROR: [youtube] id: reason; please report this issue on ..." (with colours if it likes)
    line = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())
    line = re.sub(r"^(?:ERROR:\s*)?(?:\[[\w:.+-]+\]\s*)?(?:[\w-]{6,20}:\s+)?", "", line)
    line = re.split(r"[;.]?\s*(?:please report this issue|See\s+https?://|\(caused by)", line)[0]
    return SourceError(f"yt-dlp could not fetch it: {line[:_MAX_MESSAGE] or 'it does not say why'}")


def _run(url: str, *, download: bool, options: dict[str, Any]) -> object:
    require_extra()
    import yt_dlp

    try:
        with yt_dlp.YoutubeDL(options) as client, ExitStack() as opened:
            _close_behind(client, opened)
            found: object = client.extract_info(url, download=download)
    except (ReelscoreError, RetryableError):
        raise
    except yt_dlp.utils.YoutubeDLError as error:
        raise explain(str(error)) from error
    except OSError as error:
        raise SourceError(f"the sound cannot be written: {error.strerror or error}") from error
    except Exception as error:
        # Hundreds of parsers of other people's pages: whatever one of them raises is about this video.
        log.info("yt-dlp failed on %s", url, exc_info=True)
        raise SourceError(f"yt-dlp could not read it ({type(error).__name__}); a newer one may") from error
    return found


def _close_behind(client: Any, opened: ExitStack) -> None:
    """Have the responses that a client opens closed; it leaves those open that it fails at."""
    from yt_dlp.networking.exceptions import HTTPError

    ask = client.urlopen

    def urlopen(request: Any) -> Any:
        try:
            response = ask(request)
        except HTTPError as error:  # keeps its response
            opened.callback(error.close)
            raise
        opened.callback(response.close)
        return response

    client.urlopen = urlopen


class _Silent:
    """Takes what yt-dlp would print; its errors come as exceptions."""

    def debug(self, message: str) -> None:
        log.debug("%s", message)

    info = warning = error = debug
