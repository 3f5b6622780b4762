"""Songs of the iTunes Search API: full metadata, and the preview to listen to.

Apple lends previews to promote its store. So a preview is fetched to be analysed and deleted right after;
vectors, measurements and links are kept. The page plays it from Apple's own address beside the link to the
store, and it never goes under a video or into an export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reelscore.errors import InvalidInputError, SourceError, TransientSourceError, UnusableAudioError
from reelscore.net.http import HttpClient, Timeouts
from reelscore.net.payload import address, country_code, identifier, mapping, number, sequence, year
from reelscore.net.rate_limit import PROCESS_RATES, RateLimiter, RateStore
from reelscore.net.retry import RetryPolicy
from reelscore.records import Track, TrackIssue
from reelscore.sources.folder.tags import clean, split_artists

BASE_URL = "https://itunes.apple.com"
CALLS_PER_MINUTE = 20  # about what Apple allows
LARGEST_PAGE = 200
MAX_LIMIT = 2000

_MAX_PREVIEW_BYTES = 20_000_000  # 30 s of AAC are 1 MB
_ARTWORK_SIZE = re.compile(r"/\d{2,4}x\d{2,4}([a-z]{0,2}(?:-\d+)?\.(?:jpg|jpeg|png|webp))$")
_ARTWORK_PIXELS = 600
_GIVE_UP_AFTER = 3  # searches that failed one after the other
_LONGEST_SONG = 6 * 3600.0


class ITunesSource:
    """Songs that a search of the iTunes store finds.

    Parameters
    ----------
    artists
        Names; the songs of each are searched for.
    term
        Words to search for anywhere: title, artist, album.
    country
        The store, as a code of two letters.
    limit
        Songs to take of each search, 1 to 2000.
    folder
        Where previews lie while they are analysed.
    base_url, calls_per_minute, policy, timeouts
        The service and how it is called.
    rates
        Where all workers count their searches; None: in this process alone.

    Raises
    ------
    InvalidInputError
        The country or the limit cannot be used.
    """

    name = "itunes"
    fetches = 4  # previews that are under way at once

    def __init__(
        self,
        *,
        artists: Sequence[str] = (),
        term: str | None = None,
        country: str = "US",
        limit: int = 50,
        folder: Path,
        base_url: str = BASE_URL,
        calls_per_minute: int | None = CALLS_PER_MINUTE,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        rates: RateStore | None = None,
    ) -> None:
        self._country = country_code(country)
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
            raise InvalidInputError(f"the limit must be a number from 1 to {MAX_LIMIT}, not {limit!r}")
        self._limit = limit
        self._searches = _searches([artists] if isinstance(artists, str) else artists, term)
        self._folder = folder
        self._url = base_url.rstrip("/") + "/search"
        self._client = HttpClient(
            "iTunes",
            limiter=RateLimiter(calls_per_minute, service=self._url, rates=rates or PROCESS_RATES),
            policy=policy,
            timeouts=timeouts,
            judge=judge_search,
        )
        # Previews come from another service of Apple's, which knows no such limit.
        self._previews = HttpClient(
            "iTunes' preview server",
            policy=policy,
            timeouts=timeouts,
            judge=judge_preview,
            trusted={urlsplit(base_url).hostname or ""},
        )

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The songs, search by search, in the order of the store; a search that fails is an issue.

        Raises
        ------
        InvalidInputError
            There is nothing to search for.
        SourceError
            The only search failed.
        """
        if not self._searches:
            raise InvalidInputError("name at least one artist or a term to search for")
        failed_in_a_row = 0
        for words, attribute in self._searches:
            if failed_in_a_row >= _GIVE_UP_AFTER:
                reason = f"not searched for, since {failed_in_a_row} searches before it failed"
                yield TrackIssue(words, reason, TransientSourceError.code)
                continue
            found = 0
            try:
                for item in self._search(words, attribute):
                    found += 1
                    yield item
                failed_in_a_row = 0
            except SourceError as error:
                if not found and len(self._searches) == 1:
                    raise
                failed_in_a_row += 1
                yield TrackIssue(words, str(error), error.code)
            else:
                if not found:
                    reason = f"nothing was found in the iTunes store of {self._country}"
                    yield TrackIssue(words, reason, UnusableAudioError.code)

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The preview, for as long as the context is open; then it is deleted.

        Raises
        ------
        UnusableAudioError
            The song has no preview.
        SourceError
            It cannot be had.
        """
        if track.preview_url is None:
            raise UnusableAudioError("the store has no preview of it")
        with self._previews.download(
            track.preview_url, folder=self._folder, suffix=".m4a", max_bytes=_MAX_PREVIEW_BYTES
        ) as path:
            yield path

    def _search(self, words: str, attribute: str | None) -> Iterator[Track | TrackIssue]:
        seen: set[str] = set()
        offset = 0
        while offset < self._limit:
            asked = min(LARGEST_PAGE, self._limit - offset)
            page = self._page(words, attribute, asked, offset)[:asked]
            # Pages may overlap, and a server that knows no offset sends the first one for ever.
            fresh = [item for item in page if not (isinstance(item, Track) and item.source_id in seen)]
            if not fresh:
                return
            seen.update(item.source_id for item in fresh if isinstance(item, Track))
            yield from fresh
            offset += asked
            if len(page) < asked:
                return

    def _page(self, words: str, attribute: str | None, limit: int, offset: int) -> list[Track | TrackIssue]:
        params: dict[str, str | int] = {"term": words, "country": self._country, "limit": limit}
        params |= {"media": "music", "entity": "song"}
        if attribute:
            params["attribute"] = attribute
        if offset:
            params["offset"] = offset
        return parse_search(self._client.get_json(self._url, params=params), country=self._country)


def judge_search(status: int, document: object) -> SourceError | None:
    """What a refusal of the search means: Apple says 403 if it is asked too often."""
    if status == 403:
        return TransientSourceError("is asked too often (403)")
    message = clean(mapping(document).get("errorMessage"))
    return SourceError(f"iTunes refused the search: {message}") if status == 400 and message else None


def judge_preview(status: int, _: object) -> SourceError | None:
    """What a refusal of a preview means."""
    return (
        SourceError(f"its preview is gone from the store ({status})") if status in (403, 404, 410) else None
    )


def parse_search(payload: object, *, country: str) -> list[Track | TrackIssue]:
    """Every result of an answer as a track, or as an issue that says why it is none. Takes anything."""
    results = mapping(payload).get("results")
    if not isinstance(results, list):
        return [TrackIssue("iTunes", "an answer had no list of results", SourceError.code)]
    return [parse_song(item, country=country) for item in sequence(results)]


def parse_song(item: object, *, country: str) -> Track | TrackIssue:
    """One result as a track, or why it is none. Takes anything."""
    song = mapping(item)
    track_id, title = identifier(song.get("trackId")), clean(song.get("trackName"))
    artists = split_artists(clean(song.get("artistName")) or "")
    name = " – ".join(filter(None, (", ".join(artists), title))) or f"iTunes {track_id or 'result'}"
    kind = clean(song.get("kind")) or clean(song.get("wrapperType")) or "song"
    if kind not in ("song", "track"):
        return _skipped(name, f"a {kind}, not a song")
    if track_id is None:
        return _skipped(name, "has no id")
    if title is None:
        return _skipped(name, "has no title")
    preview = address(song.get("previewUrl"))
    if preview is None:
        return _skipped(name, "the store has no preview of it")
    page = address(song.get("trackViewUrl"))
    length = number(song.get("trackTimeMillis"), up_to=_LONGEST_SONG * 1000)
    return Track(
        source=ITunesSource.name,
        source_id=track_id,
        title=title,
        artists=artists,
        album=clean(song.get("collectionName")),
        genre=clean(song.get("primaryGenreName")),
        year=year(song.get("releaseDate")),
        duration=length / 1000 if length else None,  # of the song: every preview has about 30 s
        uri=page or preview,
        page_url=page,
        preview_url=preview,
        artwork_url=_artwork(song),
        labels=_labels(song, country),
    )


def _searches(artists: Sequence[str], term: str | None) -> list[tuple[str, str | None]]:
    """What is searched for: words, and the attribute that they are looked for in."""
    names = dict.fromkeys(name for name in map(clean, artists) if name)
    searches: list[tuple[str, str | None]] = [(name, "artistTerm") for name in names]
    words = clean(term)
    return [*searches, (words, None)] if words else searches


def _artwork(song: Any) -> str | None:
    """The address of the cover in a size that fills a card: the server makes any that it is asked for."""
    for field in ("artworkUrl100", "artworkUrl60", "artworkUrl30"):
        if found := address(song.get(field)):
            return _ARTWORK_SIZE.sub(rf"/{_ARTWORK_PIXELS}x{_ARTWORK_PIXELS}\1", found)
    return None


def _labels(song: Any, country: str) -> dict[str, str]:
    stated = {
        "itunes_artist_id": identifier(song.get("artistId")),
        "itunes_album_id": identifier(song.get("collectionId")),
        "store": country,
        "explicit": "yes" if song.get("trackExplicitness") == "explicit" else None,
    }
    return {name: value for name, value in stated.items() if value}


def _skipped(name: str, reason: str) -> TrackIssue:
    return TrackIssue(name, reason, UnusableAudioError.code)
