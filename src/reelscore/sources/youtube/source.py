"""Music videos of YouTube: what is trending in a country, or what is at given addresses.

YouTube's policy forbids to download or store what it shows. So the source gives metadata and links, and
their sound only if the user opted in; then it is deleted as soon as it was analysed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from reelscore.errors import (
    ConfigurationError,
    InvalidInputError,
    ReelscoreError,
    SourceError,
    UnusableAudioError,
)
from reelscore.net.http import HttpClient, Timeouts
from reelscore.net.payload import address, country_code
from reelscore.net.quota import DailyQuota
from reelscore.net.rate_limit import PROCESS_RATES, RateLimiter, RateStore
from reelscore.net.retry import RetryPolicy
from reelscore.records import Track, TrackIssue
from reelscore.sources.youtube.payload import (
    SOURCE,
    WATCH_URL,
    is_exhausted,
    judge_videos,
    next_page,
    parse_info,
    parse_videos,
)
from reelscore.sources.youtube.sound import YtDlp, require_extra

BASE_URL = "https://www.googleapis.com/youtube/v3"
LARGEST_PAGE = 50
MAX_VIDEOS = 10_000

_UNITS_PER_PAGE = 1
_MUSIC_CATEGORY = "10"
_PARTS = "snippet,contentDetails,statistics,status,topicDetails"
_CALLS_PER_MINUTE = 120  # of the Data API, which counts units and not calls
_SOUND_CALLS_PER_MINUTE = 20
_MAX_SOUND_BYTES = 100_000_000

OPT_IN = (
    "YouTube's policy forbids to download what it shows, so only metadata and links are had; to have the "
    "sound analysed all the same, on your own responsibility, set REELSCORE_YOUTUBE_AUDIO=1"
)


class YouTubeSource:
    """Trending music videos, or the videos at given addresses.

    Parameters
    ----------
    max_videos
        Videos to take at most, 1 to 10,000; YouTube's chart has some 200.
    region
        The country of the chart, as a code of two letters.
    urls
        Addresses of videos or playlists to take instead of the chart; this needs `audio`.
    api_key
        Of the YouTube Data API; only the chart needs it.
    audio
        Whether the user opted in to have sound fetched.
    folder
        Where sound lies while it is analysed.
    quota
        Where the units of the Data API are counted; None: nowhere.
    max_seconds
        Of a video; longer ones are no single song.
    base_url, watch_url, policy, timeouts, limited
        The service and how it is called; `limited`: within its rate limits.
    rates
        Where all workers count their calls; None: in this process alone.

    Raises
    ------
    InvalidInputError
        An argument cannot be used.
    ConfigurationError
        The key cannot be one.
    """

    name = SOURCE
    fetches = 2  # videos whose sound is under way at once

    def __init__(
        self,
        max_videos: int = 50,
        region: str = "US",
        *,
        urls: Sequence[str] = (),
        api_key: str | None = None,
        audio: bool = False,
        folder: Path,
        quota: DailyQuota | None = None,
        max_seconds: float = 1200.0,
        base_url: str = BASE_URL,
        watch_url: str = WATCH_URL,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        limited: bool = True,
        rates: RateStore | None = None,
    ) -> None:
        if (
            isinstance(max_videos, bool)
            or not isinstance(max_videos, int)
            or not 1 <= max_videos <= MAX_VIDEOS
        ):
            raise InvalidInputError(f"max_videos must be a number from 1 to {MAX_VIDEOS}, not {max_videos!r}")
        self._max_videos = max_videos
        self._region = country_code(region)
        self._urls = list(dict.fromkeys([urls] if isinstance(urls, str) else urls))
        for url in self._urls:
            if address(url) is None:
                raise InvalidInputError(f"{url!r} is no address of a video; it begins with https://")
        self._key = _checked_key(api_key)
        self._audio = audio
        self._quota = quota
        self._max_seconds = max_seconds
        self._url = base_url.rstrip("/") + "/videos"
        self._watch_url = watch_url

        def limiter(service: str, calls: int) -> RateLimiter:
            return RateLimiter(calls if limited else None, service=service, rates=rates or PROCESS_RATES)

        self._client = HttpClient(
            "YouTube",
            limiter=limiter(self._url, _CALLS_PER_MINUTE),
            policy=policy,
            timeouts=timeouts,
            judge=self._judge,
            before=self._spend,
        )
        self._sound = YtDlp(
            folder=folder,
            limiter=limiter("yt-dlp", _SOUND_CALLS_PER_MINUTE),
            policy=policy,
            timeouts=timeouts,
            max_bytes=_MAX_SOUND_BYTES,
            # Other hosts than YouTube's own are those that the settings put in its place.
            trusted={_host(url) for url in (base_url, watch_url)} - {_host(BASE_URL), _host(WATCH_URL)},
        )

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The videos in the order of the chart or of the addresses; one that cannot be had is an issue.

        Raises
        ------
        ConfigurationError
            The key, the extra or the opt-in is missing.
        SourceError
            The chart cannot be read at all.
        """
        if self._urls and not self._audio:
            raise ConfigurationError(OPT_IN)
        if not self._urls and self._key is None:
            raise ConfigurationError(
                "what is trending on YouTube needs a key of its Data API; set YOUTUBE_API_KEY"
            )
        if self._audio:
            require_extra()
        yield from self._at_urls() if self._urls else self._trending()

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The sound of a video, for as long as the context is open; then it is deleted.

        Raises
        ------
        UnusableAudioError
            Nobody opted in to have sound fetched, or this video gives none to this machine.
        SourceError
            It cannot be had.
        """
        if not self._audio:
            raise UnusableAudioError(OPT_IN)
        with self._sound.download(track.uri or self._watch_url.format(id=track.source_id)) as path:
            yield path

    def _trending(self) -> Iterator[Track | TrackIssue]:
        offered, token = 0, None
        tokens: set[str] = set()
        while offered < self._max_videos:
            try:
                answer = self._page(self._max_videos - offered, token)
            except SourceError as error:
                if not offered:
                    raise
                # What came before is still good.
                yield TrackIssue(f"YouTube's chart after video {offered}", str(error), error.code)
                return
            items = parse_videos(
                answer, region=self._region, max_seconds=self._max_seconds, watch_url=self._watch_url
            )
            for item in items[: self._max_videos - offered]:
                offered += 1
                yield item
            token = next_page(answer)
            if token is None or token in tokens or not items:
                return
            tokens.add(token)

    def _page(self, wanted: int, token: str | None) -> object:
        params: dict[str, str | int] = {"part": _PARTS, "chart": "mostPopular", "regionCode": self._region}
        params |= {"videoCategoryId": _MUSIC_CATEGORY, "maxResults": min(LARGEST_PAGE, wanted)}
        if token is not None:
            params["pageToken"] = token
        # In a header, since addresses end up in logs.
        return self._client.get_json(self._url, params=params, headers={"X-Goog-Api-Key": self._key or ""})

    def _spend(self) -> None:
        if self._quota is not None:  # for each attempt: an invalid call costs as much as a valid one
            self._quota.reserve(_UNITS_PER_PAGE).begin()

    def _judge(self, status: int, document: object) -> ReelscoreError | None:
        if self._quota is not None and is_exhausted(document):
            self._quota.exhaust()
        return judge_videos(status, document)

    def _at_urls(self) -> Iterator[Track | TrackIssue]:
        left = self._max_videos
        for url in self._urls:
            if left == 0:
                return
            for found_at, found in self._sound.describe(url, left):
                left -= 1
                if isinstance(found, ReelscoreError):
                    yield TrackIssue(found_at, str(found), found.code)
                else:
                    yield parse_info(found, max_seconds=self._max_seconds)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _checked_key(key: str | None) -> str | None:
    key = (key or "").strip()
    # Anything else cannot be sent in a header, and the error that says so would show it.
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigurationError("YOUTUBE_API_KEY holds characters that no key has; copy it again")
    return key or None
