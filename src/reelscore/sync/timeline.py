"""A plan or a fitted song as a `Timeline`, which the export reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from reelscore.errors import InvalidInputError
from reelscore.records.sync import FitPlan, SyncPlan
from reelscore.records.timeline import (
    TIMELINE_RATE,
    DuckRegion,
    Marker,
    Media,
    MusicEvent,
    Timeline,
)
from reelscore.sync.grids import KIND_NAMES

# Too short to be heard as a fade, long enough that a stretch from the middle of a song does not click.
SOFT_START = TIMELINE_RATE // 200
# The music under a picture that ends before the song does fades for this long.
_OUT_SECONDS = 1.5


def fade_of_the_start(source_in: int, length: int) -> int:
    """Length of the fade-in, in samples, of music that begins `source_in` samples into its song."""
    return min(SOFT_START, length // 4) if source_in > 0 else 0


def fade_of_the_end(whole: int, source_in: int, length: int) -> int:
    """How long music fades out under the end of a picture, in samples: 0 if the song ends there by itself.

    Parameters
    ----------
    whole
        Samples of the song.
    source_in, length
        The stretch of it that is heard.
    """
    cut_short = whole - source_in - length > TIMELINE_RATE // 10
    return min(round(_OUT_SECONDS * TIMELINE_RATE), length // 4) if cut_short else 0


@dataclass(frozen=True, slots=True)
class PictureMedia:
    """What a timeline says of the picture.

    Plans and fits stand on the clock of the player, a timeline counts from the first picture: `media` says
    how much later that is.
    """

    rate: Fraction
    frames: int
    cuts: tuple[float, ...] = ()  # seconds on the player's clock
    names: tuple[str, ...] = ()  # of the cuts
    media: Media | None = None
    drop_frame: bool = False
    start_frame: int = 0
    speech: tuple[tuple[float, float], ...] = ()  # seconds on the player's clock

    @property
    def start(self) -> Fraction:
        """When the first picture is shown, in seconds on the player's clock."""
        return self.media.picture_start if self.media is not None else Fraction(0)

    def frame(self, seconds: float | Fraction) -> int:
        """The frame that is shown at a moment of the player's clock."""
        return round((Fraction(seconds) - self.start) * self.rate)


def plan_timeline(
    plan: SyncPlan,
    picture: PictureMedia,
    *,
    title: str,
    song: Media,
    artist: str = "",
) -> Timeline:
    """The timeline of a plan: one stretch of the song, the cuts, a marker for each, and for hit points.

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
    whole = round(song.duration * TIMELINE_RATE)
    length = min(plan.length, whole - source_in)
    if length <= 0:
        raise InvalidInputError(f"no part of “{title}” lies under the picture at this offset")
    event = MusicEvent(
        song_id=plan.song_id,
        title=title,
        artist=artist,
        media=song,
        source_in=source_in,
        record_in=plan.record_in,
        length=length,
        fade_in=fade_of_the_start(source_in, length),
        fade_out=fade_of_the_end(whole, source_in, length),
    )
    hits: list[Marker] = []
    for cut in plan.cuts:
        name = f"{KIND_NAMES[cut.kind]} {cut.number}"
        if cut.hit and cut.error_frames is not None:
            name += f": {cut.level} {cut.error_frames:+.1f} frames"
        if cut.hit or cut.kind == "hit":
            hits.append(Marker(picture.frame(cut.time), name, "hit"))
    told = {marker.frame for marker in hits}
    rest = tuple(marker for marker in _cut_markers(picture) if marker.frame not in told)
    return _timeline(picture, (event,), (*hits, *rest), title, {"plan": plan.verdict})


def fit_timeline(fit: FitPlan, *, picture: PictureMedia | None = None) -> Timeline:
    """The timeline of a fitted song; without a picture it is as long as the music, in 25ths of a second."""
    title = fit.events[0].title if fit.events else ""
    shown = picture or PictureMedia(Fraction(25), -(-fit.length * 25 // TIMELINE_RATE))
    markers = tuple(
        Marker(shown.frame(Fraction(seam.at, TIMELINE_RATE)), "join", "note") for seam in fit.seams
    )
    if fit.hit is not None:
        markers += (Marker(shown.frame(Fraction(fit.hit, TIMELINE_RATE)), "hit point", "hit"),)
    markers += _cut_markers(shown)
    notes = {f"fit {number}": words for number, words in enumerate(fit.degraded, 1)}
    return _timeline(shown, fit.events, markers, title, notes)


def _cut_markers(picture: PictureMedia) -> tuple[Marker, ...]:
    named = ((picture.frame(cut), name) for cut, name in zip(picture.cuts, picture.names, strict=False))
    return tuple(Marker(frame, name, "cut") for frame, name in named if 0 < frame < picture.frames)


def duck_regions(speech: Iterable[tuple[float, float]]) -> tuple[DuckRegion, ...]:
    """Speech in seconds as stretches of samples."""
    return tuple(
        DuckRegion(round(start * TIMELINE_RATE), round(end * TIMELINE_RATE)) for start, end in speech
    )


def _later(event: MusicEvent, samples: int) -> MusicEvent | None:
    """A stretch of a song on a timeline that begins some samples later; None if it is over by then."""
    lost = max(0, samples - event.record_in)
    if lost >= event.length:
        return None
    return replace(
        event,
        source_in=event.source_in + lost,
        record_in=event.record_in + lost - samples,
        length=event.length - lost,
        fade_in=max(event.fade_in - lost, fade_of_the_start(lost, event.length - lost)),
    )


def _timeline(
    picture: PictureMedia,
    music: tuple[MusicEvent, ...],
    markers: tuple[Marker, ...],
    name: str,
    notes: dict[str, str],
) -> Timeline:
    late = float(picture.start)
    moved = [_later(event, round(picture.start * TIMELINE_RATE)) for event in music]
    return Timeline(
        name=name,
        rate=picture.rate,
        frames=picture.frames,
        drop_frame=picture.drop_frame,
        start_frame=picture.start_frame,
        picture=picture.media,
        cuts=tuple(sorted({cut for cut in map(picture.frame, picture.cuts) if 0 < cut < picture.frames})),
        music=tuple(event for event in moved if event is not None),
        ducks=duck_regions(
            (max(0.0, start - late), end - late) for start, end in picture.speech if end > late
        ),
        markers=tuple(
            sorted((marker for marker in markers if marker.frame >= 0), key=lambda marker: marker.frame)
        ),
        notes=notes,
    )
