"""A timeline on the grid of its frames: where each clip begins and ends. All writers round here. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reelscore.errors import InvalidInputError
from reelscore.records import Media, MusicEvent, Timeline

# At 1001 rates a frame begins between two samples; an in-point that near to one is meant to be it.
_SAMPLES_A_SECOND = 48_000


@dataclass(frozen=True, slots=True)
class PictureClip:
    """A stretch of the picture; frames of the timeline."""

    start: int
    frames: int
    source_in: int  # from the beginning of the file, without its timecode


@dataclass(frozen=True, slots=True)
class MusicClip:
    """A stretch of music; it begins and ends on frames, but maybe between two frames of its source."""

    event: MusicEvent
    start: int
    frames: int
    source_in: Fraction  # seconds from the beginning of the file, without its timecode
    lane: int = 0  # 0, 1, ...: music that sounds at once lies on several
    fade_in: int = 0  # frames
    fade_out: int = 0

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.start + self.frames

    def source_frame(self, rate: Fraction) -> int:
        """The in-point as whole frames of the timeline's rate, for formats that know no others."""
        return round(self.source_in * rate)

    def source_start(self, rate: Fraction) -> Fraction:
        """The in-point in frames of the timeline's rate: whole if it is one to the sample, else exact."""
        frame = self.source_frame(rate)
        exact = self.source_in * rate
        return Fraction(frame) if abs(exact - frame) * _SAMPLES_A_SECOND < rate else exact


@dataclass(frozen=True, slots=True)
class Layout:
    """All clips of a timeline, on frames."""

    picture: tuple[PictureClip, ...]
    music: tuple[MusicClip, ...]

    @property
    def lanes(self) -> int:
        """How many tracks the music needs."""
        return max((clip.lane for clip in self.music), default=-1) + 1


def sample_of_frame(frame: int, timeline: Timeline) -> int:
    """The sample at which a frame begins; at 1001 rates the nearest one."""
    return round(frame * timeline.sample_rate / timeline.rate)


def frame_of_sample(sample: int, timeline: Timeline) -> int:
    """The frame whose beginning is nearest."""
    return round(sample * timeline.rate / timeline.sample_rate)


def frame_before(sample: int, timeline: Timeline) -> int:
    """The last frame that begins at a sample or before it."""
    frame = sample * timeline.rate // timeline.sample_rate
    # The beginning of the next one may be rounded down onto this very sample.
    return int(frame) + (sample_of_frame(int(frame) + 1, timeline) <= sample)


def frame_after(sample: int, timeline: Timeline) -> int:
    """The first frame that begins at a sample or after it."""
    frame = frame_before(sample, timeline)
    return frame if sample_of_frame(frame, timeline) == sample else frame + 1


def lay_out(timeline: Timeline, *, split: bool = False) -> Layout:
    """The clips of a timeline; `split`: the picture is cut at its cuts.

    Music before the first frame or behind the last one is cut off, so that no editor shows a longer timeline
    than the picture is.

    Raises
    ------
    InvalidInputError
        The timeline has no rate or no frames.
    """
    if timeline.rate <= 0 or timeline.frames <= 0:
        raise InvalidInputError("the timeline has no frames; give it a picture, or a rate and a length")
    return Layout(_picture_clips(timeline, split=split), _music_clips(timeline))


def picture_frames(timeline: Timeline) -> int:
    """How many frames of the file are shown: never more than it has.

    Final Cut refuses an edit of which start and duration, rounded apart, pass the media by a frame.
    """
    media = timeline.picture
    if media is None:
        return 0
    return min(timeline.frames, max(1, round(media.duration * timeline.rate)))


def media_length(media: Media, rate: Fraction) -> Fraction:
    """The length of a file from its beginning in frames: whole for pictures, exact for sound."""
    if not media.width:
        return max(Fraction(1), media.duration * rate)
    return Fraction(picture_offset(media, rate) + max(1, round(media.duration * rate)))


def media_frames(media: Media, rate: Fraction) -> int:
    """The same in whole frames, a begun one counted."""
    return math.ceil(media_length(media, rate))


def picture_offset(media: Media, rate: Fraction) -> int:
    """Frames of the file that pass before its first picture is shown."""
    return max(0, round(media.picture_start * rate))


def _picture_clips(timeline: Timeline, *, split: bool) -> tuple[PictureClip, ...]:
    total = picture_frames(timeline)
    if timeline.picture is None:
        return ()
    offset = picture_offset(timeline.picture, timeline.rate)
    cuts = sorted({cut for cut in timeline.cuts if 0 < cut < total}) if split else []
    bounds = [0, *cuts, total]
    return tuple(PictureClip(begin, end - begin, offset + begin) for begin, end in itertools.pairwise(bounds))


def _music_clips(timeline: Timeline) -> tuple[MusicClip, ...]:
    clips = []
    for event in sorted(timeline.music, key=lambda event: (event.record_in, event.song_id)):
        start = max(0, frame_of_sample(event.record_in, timeline))
        end = min(timeline.frames, frame_of_sample(event.record_in + event.length, timeline))
        if end <= start:
            continue
        skipped = sample_of_frame(start, timeline) - event.record_in
        source = Fraction(event.source_in + skipped, timeline.sample_rate)
        if source < 0:  # half a frame before the song begins: a frame later instead
            start += 1
            source += 1 / timeline.rate
        # Rounded to frames a song must not end behind its last sample: editors then find no media.
        end = min(end, start + math.floor((event.media.duration - source) * timeline.rate))
        if end <= start:
            continue
        clips.append(
            MusicClip(
                event,
                start,
                end - start,
                source,
                fade_in=min(_fade(event.fade_in, timeline), end - start),
                fade_out=min(_fade(event.fade_out, timeline), end - start),
            )
        )
    return _on_lanes(clips)


def _fade(samples: int, timeline: Timeline) -> int:
    return max(0, frame_of_sample(samples, timeline))


def _on_lanes(clips: Sequence[MusicClip]) -> tuple[MusicClip, ...]:
    ends: list[int] = []
    placed = []
    for clip in clips:
        lane = next((number for number, end in enumerate(ends) if end <= clip.start), len(ends))
        if lane == len(ends):
            ends.append(0)
        ends[lane] = clip.end
        placed.append(replace(clip, lane=lane))
    return tuple(placed)
