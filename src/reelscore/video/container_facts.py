"""What a container states about a file, as exact numbers: rate, timecode, and when each stream sets in.

Editors want these as fractions: a rate of 29.97 is none, 30000/1001 is. Nothing is decoded but the first
picture and the first sound, and of the packets only the first ones and the last ones are read.

The clock is a player's: zero is the zero of the container for MP4 and Matroska, whose files may begin later
than that on purpose, and the first packet elsewhere (MPEG-TS counts from when the sender was switched on).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from reelscore.audio.container import (
    best_sound,
    checked_path,
    describe_with_sndfile,
    open_container,
    packets_of,
)
from reelscore.children import in_child
from reelscore.errors import MediaError, MediaNotFoundError, UnreadableMediaError
from reelscore.limits import SOUND
from reelscore.records import Media
from reelscore.video.decode.clock import player_zero
from reelscore.video.decode.container import opened, picture_tracks

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# What cameras and editors know; others are kept as they are stated.
STANDARD_RATES = tuple(
    sorted(
        {Fraction(whole) for whole in (8, 10, 12, 15, 16, 20, 24, 25, 30, 48, 50, 60, 90, 96, 100, 120, 240)}
        | {Fraction(whole * 1000, 1001) for whole in (12, 15, 24, 30, 48, 60, 90, 96, 120, 240)}
    )
)
# 24 and 23.976 are a thousandth apart.
_SAME_RATE = Fraction(3, 10_000)
# The steps of a steady stream, rounded to milliseconds, stray from the grid by less than this share of one.
_STEADY = 0.25
_NOMINAL = 0.03
_FIRST_PACKETS = 2_000
# Codecs hand pictures out of order by at most this many (H.264 and HEVC).
_REORDERED = 16
# A stream that has not set in after this many packets is believed what it states.
_SEARCHED_PACKETS = 5_000
_TAIL_SECONDS = 5
_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d\d?)")


@dataclass(frozen=True, slots=True)
class _Onset:
    """The first picture and the first sound: pts in seconds as stored."""

    picture: VideoFrame | None
    picture_time: Fraction | None
    sound_time: Fraction | None


@in_child(SOUND)
def probe_media(path: str | Path) -> Media:
    """The facts of a film, or of a file that only sounds.

    `duration` is the time that pictures are shown, or that a file without pictures sounds.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, or not media at all.
    MediaError
        The file has neither picture nor sound.
    """
    try:
        with opened(path) as (checked, container, pictures):
            return _film_facts(checked, container, pictures)
    except MediaNotFoundError:
        raise
    except MediaError as error:
        return _sound_facts(checked_path(path), error)


def standard_rate(rate: Fraction, *, within: float | Fraction = _SAME_RATE) -> Fraction:
    """The rate of cameras and editors that is meant, or the given one if none is so near."""
    nearest = min(STANDARD_RATES, key=lambda known: abs(rate / known - 1))
    return nearest if abs(rate / nearest - 1) <= within else rate


def read_timecode(text: str, rate: Fraction) -> tuple[int, bool] | None:
    """(frames, drop-frame or not) of a stated timecode such as `18:45:23;22`; None if it is none.

    Drop-frame counts leave out two numbers of each minute but the tenth ones (SMPTE ST 12-1).
    """
    match = _TIMECODE.fullmatch(text.strip())
    base = round(rate)
    if match is None or not 0 < base <= 240:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if minutes > 59 or seconds > 59 or frames >= base:
        return None
    drop = match[4] in ";," and rate.denominator == 1001 and base % 30 == 0
    total = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if drop:
        whole = hours * 60 + minutes
        total -= base // 15 * (whole - whole // 10)
    return total, drop


def said_of_timecode(media: Media) -> str | None:
    """What is to be said of a film whose timecode its rate does not have; None of all others."""
    if not media.false_drop or media.rate is None:
        return None
    return (
        "the film's timecode is written as drop-frame (;), which there is at 29.97 and its multiples alone; "
        f"at {float(media.rate):.5g} frames a second it is counted as non-drop"
    )


def _sound_facts(path: Path, no_film: MediaError) -> Media:
    """The facts of a file without pictures; `no_film` is raised again if it does not sound either."""
    try:
        with open_container(path) as container:
            sound = best_sound(container)
            if sound is None or sound.codec_context is None:
                raise no_film
            length: int | None = container.duration
            duration = Fraction(length, 1_000_000) if length and length > 0 else Fraction(0)
            if sound.duration and sound.time_base:
                duration = sound.duration * sound.time_base
            codec = sound.codec_context
            return Media(
                path=str(path.absolute()),
                duration=duration,
                sample_rate=codec.sample_rate or 0,
                channels=codec.channels or 0,
            )
    except UnreadableMediaError:
        described = describe_with_sndfile(path)
        if described is None or described.duration is None:
            raise no_film from None
        return Media(
            path=str(path.absolute()),
            duration=Fraction(described.duration).limit_denominator(1_000_000),
            sample_rate=described.sample_rate or 0,
            channels=described.channels or 0,
        )


def _film_facts(path: Path, container: InputContainer, pictures: VideoStream) -> Media:
    sound = best_sound(container)
    tracks = picture_tracks(container)
    stamps = _indexed(pictures)
    onset, first_stamps = _find_onset(container, pictures, sound)
    if onset.picture is None:
        raise UnreadableMediaError(
            f"{path} has no picture that can be decoded; it is damaged or breaks off, export it again"
        )
    base = pictures.time_base or Fraction(1, 1000)
    rate, variable = _rate(stamps if len(stamps) > 1 else first_stamps, base, pictures)
    zero = player_zero(container)
    began = onset.picture_time if onset.picture_time is not None else zero
    end = _end(container, pictures)
    # Streams without time stamps, such as bare H.264, are counted.
    duration = end - began if end is not None and end > began else _counted(path) / rate
    if not variable:  # the ends may be rounded to milliseconds
        duration = max(1, round(duration * rate)) / rate
    text = _timecode_of(container)
    start = read_timecode(text, rate) if text else None
    width, height = _shown_size(pictures, onset.picture)
    heard = sound.codec_context if sound is not None else None
    return Media(
        path=str(path.absolute()),
        duration=duration,
        rate=rate,
        variable_rate=variable,
        start_frame=start[0] if start else 0,
        drop_frame=start[1] if start else False,
        false_drop=text is not None and start is not None and ";" in text and not start[1],
        width=width,
        height=height,
        sample_rate=(heard.sample_rate or 0) if heard is not None else 0,
        channels=(heard.channels or 0) if heard is not None else 0,
        sound_track=container.streams.audio.index(sound) + 1 if sound is not None else 0,
        sound_tracks=len(container.streams.audio),
        picture_track=1 + [stream.index for stream in tracks].index(pictures.index),
        picture_tracks=len(tracks),
        picture_start=began - zero,
        sound_start=onset.sound_time - zero if onset.sound_time is not None else Fraction(0),
    )


def _stated_start(container: InputContainer, pictures: VideoStream) -> Fraction:
    start: int | None = container.start_time
    if start is not None:
        return Fraction(start, 1_000_000)
    return (pictures.start_time or 0) * (pictures.time_base or Fraction(0))


def _indexed(pictures: VideoStream) -> list[int]:
    """Decode times of all pictures if the container lists them (MP4); Matroska lists key frames only."""
    entries = pictures.index_entries
    if not pictures.frames or len(entries) < pictures.frames:
        return []
    kept = [entry.timestamp for entry in entries if not entry.is_discard]
    # Behind a cut by an edit list FFmpeg moves the decode times of the first pictures.
    return kept if len(kept) == len(entries) else kept[_REORDERED:]


def _find_onset(
    container: InputContainer, pictures: VideoStream, sound: AudioStream | None
) -> tuple[_Onset, list[int]]:
    """The first picture and sound, and the time stamps of the first pictures, in order."""
    import av

    wanted: list[Any] = [pictures] if sound is None or sound.codec_context is None else [pictures, sound]
    first: dict[int, Any] = {}
    stamps: list[int] = []
    packets = packets_of(container, wanted)
    all_seen = False
    for number in range(_FIRST_PACKETS + _SEARCHED_PACKETS):
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            all_seen = True
            break
        index = packet.stream.index
        if index == pictures.index and packet.pts is not None and not packet.is_discard:
            stamps.append(packet.pts)
        if index not in first:
            try:
                # Those of a broken packet are lost; the next one has its own.
                shown = [frame for frame in packet.decode() if getattr(frame, "samples", 1)]
            except av.FFmpegError:
                continue
            if shown:
                first[index] = shown[0]
        if len(first) == len(wanted) and number >= _FIRST_PACKETS:
            break
    picture = first.get(pictures.index)
    heard = first.get(sound.index) if sound is not None else None
    if picture is None:
        picture = next(_flushed(pictures), None)
    sound_time = _time(heard)
    if sound_time is None and sound is not None and sound.start_time is not None and sound.time_base:
        sound_time = sound.start_time * sound.time_base
    stamps.sort()
    # Between the last ones of a beginning, pictures that are decoded later are missing.
    return _Onset(picture, _time(picture), sound_time), stamps if all_seen else stamps[:-_REORDERED] or stamps


def _flushed(pictures: VideoStream) -> Any:
    import av

    try:
        yield from pictures.codec_context.decode(None)
    except (av.FFmpegError, EOFError):
        return


def _time(frame: Any) -> Fraction | None:
    if frame is None or frame.pts is None or not frame.time_base:
        return None
    return Fraction(frame.pts * frame.time_base)


def _rate(stamps: Sequence[int], base: Fraction, pictures: VideoStream) -> tuple[Fraction, bool]:
    """(frames a second, whether that is only the nominal rate) from time stamps in units of `base`."""
    stated = [rate for rate in (pictures.average_rate, pictures.base_rate, pictures.guessed_rate) if rate]
    stated = [rate for rate in stated if Fraction(1, 20) <= rate <= 1000]
    steps = [after - before for before, after in itertools.pairwise(stamps) if after > before]
    if not stamps and pictures.guessed_rate in stated:
        # As for the clock of pictures: the mean of a bare stream is made up, and the stream knows its own.
        return standard_rate(pictures.guessed_rate), False
    if len(steps) < 2:
        return (standard_rate(stated[0]) if stated else Fraction(25)), False
    mean = len(steps) / (sum(steps) * base)
    usual = 1 / (Fraction(median(steps)) * base)
    # What the ends of the stretch may be off by, when stamps are rounded to units of `base`.
    blur = Fraction(2, sum(steps))
    for rate in (*map(standard_rate, stated), standard_rate(mean, within=_SAME_RATE + blur)):
        near = abs(mean / rate - 1) <= _SAME_RATE + blur
        if near and all(abs(step * base * rate - 1) <= _STEADY + 2 * base * rate for step in steps):
            return rate, False
    nominal = standard_rate(usual, within=_NOMINAL)
    if nominal not in STANDARD_RATES:
        nominal = standard_rate(stated[0]) if stated else usual.limit_denominator(1001)
    return nominal, True


def _end(container: InputContainer, pictures: VideoStream) -> Fraction | None:
    """When the last picture is over, on the clock of the container; None if nothing states it."""
    import av

    base = pictures.time_base
    stated = container.duration
    if not base:
        return None
    if pictures.index_entries and pictures.duration:
        target = pictures.index_entries[len(pictures.index_entries) - 1].timestamp
    elif stated and stated > 0:
        target = int((Fraction(stated, 1_000_000) + _stated_start(container, pictures)) / base)
    else:
        target = 0
    end = None
    try:
        container.seek(max(0, target - int(_TAIL_SECONDS / base)), stream=pictures)
        for packet in packets_of(container, pictures):
            if packet.pts is None or packet.is_discard:
                continue
            over = (packet.pts + (packet.duration or 0)) * base
            end = over if end is None or over > end else end
    except av.FFmpegError:
        pass  # what can be read ends here
    return end


def _counted(path: Path) -> int:
    """How many pictures there are; opened again, since such streams cannot be sought in."""
    import av

    count = 0
    with opened(path) as (_, container, pictures):
        try:
            for packet in packets_of(container, pictures):
                count += packet.size > 0
        except av.FFmpegError:
            pass  # what can be read ends here
    return count


def _timecode_of(container: InputContainer) -> str | None:
    """The timecode of the first frame; cameras write it to a track of its own, Matroska to a tag."""
    for holder in (*container.streams.video, *container.streams.data, *container.streams, container):
        for name, value in holder.metadata.items():
            if name.lower() == "timecode":
                return str(value)
    return None


def _shown_size(pictures: VideoStream, first: VideoFrame) -> tuple[int, int]:
    """Width and height as shown: with pixels made square, and turned."""
    width, height = first.width, first.height
    aspect = pictures.sample_aspect_ratio
    if aspect and aspect != 1 and Fraction(1, 8) <= aspect <= 8:
        width = round(width * aspect)
    return (height, width) if round(first.rotation / 90) % 2 else (width, height)
