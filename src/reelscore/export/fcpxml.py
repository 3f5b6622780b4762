"""FCPXML for Final Cut Pro and Resolve. Pure.

By Apple's public reference, https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference,
and the document type definitions that come with Final Cut Pro. The suffix must be `.fcpxml`: Final Cut opens
no other.
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

from reelscore.errors import UnknownNameError
from reelscore.export.frame_grid import Layout, MusicClip, PictureClip, lay_out, media_length
from reelscore.export.urls import file_name, file_url
from reelscore.export.xmltext import child, clean, document
from reelscore.records import Media, Timeline

# Resolve refuses a version that is newer than itself: 18.5 reads up to 1.10, 18.6.6 refuses 1.12, 19.1.1
# reads 1.12. So the oldest one that has `media-rep` and is read by all is the default.
VERSIONS = ("1.10", "1.11", "1.12", "1.13")
DEFAULT_VERSION = "1.10"

# The names that `conform-rate` knows.
_CONFORMABLE = {
    Fraction(24000, 1001): "23.98",
    Fraction(24): "24",
    Fraction(25): "25",
    Fraction(30000, 1001): "29.97",
    Fraction(30): "30",
    Fraction(60): "60",
    Fraction(48000, 1001): "47.95",
    Fraction(48): "48",
}


def write_fcpxml(
    timeline: Timeline, *, version: str = DEFAULT_VERSION, split: bool = False, native_paths: bool = False
) -> str:
    """The timeline as FCPXML.

    Parameters
    ----------
    timeline
        What to write.
    version
        One of `VERSIONS`.
    split
        Whether the picture is cut at its cuts.
    native_paths
        Whether each file has a `<pathurl>` beside its URL: Resolve on macOS does not decode escaped letters
        outside ASCII. Final Cut's own document type does not know it, so it is left out unless asked for.

    Raises
    ------
    UnknownNameError
        There is no such version.
    """
    if version not in VERSIONS:
        raise UnknownNameError("version of FCPXML", version, VERSIONS)
    return _Writer(timeline, lay_out(timeline, split=split), version, native_paths=native_paths).text()


class _Writer:
    def __init__(self, timeline: Timeline, layout: Layout, version: str, *, native_paths: bool) -> None:
        self._timeline = timeline
        self._layout = layout
        self._rate = timeline.rate
        self._native_paths = native_paths
        self._root = ET.Element("fcpxml", {"version": version})
        self._resources = child(self._root, "resources")
        self._assets: dict[str, str] = {}
        self._tc_format = "DF" if timeline.drop_frame else "NDF"

    def text(self) -> str:
        timeline = self._timeline
        media = timeline.picture
        size = {"width": str(media.width), "height": str(media.height)} if media and media.width else {}
        # A portrait clip is declared as shown: the pixels as stored would lie on their side.
        child(self._resources, "format", {"id": "r1", "frameDuration": self._time(1), **size})
        for clip_media in [*([media] if media else []), *(clip.event.media for clip in self._layout.music)]:
            self._asset(clip_media)
        # No `modDate`: one with the name of a time zone fails the document type.
        event = child(self._root, "event", {"name": timeline.name or "reelscore"})
        project = child(event, "project", {"name": timeline.name or "reelscore"})
        sequence = child(
            project,
            "sequence",
            {
                "format": "r1",
                "duration": self._time(timeline.frames),
                "tcStart": self._time(timeline.start_frame),
                "tcFormat": self._tc_format,
                # `mono` is refused.
                "audioLayout": "stereo",
                "audioRate": "48k",
            },
        )
        self._spine(child(sequence, "spine"))
        return document(self._root, doctype="fcpxml")

    def _time(self, frames: int) -> str:
        """Frames as a fraction of a second, a whole multiple of the frame's duration."""
        seconds = frames / self._rate
        if seconds.denominator == 1:
            return f"{seconds.numerator}s"
        return f"{frames * self._rate.denominator}/{self._rate.numerator}s"

    def _exact(self, seconds: Fraction) -> str:
        frames = seconds * self._rate
        if frames.denominator == 1:
            return self._time(int(frames))
        return f"{seconds.numerator}/{seconds.denominator}s"

    def _asset(self, media: Media) -> None:
        if media.path in self._assets:
            return
        ident = self._assets[media.path] = f"r{2 + len(self._assets)}"
        attributes = {
            "id": ident,
            "name": file_name(media.path),
            # Resolve wants the timecode of the file as the start of the asset, never in an offset.
            "start": self._time(media.start_frame),
            "duration": self._exact(media_length(media, self._rate) / self._rate),
        }
        if media.width:
            attributes |= {"hasVideo": "1", "format": "r1", "videoSources": "1"}
        if media.sample_rate:
            attributes |= {
                "hasAudio": "1",
                "audioSources": "1",
                "audioChannels": str(media.channels or 2),
                "audioRate": str(media.sample_rate),
            }
        asset = child(self._resources, "asset", attributes)
        child(asset, "media-rep", {"kind": "original-media", "src": file_url(media.path)})
        if self._native_paths:
            child(asset, "pathurl", text=media.path)

    def _spine(self, spine: ET.Element) -> None:
        timeline = self._timeline
        media = timeline.picture
        clips = self._layout.picture
        hosts: list[tuple[ET.Element, int, int, int]] = []  # element, its source start, first frame, frames
        for clip in clips:
            assert media is not None
            source = media.start_frame + clip.source_in
            hosts.append((self._picture(spine, media, clip, source), source, clip.start, clip.frames))
        shown = clips[-1].start + clips[-1].frames if clips else 0
        if shown < timeline.frames:
            attributes = {
                "name": "Gap",
                "offset": self._time(timeline.start_frame + shown),
                # What a gap's clock begins at is free; this is what Final Cut itself writes.
                "start": self._time(0),
                "duration": self._time(timeline.frames - shown),
            }
            hosts.append((child(spine, "gap", attributes), 0, shown, timeline.frames - shown))
        for host in hosts:
            self._fill(*host)

    def _picture(self, spine: ET.Element, media: Media, clip: PictureClip, source: int) -> ET.Element:
        element = child(
            spine,
            "asset-clip",
            {
                "ref": self._assets[media.path],
                "offset": self._time(self._timeline.start_frame + clip.start),
                "name": file_name(media.path),
                "start": self._time(source),
                "duration": self._time(clip.frames),
                "format": "r1",
                "tcFormat": "DF" if media.drop_frame else "NDF",
                **({"audioRole": "dialogue"} if media.sample_rate else {}),
            },
        )
        # The clips of phones vary in rate; they keep their speed and are conformed to the nominal one.
        other_rate = media.rate is not None and media.rate != self._rate
        if (media.variable_rate or other_rate) and media.rate in _CONFORMABLE:
            child(element, "conform-rate", {"scaleEnabled": "0", "srcFrameRate": _CONFORMABLE[media.rate]})
        return element

    def _fill(self, host: ET.Element, source: int, first: int, frames: int) -> None:
        """Music, then markers, as the document type orders them; both on the clock of their host."""
        for clip in self._layout.music:
            if first <= clip.start < first + frames:
                self._music(host, clip, source + clip.start - first)
        for marker in self._timeline.markers:
            if first <= marker.frame < first + frames:
                child(
                    host,
                    "marker",
                    {
                        "start": self._time(source + marker.frame - first),
                        "duration": self._time(max(1, marker.length)),
                        "value": marker.name,
                    },
                )

    def _music(self, host: ET.Element, clip: MusicClip, offset: int) -> None:
        media = clip.event.media
        start = (media.start_frame + clip.source_start(self._rate)) / self._rate
        element = child(
            host,
            "asset-clip",
            {
                "ref": self._assets[media.path],
                "lane": str(-1 - clip.lane),
                "offset": self._time(offset),
                "name": clip.event.title or file_name(media.path),
                "start": self._exact(start),
                "duration": self._time(clip.frames),
                "audioRole": "music",
            },
        )
        if clip.event.gain_db or clip.fade_in or clip.fade_out:
            # Bare decibels: Resolve reads `-13.1` and drops `-13.1dB` without a word.
            volume = child(element, "adjust-volume", {"amount": f"{clip.event.gain_db:.2f}"})
            if clip.fade_in or clip.fade_out:
                amount = child(volume, "param", {"name": "amount"})
                for name, length in (("fadeIn", clip.fade_in), ("fadeOut", clip.fade_out)):
                    if length:
                        child(amount, name, {"type": "linear", "duration": self._time(length)})
        if clip.event.artist:
            note = ET.Element("note")
            note.text = clean(clip.event.artist)
            element.insert(0, note)
