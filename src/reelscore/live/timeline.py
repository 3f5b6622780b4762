"""A live set as a timeline that the exports take. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from reelscore.live.mixing import Laid
from reelscore.records import TIMELINE_RATE, Credit, DuckRegion, Marker, Media, MusicEvent, Timeline

_NOMINAL_RATE = Fraction(25)


def set_timeline(
    laid: Sequence[Laid],
    seconds: float,
    media: Mapping[str, Media],
    *,
    name: str,
    picture: Media | None = None,
    cuts: Sequence[float] = (),
    moods: Sequence[tuple[float, str]] = (),
    speech: Sequence[tuple[float, float]] = (),
    rights: Sequence[Credit] = (),
) -> Timeline:
    """The songs of a set as they lay, with the cuts and the moods of the picture.

    Parameters
    ----------
    laid
        In order; those that never sounded are left out.
    seconds
        How long the set is.
    media
        The file of each song, by its id.
    picture
        The film, if it is a file.
    """
    rate = picture.rate if picture is not None and picture.rate else _NOMINAL_RATE
    frames = max(1, round(seconds * rate))
    end = round(Fraction(frames) * TIMELINE_RATE / rate)
    heard = [each for each in laid if each.end > each.begin and each.begin < seconds]
    events = [
        event for each in heard if (event := event_of(each, media[each.track.song_id], end)) is not None
    ]
    bent = [each for each in heard if each.rate != 1.0]
    notes = {}
    if bent:
        most = max(abs(each.rate - 1.0) for each in bent)
        notes["speed"] = (
            f"{len(bent)} songs came in up to {most:.1%} faster or slower than they are; here each is at its "
            "own speed, and lies right from the end of its crossfade on"
        )
    frame_of = [(round(cut * float(rate)), f"cut {number}", "cut") for number, cut in enumerate(cuts, 1)]
    frame_of += [(round(time * float(rate)), mood, "section") for time, mood in moods]
    return Timeline(
        name=name,
        rate=rate,
        frames=frames,
        picture=picture,
        start_frame=picture.start_frame if picture is not None else 0,
        drop_frame=picture.drop_frame if picture is not None else False,
        cuts=tuple(sorted({frame for frame, _, kind in frame_of if kind == "cut" and 0 < frame < frames})),
        music=tuple(events),
        ducks=tuple(
            DuckRegion(round(start * TIMELINE_RATE), round(over * TIMELINE_RATE)) for start, over in speech
        ),
        markers=tuple(Marker(*each) for each in sorted(frame_of) if 0 <= each[0] < frames),
        credits=tuple(rights),
        notes=notes,
    )


def event_of(laid: Laid, media: Media, end: int) -> MusicEvent | None:
    """A song of a set as a stretch that plays at its own speed; None if nothing is left of it by `end`.

    It lies so that what is heard at its own speed is where it was; while it came in, it may be off by little.
    """
    begin, over = (round(seconds * TIMELINE_RATE) for seconds in (laid.begin, laid.end))
    settled = laid.settled
    source = float(laid.source_at(np.array(settled))) - (settled - laid.begin)
    source_in = round(source * TIMELINE_RATE)
    early = max(0, -source_in)  # its first samples would lie before its file
    begin, source_in = begin + early, source_in + early
    length = min(over, end, begin + round(media.duration * TIMELINE_RATE) - source_in) - begin
    if length <= 0:
        return None
    return MusicEvent(
        song_id=laid.track.song_id,
        title=laid.track.title,
        artist=laid.track.artist,
        media=media,
        source_in=source_in,
        record_in=begin,
        length=length,
        fade_in=min(round(laid.fade_in * TIMELINE_RATE), length // 2),
        fade_out=min(round(laid.fade_out * TIMELINE_RATE), length // 2),
    )
