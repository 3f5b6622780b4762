"""CMX 3600 edit decision lists: picture on V, music on AA. Pure.

By the lists that Avid, Resolve and Premiere read. OTIO's own writer is no help here: it writes the first
track alone, knows no `FCM:` line and no start timecode, and fails on two pieces of music.
"""

from __future__ import annotations

import re
import unicodedata

from reelscore.errors import InvalidInputError
from reelscore.export.frame_grid import MusicClip, PictureClip, lay_out
from reelscore.export.timecode import format_timecode, timecode_at
from reelscore.export.urls import file_name
from reelscore.records import Media, Timeline

_REEL_LENGTH = 8
_MOST_EVENTS = 999


def write_edl(timeline: Timeline, *, split: bool = False) -> str:
    """The timeline as an EDL; `split`: the picture is cut at its cuts, else they are locators.

    The picture's own sound is not in it: the two channels of AA are the music's.

    Raises
    ------
    InvalidInputError
        Two pieces of music sound at once, or there are more than 999 events.
    """
    layout = lay_out(timeline, split=split)
    if layout.lanes > 1:
        raise InvalidInputError(
            "two pieces of music sound at once, and an EDL has one pair of channels; export the music as a "
            "cue (without --original-media), which mixes them"
        )
    if len(layout.picture) + len(layout.music) > _MOST_EVENTS:
        raise InvalidInputError("an EDL has room for 999 events; export it without --split, or as OTIO")
    reels = _reels(timeline)
    lines = [
        f"TITLE: {_one_line(timeline.name) or 'reelscore'}",
        # Stated once and valid for all that follows; without it readers take 29.97 for non-drop.
        f"FCM: {'DROP FRAME' if timeline.drop_frame else 'NON-DROP FRAME'}",
        "",
    ]
    events: list[tuple[int, str, PictureClip | MusicClip]] = [
        *((clip.start, "V", clip) for clip in layout.picture),
        *((clip.start, "AA", clip) for clip in layout.music),
    ]
    for number, (_, channels, clip) in enumerate(sorted(events, key=lambda e: (e[0], e[1] != "V")), start=1):
        if isinstance(clip, MusicClip):
            media, source, name = clip.event.media, clip.source_frame(timeline.rate), clip.event.title
        else:
            assert timeline.picture is not None
            media, source, name = timeline.picture, clip.source_in, ""
        lines += _event(timeline, number, channels, clip, media, source, reels[media.path])
        # Reels have eight letters; the whole name stands in comments, where Resolve and Premiere look for it.
        lines.append(f"* FROM CLIP NAME: {_one_line(file_name(media.path))}")
        lines.append(f"* SOURCE FILE: {_one_line(media.path)}")
        if name:
            lines.append(f"* COMMENT: {_one_line(name)}")
        if isinstance(clip, MusicClip) and clip.event.gain_db:
            lines.append(
                f"* AUDIO LEVEL AT {timecode_at(timeline, clip.start)} IS {clip.event.gain_db:+.2f} DB"
            )
        if channels == "V":
            lines += _locators(timeline, clip, split=split)
    return "\n".join(lines) + "\n"


def reel_name(path: str) -> str:
    """A reel of at most eight letters and digits, from the head of a file's name; `AX` if there are none."""
    name = file_name(path)
    stem = name.rpartition(".")[0] or name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]", "", plain.upper())[:_REEL_LENGTH] or "AX"


def _reels(timeline: Timeline) -> dict[str, str]:
    """One reel for each file, none twice: readers take one reel for one tape."""
    paths = [timeline.picture.path] if timeline.picture else []
    paths += [event.media.path for event in timeline.music]
    reels: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        reel = base = reel_name(path)
        number = 2
        while reel in reels.values():
            reel = base[: _REEL_LENGTH - len(str(number))] + str(number)
            number += 1
        reels[path] = reel
    return reels


def _event(
    timeline: Timeline,
    number: int,
    channels: str,
    clip: PictureClip | MusicClip,
    media: Media,
    source: int,
    reel: str,
) -> list[str]:
    begin = media.start_frame + source
    drop = media.drop_frame if media.width else timeline.drop_frame
    rate = timeline.rate
    times = [
        format_timecode(begin, rate, drop=drop),
        format_timecode(begin + clip.frames, rate, drop=drop),
        timecode_at(timeline, clip.start),
        timecode_at(timeline, clip.start + clip.frames),
    ]
    return [f"{number:03d}  {reel:<8} {channels:<5} C        {' '.join(times)}"]


def _locators(timeline: Timeline, clip: PictureClip | MusicClip, *, split: bool) -> list[str]:
    colours = {"cut": "BLUE", "hit": "RED", "beat": "CYAN", "bar": "GREEN", "section": "MAGENTA"}
    named = [(m.frame, colours.get(m.kind, "YELLOW"), m.name) for m in timeline.markers]
    marked = {m.frame for m in timeline.markers if m.kind in ("cut", "hit")}
    if not split:
        named += [(cut, "BLUE", "cut") for cut in timeline.cuts if cut not in marked]
    return [
        f"* LOC: {timecode_at(timeline, frame)} {colour:<7} {_one_line(name)}"
        for frame, colour, name in sorted(named)
        if clip.start <= frame < clip.start + clip.frames
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())
