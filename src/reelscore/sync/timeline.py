"""A plan or a fitted song as a `Timeline`, which the export reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from reelscore.errors import InvalidInputError
from reelscore.records.sync import FitPlan, SyncPlan
from reelscore.records.timeline import (
    TIMELINE_RATE,
    Credit,
    DuckRegion,
    Marker,
    Media,
    MusicEvent,
    Timeline,
)

# Too short to be heard as a fade, long enough that a stretch from the middle of a song does not click.
_CLICK_FREE = TIMELINE_RATE // 200
# The music under a picture that ends before the song does fades for so long.
_OUT_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class PictureMedia:
    """What a timeline says of the picture."""

    rate: Fraction
    frames: int
    cuts: tuple[int, ...] = ()  # frames
    media: Media | None = None
    drop_frame: bool = False
    start_frame: int = 0
    speech: tuple[tuple[float, float], ...] = ()  # seconds


def plan_timeline(
    plan: SyncPlan,
    picture: PictureMedia,
    *,
    title: str,
    song: Media,
    artist: str = "",
    credit: Credit | None = None,
    name: str = "",
) -> Timeline:
    """The timeline of a plan: one stretch of the song, the cuts, a marker for each cut that hits.

    Raises
    ------
    InvalidInputError
        The plan counts on another speed of the song, which a timeline cannot hold.
    """
    if plan.stretch != 1.0:
        raise InvalidInputError(
            f"this plan plays the song at {plan.stretch:.2%} of its speed, which a timeline cannot hold; "
            "plan without a stretch, or bring the song to that speed first"
        )
    source_in = max(0, plan.offset)
    left = round(song.duration * TIMELINE_RATE) - source_in
    length = min(plan.length, left)
    if length <= 0:
        raise InvalidInputError(f"no part of “{title}” lies under the picture at this offset")
    cut_short = left - length > TIMELINE_RATE // 10
    event = MusicEvent(
        song_id=plan.song_id,
        title=title,
        artist=artist,
        media=song,
        source_in=source_in,
        record_in=plan.record_in,
        length=length,
        fade_in=min(_CLICK_FREE, length // 4) if source_in else 0,
        fade_out=min(round(_OUT_SECONDS * TIMELINE_RATE), length // 4) if cut_short else 0,
    )
    hits = tuple(
        Marker(cut.frame, f"{cut.level} {cut.error_frames:+.1f} frames", "hit")
        for cut in plan.cuts
        if cut.hit and cut.error_frames is not None
    )
    return _timeline(picture, (event,), hits, credit, name or title, {"plan": plan.verdict})


def fit_timeline(
    fit: FitPlan,
    *,
    picture: PictureMedia | None = None,
    credit: Credit | None = None,
    name: str = "",
) -> Timeline:
    """The timeline of a fitted song; without a picture it is as long as the music, in 25ths of a second."""
    title = fit.events[0].title if fit.events else ""
    shown = picture or PictureMedia(Fraction(25), -(-fit.length * 25 // TIMELINE_RATE))
    frames = Fraction(shown.rate) / TIMELINE_RATE
    markers = tuple(Marker(int(seam.at * frames), "join", "note") for seam in fit.seams)
    if fit.hit is not None:
        markers += (Marker(round(fit.hit * frames), "hit point", "hit"),)
    notes = {f"fit {number}": words for number, words in enumerate(fit.degraded, 1)}
    return _timeline(shown, fit.events, markers, credit, name or title, notes)


def duck_regions(speech: Iterable[tuple[float, float]]) -> tuple[DuckRegion, ...]:
    """Speech in seconds as stretches of samples."""
    return tuple(
        DuckRegion(round(start * TIMELINE_RATE), round(end * TIMELINE_RATE)) for start, end in speech
    )


def _timeline(
    picture: PictureMedia,
    music: tuple[MusicEvent, ...],
    markers: tuple[Marker, ...],
    credit: Credit | None,
    name: str,
    notes: dict[str, str],
) -> Timeline:
    return Timeline(
        name=name,
        rate=picture.rate,
        frames=picture.frames,
        drop_frame=picture.drop_frame,
        start_frame=picture.start_frame,
        picture=picture.media,
        cuts=picture.cuts,
        music=music,
        ducks=duck_regions(picture.speech),
        markers=tuple(sorted(markers, key=lambda marker: marker.frame)),
        credits=(credit,) if credit else (),
        notes=notes,
    )
