"""Music as files that begin on a frame: what is rendered into them, and the timeline that uses them. Pure.

Formats without in-points between frames (FCP7 XML rounds them, EDL cuts them) lose nothing of such a file:
the part of a frame is silence at its head. Joined and crossfaded pieces become one file, since a join lies
between frames too, and most formats cannot say a crossfade of sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reelscore.export.frame_grid import frame_after, frame_before, frame_of_sample, sample_of_frame
from reelscore.export.markers import all_markers
from reelscore.export.wav import BYTES_A_SAMPLE, Label, WavForm
from reelscore.records import DuckRegion, Media, MusicEvent, Timeline


@dataclass(frozen=True, slots=True)
class Cue:
    """One file of music. Its events are what is to be rendered, on the clock of the timeline."""

    name: str  # of the file, without suffix
    title: str
    start_frame: int
    frames: int
    start: int  # samples of the timeline; the file's first one
    samples: int
    events: tuple[MusicEvent, ...]
    baked: bool  # gain, fades and ducking are in the sound
    ducks: tuple[DuckRegion, ...] = ()


def plan_cues(timeline: Timeline, *, bake: bool = False) -> tuple[Cue, ...]:
    """The files that a timeline's music is rendered into.

    `bake`: gain, fades and ducking go into the sound, for formats that cannot say them. A single piece is
    otherwise left as it is, so that an editor may change its fades, but for those of less than a frame, which
    no format can say; several that touch are always one sound.
    """
    cues: list[Cue] = []
    groups: list[list[MusicEvent]] = []
    end = None
    for event in sorted(timeline.music, key=lambda event: (event.record_in, event.song_id)):
        begin, over = (
            frame_before(event.record_in, timeline),
            frame_after(event.record_in + event.length, timeline),
        )
        if over <= 0 or begin >= timeline.frames:
            continue
        if end is not None and begin < end:
            groups[-1].append(event)
        else:
            groups.append([event])
        end = over if end is None else max(end, over)
    for number, group in enumerate(groups, start=1):
        begin = max(0, frame_before(min(event.record_in for event in group), timeline))
        over = max(frame_after(event.record_in + event.length, timeline) for event in group)
        over = min(over, timeline.frames)
        baked = bake or len(group) > 1
        first = sample_of_frame(begin, timeline)
        titles = tuple(dict.fromkeys(event.title for event in group if event.title))
        cues.append(
            Cue(
                name=f"{_safe(timeline.name) or 'reelscore'}-music-{number}",
                title=" / ".join(titles),
                start_frame=begin,
                frames=over - begin,
                start=first,
                samples=sample_of_frame(over, timeline) - first,
                events=tuple(group),
                baked=baked,
                ducks=timeline.ducks if baked and bake else (),
            )
        )
    return tuple(cues)


def rendered_events(timeline: Timeline, cue: Cue) -> tuple[MusicEvent, ...]:
    """The music of a cue as it is in the sound of its file: without what an editor may still change."""
    if cue.baked:
        return cue.events
    return tuple(
        replace(
            event,
            gain_db=0.0,
            fade_in=0 if _has_frames(event.fade_in, timeline) else event.fade_in,
            fade_out=0 if _has_frames(event.fade_out, timeline) else event.fade_out,
        )
        for event in cue.events
    )


def _has_frames(fade: int, timeline: Timeline) -> bool:
    """Whether a fade is long enough for formats that count frames."""
    return frame_of_sample(fade, timeline) > 0


def with_cues(timeline: Timeline, cues: Sequence[Cue], paths: Sequence[str]) -> Timeline:
    """The timeline with its music replaced by the rendered files at `paths`."""
    music = []
    for cue, path in zip(cues, paths, strict=True):
        first = cue.events[0]
        event = MusicEvent(
            song_id=first.song_id,
            title=cue.title,
            media=cue_media(timeline, cue, path),
            source_in=0,
            record_in=cue.start,
            length=cue.samples,
            artist=first.artist,
        )
        if not cue.baked:
            event = replace(
                event,
                gain_db=first.gain_db,
                # The silence at the head is part of a frame, so the fade may begin a little before the music.
                fade_in=first.fade_in + max(0, first.record_in - cue.start)
                if _has_frames(first.fade_in, timeline)
                else 0,
                fade_out=first.fade_out if _has_frames(first.fade_out, timeline) else 0,
            )
        music.append(event)
    baked = any(cue.ducks for cue in cues)
    return replace(timeline, music=tuple(music), ducks=() if baked else timeline.ducks)


def cue_media(timeline: Timeline, cue: Cue, path: str) -> Media:
    """The facts of a cue's file: its timecode is its place, as its `bext` chunk says."""
    return Media(
        path=path,
        duration=Fraction(cue.frames) / timeline.rate,
        rate=timeline.rate,
        start_frame=timeline.start_frame + cue.start_frame,
        drop_frame=timeline.drop_frame,
        sample_rate=timeline.sample_rate,
        channels=2,
        sample_bits=BYTES_A_SAMPLE * 8,
    )


def cue_form(timeline: Timeline, cue: Cue) -> WavForm:
    """The head of a cue's file: where it lies, and the markers that fall into it."""
    # Since midnight in real time: readers turn it into timecode by the exact rate.
    midnight = round((timeline.start_frame + cue.start_frame) * timeline.sample_rate / timeline.rate)
    labels = tuple(
        Label(sample_of_frame(marker.frame, timeline) - cue.start, marker.name)
        for marker in all_markers(timeline)
    )
    return WavForm(
        samples=cue.samples,
        sample_rate=timeline.sample_rate,
        time_reference=midnight,
        description=cue.title,
        labels=labels,
    )


def mix_form(timeline: Timeline, samples: int) -> WavForm:
    """The head of a WAV file of the whole mix, whose last sample is the end of the picture."""
    before = samples - sample_of_frame(timeline.frames, timeline)  # sound before a picture that sets in late
    midnight = round(timeline.start_frame * timeline.sample_rate / timeline.rate) - before
    labels = tuple(
        Label(sample_of_frame(marker.frame, timeline) + before, marker.name)
        for marker in all_markers(timeline)
    )
    return WavForm(
        samples=samples,
        sample_rate=timeline.sample_rate,
        time_reference=max(0, midnight),
        description=timeline.name,
        labels=labels,
    )


def _safe(name: str) -> str:
    """A name that every file system takes, at most 80 characters and 120 bytes long."""
    kept = "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in name).strip(" .")
    while len(kept.encode()) > 120 or len(kept) > 80:
        kept = kept[:-1]
    return kept.strip(" .")
