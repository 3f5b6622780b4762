"""What YouTube's Data API and yt-dlp say of videos, read as tracks. Pure, and ready for anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from reelscore.errors import SourceError, TransientSourceError, UnusableAudioError
from reelscore.net.payload import address, identifier, mapping, number, sequence, year
from reelscore.records import Track, TrackIssue
from reelscore.sources.folder.tags import clean, split_artists
from reelscore.sources.youtube.titles import channel_artist, split_video_title

SOURCE = "youtube"
WATCH_URL = "https://www.youtube.com/watch?v={id}"

# ISO 8601, 4.4.4.2.1, without years and months, which no video has.
_DURATION = re.compile(
    r"P(?:(?P<w>\d{1,4})W)?(?:(?P<d>\d{1,5})D)?"
    r"(?:T(?:(?P<h>\d{1,6})H)?(?:(?P<m>\d{1,7})M)?(?:(?P<s>\d{1,9}(?:[.,]\d{1,9})?)S)?)?"
)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_THUMBNAILS = ("maxres", "standard", "high", "medium", "default")
_GENRE = re.compile(r"/wiki/([A-Za-z_%\-]+)_music$")
_RELEASED = re.compile(r"^Released on: ((?:19|20)\d\d)-\d\d-\d\d\s*$", re.MULTILINE)


def parse_duration(value: object) -> float | None:
    """Seconds of an ISO 8601 duration such as PT4M13S; None if it is none."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        return None
    return sum(
        float(text.replace(",", ".")) * _SECONDS[unit] for unit, text in found.groupdict().items() if text
    )


def parse_videos(
    payload: object, *, region: str, max_seconds: float, watch_url: str = WATCH_URL
) -> list[Track | TrackIssue]:
    """Every video of a `videos.list` answer as a track, or as an issue that says why it is not one."""
    items = mapping(payload).get("items")
    if not isinstance(items, list):
        return [TrackIssue("YouTube", "an answer had no list of videos", SourceError.code)]
    return [parse_video(item, region=region, max_seconds=max_seconds, watch_url=watch_url) for item in items]


def next_page(payload: object) -> str | None:
    """The token of the page behind an answer."""
    token = mapping(payload).get("nextPageToken")
    return token if isinstance(token, str) and 0 < len(token) <= 500 and token.isascii() else None


def parse_video(
    item: object, *, region: str, max_seconds: float, watch_url: str = WATCH_URL
) -> Track | TrackIssue:
    """One video of the Data API as a track, or why it is none."""
    video = mapping(item)
    snippet, details = mapping(video.get("snippet")), mapping(video.get("contentDetails"))
    video_id, title = identifier(video.get("id")), clean(snippet.get("title"))
    name = title or f"YouTube video {video_id or '?'}"
    if video_id is None:
        return _skipped(name, "has no id")
    if title is None:
        return _skipped(name, "has no title")
    length = parse_duration(details.get("duration"))
    page = watch_url.format(id=video_id)
    if reason := _obstacle(video, region) or _length_obstacle(length, max_seconds):
        return _skipped(f"{title} ({page})", reason)
    channel = clean(snippet.get("channelTitle"))
    artists, song = split_video_title(title, channel)
    return Track(
        source=SOURCE,
        source_id=video_id,
        title=song,
        artists=artists,
        album=_album(snippet.get("description"), song),
        genre=_genre(video),
        year=_released(snippet.get("description")),
        duration=length,
        uri=page,
        page_url=page,
        artwork_url=_thumbnail(snippet),
        video_id=video_id,
        labels=_labels(
            channel=channel,
            published_at=clean(snippet.get("publishedAt")),
            views=clean(mapping(video.get("statistics")).get("viewCount")),
        ),
    )


def parse_info(info: object, *, max_seconds: float) -> Track | TrackIssue:
    """What yt-dlp found out about one address as a track, or why it is none."""
    video = mapping(info)
    page = address(video.get("webpage_url")) or address(video.get("original_url"))
    whole_title = clean(video.get("title")) or clean(video.get("track"))
    name = f"{whole_title or 'video'} ({page})"
    if page is None:
        return _skipped(whole_title or "video", "has no address")
    if whole_title is None:
        return _skipped(name, "has no title")
    length = number(video.get("duration"))
    live = video.get("is_live") is True or video.get("live_status") in ("is_live", "is_upcoming", "post_live")
    reason = "a live stream or a premiere to come" if live else _length_obstacle(length, max_seconds)
    if reason:
        return _skipped(name, reason)
    video_id = identifier(video.get("id")) if video.get("extractor_key") == "Youtube" else None
    channel = clean(video.get("channel")) or clean(video.get("uploader"))
    artists, title = split_video_title(whole_title, channel)
    # If the label stated them, the song's own fields are better than what can be read from a title.
    if stated := clean(video.get("track")):
        title = stated
        artists = _stated_artists(video) or channel_artist(channel)
    genres = [*sequence(video.get("genres")), video.get("genre")]
    return Track(
        source=SOURCE,
        source_id=video_id or page,
        title=title,
        artists=artists,
        album=clean(video.get("album")),
        genre=next(filter(None, map(clean, genres)), None),
        year=year(video.get("release_year")) or year(video.get("release_date")),
        duration=length,
        uri=page,
        page_url=page,
        artwork_url=address(video.get("thumbnail")),
        video_id=video_id,
        labels=_labels(channel=channel, published_at=clean(video.get("upload_date"))),
    )


def judge_videos(status: int, document: object) -> SourceError | None:
    """What a refusal of the Data API means, by the reason that it states."""
    error = mapping(mapping(document).get("error"))
    reasons = {
        clean(mapping(item).get("reason"))
        for key in ("errors", "details")
        for item in sequence(error.get(key))
    }
    for reason, sentence in _REFUSALS.items():
        if reason in reasons:
            return SourceError(sentence)
    if reasons & _BUSY:
        return TransientSourceError(f"is asked too often ({status})")
    return None


def is_exhausted(document: object) -> bool:
    """Whether a refusal says that the quota of the day is used up."""
    errors = sequence(mapping(mapping(document).get("error")).get("errors"))
    return any(mapping(item).get("reason") in ("quotaExceeded", "dailyLimitExceeded") for item in errors)


_USED_UP = "YouTube says that the daily quota of this key is used up; it resets at midnight Pacific time"
_BAD_KEY = "YouTube does not accept the key in YOUTUBE_API_KEY; make one in the Google Cloud console"
_NO_API = "the project of YOUTUBE_API_KEY may not use the YouTube Data API v3; enable it in its console"
_REFUSALS = {
    "quotaExceeded": _USED_UP,
    "dailyLimitExceeded": _USED_UP,
    "keyInvalid": _BAD_KEY,
    "keyExpired": _BAD_KEY,
    "API_KEY_INVALID": _BAD_KEY,
    "accessNotConfigured": _NO_API,
    "SERVICE_DISABLED": _NO_API,
    "ipRefererBlocked": "YOUTUBE_API_KEY may not be used from this machine; see its restrictions",
    "API_KEY_IP_ADDRESS_BLOCKED": "YOUTUBE_API_KEY may not be used from this address; see its restrictions",
    "invalidRegionCode": "YouTube knows no such region; --region wants a code of two letters such as US",
    "videoChartNotFound": "YouTube has no chart of music for this region; try another --region",
}
_BUSY = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "servingLimitExceeded",
    "backendError",
    "RATE_LIMIT_EXCEEDED",
}


def _obstacle(video: Mapping[str, Any], region: str) -> str | None:
    """Why the sound of a video cannot be had, as far as its metadata tells."""
    snippet, details = mapping(video.get("snippet")), mapping(video.get("contentDetails"))
    status = mapping(video.get("status"))
    live = snippet.get("liveBroadcastContent")
    if live == "live" or details.get("duration") == "P0D":
        return "a live stream"
    if live == "upcoming":
        return "a premiere to come"
    if status.get("privacyStatus") == "private":
        return "a private video"
    if status.get("uploadStatus") in ("deleted", "failed", "rejected"):
        return f"removed from YouTube ({status.get('uploadStatus')})"
    limits = mapping(details.get("regionRestriction"))
    allowed, blocked = limits.get("allowed"), sequence(limits.get("blocked"))
    if region in blocked or (isinstance(allowed, list) and region not in allowed):
        return f"blocked in {region}"
    if mapping(details.get("contentRating")).get("ytRating") == "ytAgeRestricted":
        return "restricted to adults who are signed in"
    return None


def _length_obstacle(length: float | None, max_seconds: float) -> str | None:
    if length is None or length <= max_seconds:
        return None
    return (
        f"{length / 60:.0f} min long, which is no single song; REELSCORE_YOUTUBE_MAX_MINUTES is "
        f"{max_seconds / 60:g}"
    )


def _stated_artists(video: Mapping[str, Any]) -> tuple[str, ...]:
    names = [name for item in sequence(video.get("artists")) if (name := clean(item))]
    return tuple(dict.fromkeys(names)) or split_artists(clean(video.get("artist")) or "")


def _thumbnail(snippet: Mapping[str, Any]) -> str | None:
    sizes = mapping(snippet.get("thumbnails"))
    found = (address(mapping(sizes.get(size)).get("url")) for size in _THUMBNAILS)
    return next(filter(None, found), None)


def _genre(video: Mapping[str, Any]) -> str | None:
    """The first genre among the topics, which are addresses of Wikipedia pages such as …/Pop_music."""
    for topic in sequence(mapping(video.get("topicDetails")).get("topicCategories")):
        found = _GENRE.search(topic) if isinstance(topic, str) else None
        if found:
            return clean(found[1].replace("_", " "))
    return None


def _released(description: object) -> int | None:
    found = _RELEASED.search(description) if _is_from_label(description) else None
    return int(found[1]) if found else None


def _album(description: object, title: str) -> str | None:
    """The album of a description that YouTube wrote from the label's data: title line, blank, album."""
    if not _is_from_label(description):
        return None
    blocks = [clean(block) for block in description.split("\n\n")]
    if len(blocks) < 4 or not (blocks[1] or "").startswith(title):
        return None
    return blocks[2]


def _is_from_label(description: object) -> TypeGuard[str]:
    return isinstance(description, str) and description.startswith("Provided to YouTube by ")


def _labels(**stated: str | None) -> dict[str, str]:
    return {name: value for name, value in stated.items() if value}


def _skipped(name: str, reason: str) -> TrackIssue:
    return TrackIssue(name, reason, UnusableAudioError.code)
